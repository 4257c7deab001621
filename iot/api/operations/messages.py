"""Publishing over HTTP, and retained messages."""

from typing import Any

import orjson

from iot.api.mqtt_properties import read_properties
from iot.api.registry import Answer, Caller, operation
from iot.services import messages
from iot.services.paging import paginate

DEFAULT_PAGE = 20


@operation("Publish", service="iot-data", grouped=True)
def publish(
    caller: Caller,
    *,
    topic: str,
    qos: int = 0,
    retain: bool = False,
    payload: bytes = b"",
    user_properties: Any = None,
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
        properties=read_properties(
            user_properties=user_properties,
            payload_format_indicator=payload_format_indicator,
            content_type=content_type,
            response_topic=response_topic,
            correlation_data=correlation_data,
            message_expiry=message_expiry,
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
        "userProperties": orjson.dumps([{key: value} for key, value in row.user_properties])
        if row.user_properties
        else None,
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
