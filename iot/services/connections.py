"""Which clients are connected, fed by the presence and subscription events that gateways publish."""

import base64
import time
import uuid
from collections.abc import Iterator
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Expression, QuerySet

from iot.bridge.outbox import emit
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import NO_PROPERTIES, Message, Properties
from iot.core.topic import validate_topic
from iot.models import Connection
from iot.models.connections import CHANGED_AT
from iot.models.prepared import upsert_many
from iot.services import index_changes
from iot.services.asking import ask

PRESENCE = "$aws/events/presence/"
SUBSCRIPTIONS = "$aws/events/subscriptions/"
KEPT_SECONDS = 30 * 60
MAXIMUM_DIRECT = 128 * 1024
DETAILS_KEY = "thingstead-connection"
DISPLACED = "DUPLICATE_CLIENTID"
HISTORY = 20
KEY = ("account", "region", "client_id")
COLUMNS = [field.attname for field in Connection._meta.concrete_fields if not field.primary_key]
AT_ONCE = 500


def connections(scope: Scope) -> QuerySet[Connection]:
    """Select the clients that were ever seen."""
    return Connection.objects.filter(account=scope.account, region=scope.region)


def last_change() -> Expression:
    """Answer what orders connections by when they were last made or ended, in epoch milliseconds."""
    return CHANGED_AT


def find_connection(scope: Scope, client_id: str) -> Connection:
    """Find a client. Raises ResourceNotFoundException."""
    row = connections(scope).filter(client_id=client_id).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"No connection found for client {client_id}")
    return row


def known_connection(scope: Scope, client_id: str) -> Connection:
    """Find a client that is connected or was within the last 30 minutes, as AWS remembers them."""
    if client_id.startswith("$"):
        raise errors.InvalidRequestException("A client id cannot begin with $")
    row = find_connection(scope, client_id)
    gone = 0 if row.connected else time.time() - (row.disconnected_at or 0) / 1000
    if gone > KEPT_SECONDS:
        raise errors.ResourceNotFoundException(f"No connection found for client {client_id}")
    return row


def delete_connection(scope: Scope, *, client_id: str, clean: bool = False, prevent_will: bool = False) -> None:
    """Have the gateway that holds a client end its connection. Raises ResourceNotFoundException."""
    row = known_connection(scope, client_id)
    if not row.connected:
        raise errors.ResourceNotFoundException(f"Client {client_id} is not connected")
    order = {"clientId": client_id, "clean": clean, "preventWill": prevent_will, "reason": "API_INITIATED_DISCONNECT"}
    emit(Message(f"$gateway/disconnect/{_encoded(client_id)}", orjson.dumps(order), qos=1))


def send_direct_message(
    scope: Scope,
    *,
    client_id: str,
    topic: str,
    payload: bytes,
    properties: Properties = NO_PROPERTIES,
    confirm_within: float | None = None,
) -> str:
    """Have the gateway that holds a client deliver a message to it alone; answers the message's trace id.

    With `confirm_within` it goes at QoS 1, and this waits so many seconds for the client's PUBACK; else at QoS 0.
    Raises ResourceNotFoundException, GatewayTimeoutException; ForbiddenException where the client may not have it.
    """
    validate_topic(topic)
    if len(payload) > MAXIMUM_DIRECT:
        raise errors.RequestEntityTooLargeException(f"A payload has at most {MAXIMUM_DIRECT} bytes")
    if not known_connection(scope, client_id).connected:
        raise errors.ResourceNotFoundException(f"Client {client_id} is not connected")
    trace = str(uuid.uuid4())
    body = {
        "topic": topic,
        "payload": base64.b64encode(payload).decode(),
        "qos": int(confirm_within is not None),
        "traceId": trace,
        "contentType": properties.content_type,
        "responseTopic": properties.response_topic,
        "correlationData": _text(properties.correlation_data),
        "payloadFormat": properties.payload_format,
        "userProperties": properties.user_properties,
    }
    order = f"$gateway/direct/{_encoded(client_id)}"
    if confirm_within is None:
        emit(Message(order, orjson.dumps(body), qos=1))
        return trace
    answer = ask(order, body, seconds=confirm_within)
    if answer is None:
        raise errors.GatewayTimeoutException(
            f"Client {client_id} did not confirm the message within {confirm_within} s"
        )
    if not answer.get("delivered"):
        raise errors.ForbiddenException(f"Client {client_id} may not receive on {topic}, or takes no message so large")
    return trace


def flow_topic(client_id: str) -> str:
    """Answer the topic to ask on what is under way between the gateway and a client; only its own gateway answers."""
    return f"$gateway/flow/{_encoded(client_id)}"


def absorb(scope: Scope, messages: list[Message]) -> None:
    """Take presence and subscription events into the rows, in order; an event of an older session changes nothing."""
    events = [(event, _details(message)) for message in messages if (event := _event(message)) is not None]
    seen = sorted({_client(event) for event, _ in events})
    with transaction.atomic():
        rows = {row.client_id: row for row in _locked(scope, seen)}
        for event, details in events:
            name = _client(event)
            row = rows.get(name) or Connection(account=scope.account, region=scope.region, client_id=name)
            rows[name] = row
            _absorb(row, event, details)
        upsert_many(Connection, KEY, [{name: getattr(rows[one], name) for name in COLUMNS} for one in seen])
        index_changes.connections_changed(scope, seen)


def _locked(scope: Scope, client_ids: list[str]) -> Iterator[Connection]:
    for start in range(0, len(client_ids), AT_ONCE):
        some = client_ids[start : start + AT_ONCE]
        yield from connections(scope).filter(client_id__in=some).order_by("client_id").select_for_update()


def _event(message: Message) -> dict[str, Any] | None:
    try:
        event = orjson.loads(message.payload)
    except orjson.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("clientId"), str) else None


def _client(event: dict[str, Any]) -> str:
    return str(event["clientId"])[:128]


def _details(message: Message) -> dict[str, Any]:
    """Read what a gateway tells of a connection beside AWS's event."""
    text = dict(message.properties.user_properties).get(DETAILS_KEY, "{}")
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _absorb(row: Connection, event: dict[str, Any], details: dict[str, Any]) -> None:
    kind, session = event.get("eventType"), str(event.get("sessionIdentifier", ""))
    row.history = [*row.history, [event.get("timestamp"), str(kind), _gist(event)]][-HISTORY:]
    if event.get("disconnectReason") == DISPLACED:
        row.displaced, row.displaced_at = row.displaced + 1, event.get("timestamp")
    if kind == "connected":
        row.connected, row.session, row.disconnect_reason = True, session, ""
        row.version = event.get("versionNumber", 0)
        row.principal, row.address = event.get("principalIdentifier", ""), event.get("ipAddress", "")
        row.connected_at, row.disconnected_at = event.get("timestamp"), None
        row.subscriptions = {}
        row.details = details
    elif row.session != session:
        return
    elif kind == "disconnected":
        row.connected, row.disconnected_at = False, event.get("timestamp")
        row.disconnect_reason = event.get("disconnectReason", "")
    elif kind in ("subscribed", "unsubscribed"):
        topics = event.get("topics", [])
        kept = {name: qos for name, qos in row.subscriptions.items() if name not in topics}
        row.subscriptions = {**kept, **dict.fromkeys(topics, 1)} if kind == "subscribed" else kept


def _gist(event: dict[str, Any]) -> str:
    """What people want to know of an event: where from, why, or which topics."""
    topics = ", ".join(str(topic) for topic in event.get("topics") or ())
    return str(event.get("ipAddress") or event.get("disconnectReason") or topics)[:300]


def _encoded(client_id: str) -> str:
    return base64.urlsafe_b64encode(client_id.encode()).decode()


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
