"""Client connections: looked at, ended, and spoken to directly."""

from typing import TYPE_CHECKING, Any

from iot.api.mqtt_properties import read_properties
from iot.api.registry import Answer, Caller, operation
from iot.core import errors
from iot.services import connections, indexing, things
from iot.services.paging import paginate_list

if TYPE_CHECKING:
    from iot.models import Connection

DEFAULT_PAGE = 20
LONGEST_CONFIRMATION = 15


@operation("GetConnection", service="iot-data")
def get_connection(caller: Caller, *, client_id: str, include_socket_information: bool = False) -> Answer:
    row = connections.known_connection(caller.scope, client_id)
    return {
        **_session(row, include_socket_information),
        "thingName": row.details.get("thingName"),
        "connectedSince": row.connected_at if row.connected else None,
        "disconnectedSince": None if row.connected else row.disconnected_at,
    }


@operation("GetThingConnectivityData")
def get_thing_connectivity_data(caller: Caller, *, thing_name: str, include_socket_information: bool = False) -> Answer:
    things.find_thing(caller.scope, thing_name)
    indexing.demand_connectivity(caller.scope)
    row = connections.connections(caller.scope).filter(client_id=thing_name).first()
    if row is None:
        return {"thingName": thing_name, "connected": False}
    since = row.connected_at if row.connected else row.disconnected_at
    return {
        **_session(row, include_socket_information),
        "thingName": thing_name,
        "timestamp": None if since is None else since / 1000,
    }


def _session(row: "Connection", include_socket: bool) -> dict[str, Any]:
    socket = {
        "sourceIp": row.address or None,
        "sourcePort": row.details.get("sourcePort"),
        "targetIp": row.details.get("targetIp"),
        "targetPort": row.details.get("targetPort"),
    }
    return {
        "clientId": row.client_id,
        "connected": row.connected,
        "cleanSession": row.details.get("cleanSession"),
        "keepAliveDuration": row.details.get("keepAliveDuration"),
        "sessionExpiry": row.details.get("sessionExpiry"),
        "disconnectReason": None if row.connected else row.disconnect_reason or None,
        **(socket if include_socket else {}),
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


@operation("SendDirectMessage", service="iot-data", slow=True)
def send_direct_message(
    caller: Caller,
    *,
    client_id: str,
    topic: str,
    content_type: str | None = None,
    response_topic: str | None = None,
    confirmation: bool = False,
    timeout: int = 5,
    payload: bytes = b"",
    user_properties: Any = None,
    payload_format_indicator: str | None = None,
    correlation_data: str | None = None,
) -> Answer:
    if confirmation and not 1 <= timeout <= LONGEST_CONFIRMATION:
        raise errors.InvalidRequestException(f"timeout must be between 1 and {LONGEST_CONFIRMATION} seconds")
    trace = connections.send_direct_message(
        caller.scope,
        client_id=client_id,
        topic=topic,
        payload=payload,
        confirm_within=timeout if confirmation else None,
        properties=read_properties(
            user_properties=user_properties,
            payload_format_indicator=payload_format_indicator,
            content_type=content_type,
            response_topic=response_topic,
            correlation_data=correlation_data,
        ),
    )
    return {"message": "OK", "traceId": trace}
