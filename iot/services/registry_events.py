"""The events that registry changes publish under `$aws/events/…`, where the account has switched them on."""

import time
import uuid
from typing import Any

import orjson

from iot.bridge.outbox import emit
from iot.core.arn import Scope
from iot.core.message import Message
from iot.models import Thing
from iot.services import account_settings

EVENT_TYPES = (
    "THING",
    "THING_GROUP",
    "THING_TYPE",
    "THING_GROUP_MEMBERSHIP",
    "THING_GROUP_HIERARCHY",
    "THING_TYPE_ASSOCIATION",
    "JOB",
    "JOB_EXECUTION",
    "POLICY",
    "CERTIFICATE",
    "CA_CERTIFICATE",
)
SETTING = "event_configurations"


def configurations(scope: Scope) -> dict[str, bool]:
    """Answer which kinds of events are on; all are off at first."""
    stored = account_settings.read(scope, SETTING, {})
    return {name: bool(stored.get(name)) for name in EVENT_TYPES}


def configure(scope: Scope, changes: dict[str, bool]) -> None:
    """Switch kinds of events on or off."""
    account_settings.write(scope, SETTING, {**configurations(scope), **changes})


def is_on(scope: Scope, kind: str) -> bool:
    """Say whether events of a kind are published."""
    return bool(account_settings.read(scope, SETTING, {}).get(kind))


def thing(row: Thing, operation: str) -> None:
    """Publish the event of a thing that was CREATED, UPDATED or DELETED."""
    if not is_on(row.scope, "THING"):
        return
    publish(
        row.scope,
        f"thing/{row.name}/{operation.lower()}",
        {
            "eventType": "THING_EVENT",
            "operation": operation,
            "accountId": row.account,
            "thingId": str(row.thing_id),
            "thingName": row.name,
            "versionNumber": row.version,
            "thingTypeName": row.thing_type.name if row.thing_type else None,
            "attributes": row.attributes,
        },
    )


def publish(scope: Scope, topic: str, members: dict[str, Any]) -> None:
    """Publish one event when the transaction is committed."""
    body = {"eventId": uuid.uuid4().hex, "timestamp": int(time.time() * 1000), **members}
    emit(Message(f"$aws/events/{topic}", orjson.dumps(body), qos=1))
