"""Publishing over HTTP, and retained messages."""

import base64
import binascii
from typing import Any

import orjson

from iot.api.registry import Answer, Caller, operation
from iot.core import errors
from iot.core.message import Properties
from iot.services import messages
from iot.services.paging import paginate

DEFAULT_PAGE = 20
_FORMATS = {"UNSPECIFIED_BYTES": 0, "UTF8_DATA": 1}


@operation("Publish", service="iot-data")
def publish(
    caller: Caller,
    *,
    topic: str,
    qos: int = 0,
    retain: bool = False,
    payload: bytes = b"",
    user_properties: str | None = None,
    payload_format_indicator: str | None = None,
    content_type: str | None = None,
    response_topic: str | None = None,
    correlation_data: str | None = None,
    message_expiry: int | None = None,
) -> Answer:
    messages.publish(
        caller.scope,
        topic=topic,
        payload=payload,
        qos=qos,
        retain=retain,
        properties=Properties(
            content_type=content_type,
            response_topic=response_topic,
            correlation_data=_correlation(correlation_data),
            payload_format=None if payload_format_indicator is None else _FORMATS[payload_format_indicator],
            message_expiry=message_expiry,
            user_properties=_pairs(user_properties),
        ),
        principal=caller.principal,
        address=caller.address,
    )
    return None


@operation("GetRetainedMessage", service="iot-data")
def get_retained_message(caller: Caller, *, topic: str) -> Answer:
    row = messages.get_retained_message(caller.scope, topic=topic)
    return {
        "topic": row.topic,
        "payload": bytes(row.payload),
        "qos": row.qos,
        "lastModifiedTime": int(row.modified_at * 1000),
        "userProperties": orjson.dumps([{key: value} for key, value in row.user_properties]),
    }


@operation("ListRetainedMessages", service="iot-data")
def list_retained_messages(caller: Caller, *, next_token: str | None = None, max_results: int = DEFAULT_PAGE) -> Answer:
    page, token = paginate(
        messages.retained_messages(caller.scope),
        scope=caller.scope,
        kind="retained",
        token=next_token or None,
        limit=max_results,
        newest_first=True,
    )
    found = [
        {
            "topic": row.topic,
            "payloadSize": len(row.payload),
            "qos": row.qos,
            "lastModifiedTime": int(row.modified_at * 1000),
        }
        for row in page
    ]
    return {"retainedTopics": found, "nextToken": token or ""}


def _pairs(text: str | None) -> tuple[tuple[str, str], ...]:
    if not text:
        return ()
    try:
        found: Any = orjson.loads(text)
        return tuple((key, str(value)) for entry in found for key, value in entry.items())
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        raise errors.InvalidRequestException("userProperties must be a JSON array of objects") from None


def _correlation(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise errors.InvalidRequestException("correlationData must be base64") from None
