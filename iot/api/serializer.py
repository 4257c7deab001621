"""What an operation answers to status, headers and body, as its output shape says; None members are left out."""

import base64
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import orjson

from iot.api.model import Operation


def serialize(operation: Operation, answer: dict[str, Any] | None) -> tuple[int, dict[str, str], bytes]:
    """Answer the status, the headers and the body of a response."""
    shape = operation.output
    if shape is None:
        return 200, {}, b""
    answer = answer or {}
    payload = shape.serialization.get("payload")
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}
    status = 200
    for name, member in shape.members.items():
        value = answer.get(name)
        if value is None or name == payload:
            continue
        wire = member.serialization.get("name", name)
        if member.serialization.get("location") == "header":
            headers[wire] = _header(member, value)
        elif member.serialization.get("location") == "statusCode":
            status = value
        else:
            body[wire] = _value(member, value)
    if payload is not None:
        content = answer.get(payload) or b""
        if isinstance(content, bytes):
            headers.setdefault("Content-Type", "application/octet-stream")
            return status, headers, content
        headers["Content-Type"] = "application/json"
        return status, headers, orjson.dumps(_value(shape.members[payload], content))
    headers["Content-Type"] = "application/json"
    return status, headers, orjson.dumps(body)


def _value(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {
            member.serialization.get("name", name): _value(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [_value(shape.member, item) for item in value]
    if kind == "map":
        return {key: _value(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        return value.timestamp() if isinstance(value, datetime) else value
    if kind in ("double", "float"):
        return float(value)
    if kind == "blob":
        return base64.b64encode(value).decode()
    return value


def _header(shape: Any, value: Any) -> str:
    if isinstance(value, datetime):
        return format_datetime(value, usegmt=True)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
