"""Which clients are connected, fed by the presence and subscription events that gateways publish."""

from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.models import Connection

PRESENCE = "$aws/events/presence/"
SUBSCRIPTIONS = "$aws/events/subscriptions/"
DISPLACED = "DUPLICATE_CLIENTID"


def connections(scope: Scope) -> QuerySet[Connection]:
    """Select the clients that were ever seen."""
    return Connection.objects.filter(account=scope.account, region=scope.region)


def find_connection(scope: Scope, client_id: str) -> Connection:
    """Find a client. Raises ResourceNotFoundException."""
    row = connections(scope).filter(client_id=client_id).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"No connection found for client {client_id}")
    return row


def absorb(scope: Scope, messages: list[Message]) -> None:
    """Take presence and subscription events into the rows, in order; an event of an older session changes nothing."""
    with transaction.atomic():
        for message in messages:
            try:
                event = orjson.loads(message.payload)
            except orjson.JSONDecodeError:
                continue
            if isinstance(event, dict) and isinstance(event.get("clientId"), str):
                _absorb(scope, event)


def _absorb(scope: Scope, event: dict[str, Any]) -> None:
    kind, session = event.get("eventType"), str(event.get("sessionIdentifier", ""))
    row, _ = Connection.objects.get_or_create(
        account=scope.account, region=scope.region, client_id=event["clientId"][:128]
    )
    if event.get("disconnectReason") == DISPLACED:
        row.displaced, row.displaced_at = row.displaced + 1, event.get("timestamp")
        row.save(update_fields=["displaced", "displaced_at"])
    if kind == "connected":
        row.connected, row.session, row.disconnect_reason = True, session, ""
        row.version = event.get("versionNumber", 0)
        row.principal, row.address = event.get("principalIdentifier", ""), event.get("ipAddress", "")
        row.connected_at, row.disconnected_at = event.get("timestamp"), None
        row.subscriptions = {}
        row.details = event.get("details", {})
    elif row.session != session:
        return
    elif kind == "disconnected":
        row.connected, row.disconnected_at = False, event.get("timestamp")
        row.disconnect_reason = event.get("disconnectReason", "")
    elif kind in ("subscribed", "unsubscribed"):
        topics = event.get("topics", [])
        kept = {name: qos for name, qos in row.subscriptions.items() if name not in topics}
        row.subscriptions = {**kept, **dict.fromkeys(topics, 1)} if kind == "subscribed" else kept
    row.save()
