"""A request to the parameters of its operation: labels, query, headers and body, each as its shape says."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from iot.api.model import Operation
from iot.core import errors

MAXIMUM_DEPTH = 64


def parse(
    operation: Operation, labels: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """Answer the parameters under the model's member names. Raises InvalidRequestException."""
    shape = operation.input
    if shape is None:
        return {}
    pairs = parse_qsl(query, keep_blank_values=True)
    payload = shape.serialization.get("payload")
    document: Any = None
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if location == "uri":
            value: Any = _scalar(member, labels[wire], name)
        elif location == "querystring":
            value = _from_query(member, pairs, wire, name)
        elif location == "header":
            value = _from_header(member, headers.get(wire.lower()), name)
        elif location == "headers":
            value = {key[len(wire) :]: text for key, text in headers.items() if key.startswith(wire.lower())} or None
        elif payload == name:
            value = _from_payload(member, body)
        else:
            if document is None:
                document = _document(body)
            value = _structured(member, document.get(wire), name)
        if value is not None:
            found[name] = value
    return found


def _from_payload(member: Any, body: bytes) -> Any:
    if member.type_name == "blob":
        return body
    if member.type_name == "string":
        return body.decode()
    return _structured(member, _document(body), member.name) if body else None


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise errors.InvalidRequestException(f"The request is not valid JSON: {error}") from None
    if body.count(b"{") + body.count(b"[") > MAXIMUM_DEPTH and _is_deep(document):
        raise errors.InvalidRequestException(f"The request is nested in more than {MAXIMUM_DEPTH} levels")
    if not isinstance(document, dict):
        raise errors.InvalidRequestException("The request must be a JSON object")
    return document


def _is_deep(document: Any) -> bool:
    """Say whether a value has too many levels; orjson itself refuses what would be too deep to walk."""
    level: list[Any] = [document]
    for _ in range(MAXIMUM_DEPTH + 1):
        level = [
            item
            for value in level
            for item in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
        ]
        if not level:
            return False
    return True


def _from_query(member: Any, pairs: list[tuple[str, str]], wire: str, name: str) -> Any:
    values = [value for key, value in pairs if key == wire]
    if member.type_name == "map":
        return dict(pairs) or None
    if not values:
        return None
    if member.type_name == "list":
        return [_scalar(member.member, value, name) for value in values]
    return _scalar(member, values[-1], name)


def _from_header(member: Any, text: str | None, name: str) -> Any:
    if text is None:
        return None
    if member.serialization.get("jsonvalue"):
        try:
            return orjson.loads(base64.b64decode(text, validate=True))
        except binascii.Error:
            raise errors.InvalidRequestException("Invalid Base64 string") from None
        except orjson.JSONDecodeError:
            raise errors.InvalidRequestException("Invalid JSON string for User Properties") from None
    return _scalar(member, text, name)


def _scalar(shape: Any, text: str, name: str) -> Any:
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "timestamp":
            return _timestamp(text)
    except ValueError:
        raise errors.InvalidRequestException(f"{name} must be a {kind}, not '{text}'") from None
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise errors.InvalidRequestException(f"{name} must be true or false, not '{text}'")
        return text.lower() == "true"
    return _without_nul(text, name)


def _without_nul(text: str, name: str) -> str:
    """No database keeps the character NUL, and no name of AWS's has one."""
    if "\0" in text:
        raise errors.InvalidRequestException(f"{name} cannot contain the character NUL")
    return text


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
}


def _is_of(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _structured(shape: Any, value: Any, name: str) -> Any:
    if value is None:
        return None
    kind = shape.type_name
    if kind == "timestamp":
        return _timestamp(value)
    if kind == "blob":
        return _blob(value, name)
    if not _is_of(kind, value):
        raise errors.InvalidRequestException(f"{name} must be of the type {kind}")
    if kind == "structure":
        return {
            key: _structured(member, value[wire], key)
            for key, member in shape.members.items()
            if (wire := member.serialization.get("name", key)) in value and value[wire] is not None
        }
    if kind == "map":
        return {key: _structured(shape.value, item, name) for key, item in value.items()}
    if kind == "list":
        return [_structured(shape.member, item, name) for item in value]
    return _without_nul(value, name) if kind == "string" else value


def _timestamp(value: Any) -> datetime:
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).lstrip("-").isdecimal():
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, TypeError, OverflowError, OSError):
        raise errors.InvalidRequestException(f"{value!r} is not a timestamp") from None


def _blob(value: Any, name: str) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error:
        raise errors.InvalidRequestException(f"{name} must be base64") from None
