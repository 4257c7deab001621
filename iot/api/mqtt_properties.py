"""The MQTT 5 properties of a message as the data plane's operations take them."""

import base64
import binascii
from typing import Any

import orjson

from iot.core import errors
from iot.core.message import Properties

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
    return Properties(
        content_type=content_type,
        response_topic=response_topic,
        correlation_data=_correlation(correlation_data),
        payload_format=None if payload_format_indicator is None else _FORMATS[payload_format_indicator],
        message_expiry=message_expiry,
        user_properties=_pairs(user_properties),
    )


def _pairs(found: Any) -> tuple[tuple[str, str], ...]:
    """Read pairs from a list of objects, or from the text of one: clients send either."""
    if not found:
        return ()
    try:
        entries = orjson.loads(found) if isinstance(found, str) else found
        return tuple((key, str(value)) for entry in entries for key, value in entry.items())
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        raise errors.InvalidRequestException("userProperties must be a JSON array of objects") from None


def _correlation(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise errors.InvalidRequestException("correlationData must be base64") from None
