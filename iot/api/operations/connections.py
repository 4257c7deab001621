"""Client connections: looked at, ended, and spoken to directly."""

from typing import Any

from iot.api.mqtt_properties import read_properties
from iot.api.registry import Answer, Caller, operation
from iot.core import errors
from iot.services import connections
from iot.services.paging import paginate_list

DEFAULT_PAGE = 20


@operation("GetConnection", service="iot-data")
def get_connection(caller: Caller, *, client_id: str, include_socket_information: bool = False) -> Answer:
    row = connections.known_connection(caller.scope, client_id)
    details = row.details
    socket = {
        "sourceIp": row.address or None,
        "sourcePort": details.get("sourcePort"),
        "targetIp": details.get("targetIp"),
        "targetPort": details.get("targetPort"),
    }
    return {
        "clientId": row.client_id,
        "connected": row.connected,
        "thingName": details.get("thingName"),
        "cleanSession": details.get("cleanSession"),
        "keepAliveDuration": details.get("keepAliveDuration"),
        "sessionExpiry": details.get("sessionExpiry"),
        "connectedSince": row.connected_at if row.connected else None,
        "disconnectedSince": None if row.connected else row.disconnected_at,
        "disconnectReason": None if row.connected else row.disconnect_reason or None,
        **(socket if include_socket_information else {}),
    }


@operation("DeleteConnection", service="iot-data")
def delete_connection(
    caller: Caller, *, client_id: str, clean_session: bool = False, prevent_will_message: bool = False
) -> Answer:
    connections.delete_connection(
        caller.scope, client_id=client_id, clean=clean_session, prevent_will=prevent_will_message
    )
    return {}


@operation("ListSubscriptions", service="iot-data")
def list_subscriptions(
    caller: Caller, *, client_id: str, next_token: str | None = None, max_results: int = DEFAULT_PAGE
) -> Answer:
    row = connections.known_connection(caller.scope, client_id)
    found = [{"topicFilter": name, "qos": qos} for name, qos in sorted(row.subscriptions.items())]
    page, token = paginate_list(found, scope=caller.scope, kind="subscriptions", token=next_token, limit=max_results)
    return {"subscriptions": page, "nextToken": token}


@operation("SendDirectMessage", service="iot-data")
def send_direct_message(
    caller: Caller,
    *,
    client_id: str,
    topic: str,
    content_type: str | None = None,
    response_topic: str | None = None,
    confirmation: bool = False,
    timeout: int | None = None,
    payload: bytes = b"",
    user_properties: Any = None,
    payload_format_indicator: str | None = None,
    correlation_data: str | None = None,
) -> Answer:
    if confirmation:
        raise errors.InvalidRequestException("Thingstead sends direct messages without waiting for their confirmation")
    trace = connections.send_direct_message(
        caller.scope,
        client_id=client_id,
        topic=topic,
        payload=payload,
        properties=read_properties(
            user_properties=user_properties,
            payload_format_indicator=payload_format_indicator,
            content_type=content_type,
            response_topic=response_topic,
            correlation_data=correlation_data,
        ),
    )
    return {"message": "OK", "traceId": trace}
