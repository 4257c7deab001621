"""The MQTT 5 properties of a message as the data plane's operations take them."""

import base64
import binascii
from typing import Any

import orjson

from iot.core import errors
from iot.core.message import Properties

MAXIMUM_EXPIRY = 2**32 - 1
WILDCARDS = frozenset("+#")
_FORMATS = {"UNSPECIFIED_BYTES": 0, "UTF8_DATA": 1}


def read_properties(
    *,
    user_properties: Any,
    payload_format_indicator: str | None,
    content_type: str | None,
    response_topic: str | None,
    correlation_data: str | None,
    message_expiry: int | None = None,
) -> Properties:
    """Gather properties. Raises InvalidRequestException."""
    if response_topic is not None and not WILDCARDS.isdisjoint(response_topic):
        raise errors.InvalidRequestException(
            "This response topic isn't valid. Response topics must not contain MQTT wildcard characters (+ or #)"
        )
    if message_expiry is not None and not 0 <= message_expiry <= MAXIMUM_EXPIRY:
        raise errors.InvalidRequestException("Message expiry interval must be an unsigned 4-byte integer")
    return Properties(
        content_type=content_type,
        response_topic=response_topic,
        correlation_data=_correlation(correlation_data),
        payload_format=_format(payload_format_indicator),
        message_expiry=message_expiry,
        user_properties=_pairs(user_properties),
    )


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    """Read pairs from a list of objects, or from the text of one: clients send either."""
    if not found:
        return ()
    try:
        entries = orjson.loads(found) if isinstance(found, str) else found
    except orjson.JSONDecodeError:
        entries = None
    is_list = isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)
    if not is_list or not all(isinstance(value, str) for entry in entries for value in entry.values()):
        raise errors.InvalidRequestException("Invalid JSON string for User Properties")
    if any(len(entry) > 1 for entry in entries):
        raise errors.InvalidRequestException("Only one User Property is allowed in single JSONObject")
    return tuple(pair for entry in entries for pair in entry.items())


def _format(name: str | None) -> int | None:
    if name is not None and name not in _FORMATS:
        raise errors.InvalidRequestException("Invalid Payload Format Indicator")
    return None if name is None else _FORMATS[name]


def _correlation(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise errors.InvalidRequestException("Invalid Base64 string") from None
