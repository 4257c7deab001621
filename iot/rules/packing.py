"""Requests as bytes, for the database, and as text, for people."""

import base64
from typing import Any

import orjson

from iot.rules.action import Request

_BYTES = "$bytes"


def pack_request(request: Request) -> bytes:
    """Write a request, bytes in it included."""
    return orjson.dumps(_written(request))


def unpack_request(packed: bytes) -> Request:
    """Read a request as `pack_request` wrote it."""
    found: Request = _read(orjson.loads(packed))
    return found


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return {_BYTES: base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: _written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_written(item) for item in value]
    return value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_BYTES}:
            return base64.b64decode(value[_BYTES])
        return {key: _read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_read(item) for item in value]
    return value
