"""The events that registry changes publish under `$aws/events/…`, where the account has switched them on."""

import time
import uuid
from datetime import datetime
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction

from iot.bridge.outbox import announce, emit
from iot.core.arn import Scope
from iot.core.message import Message
from iot.models import Certificate, Thing, ThingGroup, ThingType
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
SWITCHES_SECONDS = 1.0


def configurations(scope: Scope) -> dict[str, bool]:
    """Answer which kinds of events are on; all are off at first."""
    stored = account_settings.read(scope, SETTING, {})
    return {name: bool(stored.get(name)) for name in EVENT_TYPES}


def configured_at(scope: Scope) -> tuple[datetime, datetime] | None:
    """Answer when the switches were first and last set."""
    return account_settings.times(scope, SETTING)


def configure(scope: Scope, changes: dict[str, bool]) -> None:
    """Switch kinds of events on or off."""
    with transaction.atomic():
        account_settings.write(scope, SETTING, {**configurations(scope), **changes})
        announce("settings", SETTING, scope)
        forget_switches()
        transaction.on_commit(forget_switches)


def is_on(scope: Scope, kind: str) -> bool:
    """Say whether events of a kind are published; only the broker's own account and region has any.

    The switches are looked at once a second, because every change of the registry asks.
    """
    if scope != settings.SCOPE:
        return False
    now = time.monotonic()
    if _Switches.until <= now:
        stored = account_settings.read(scope, SETTING, {})
        _Switches.on = frozenset(name for name, value in stored.items() if value)
        _Switches.until = now + SWITCHES_SECONDS
    return kind in _Switches.on


class _Switches:
    """What was last read of the switches."""

    on: frozenset[str] = frozenset()
    until = 0.0


def forget_switches() -> None:
    """Read the switches anew when they are next asked for."""
    _Switches.until = 0.0


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


def thing_type(row: ThingType, operation: str) -> None:
    """Publish the event of a thing type that was CREATED, UPDATED or DELETED."""
    if not is_on(row.scope, "THING_TYPE"):
        return
    publish(
        row.scope,
        f"thingType/{row.name}/{operation.lower()}",
        {
            "eventType": "THING_TYPE_EVENT",
            "operation": operation,
            "accountId": row.account,
            "thingTypeId": str(row.type_id),
            "thingTypeName": row.name,
            "isDeprecated": row.deprecated_at is not None,
            "deprecationDate": None if row.deprecated_at is None else int(row.deprecated_at.timestamp() * 1000),
            "searchableAttributes": row.searchable_attributes,
            "propagatingAttributes": row.propagating_attributes,
            "description": row.description,
        },
    )


def thing_type_association(row: Thing, type_name: str, operation: str) -> None:
    """Publish that a thing's type was ADDED or REMOVED."""
    if not is_on(row.scope, "THING_TYPE_ASSOCIATION"):
        return
    publish(
        row.scope,
        f"thingTypeAssociation/thing/{row.name}/thingType/{type_name}/{operation.lower()}",
        {
            "eventType": "THING_TYPE_ASSOCIATION_EVENT",
            "operation": operation,
            "thingId": str(row.thing_id),
            "thingName": row.name,
            "thingTypeName": type_name,
        },
    )


def thing_group(row: ThingGroup, ancestors: list[ThingGroup], operation: str) -> None:
    """Publish the event of a group that was CREATED, UPDATED or DELETED; `ancestors` are from the root down."""
    if not is_on(row.scope, "THING_GROUP"):
        return
    parent = ancestors[-1] if ancestors else None
    publish(
        row.scope,
        f"thingGroup/{row.name}/{operation.lower()}",
        {
            "eventType": "THING_GROUP_EVENT",
            "operation": operation,
            "accountId": row.account,
            "thingGroupId": str(row.group_id),
            "thingGroupName": row.name,
            "versionNumber": row.version,
            "parentGroupName": parent.name if parent else None,
            "parentGroupId": str(parent.group_id) if parent else None,
            "description": row.description,
            "rootToParentThingGroups": [{"groupArn": one.arn, "groupId": str(one.group_id)} for one in ancestors],
            "attributes": row.attributes,
            "dynamicGroupMappingId": None,
        },
    )


def thing_group_hierarchy(parent: ThingGroup, child: ThingGroup, operation: str) -> None:
    """Publish that a child group was ADDED to its parent or REMOVED."""
    if not is_on(parent.scope, "THING_GROUP_HIERARCHY"):
        return
    publish(
        parent.scope,
        f"thingGroupHierarchy/thingGroup/{parent.name}/childThingGroup/{child.name}/{operation.lower()}",
        {
            "eventType": "THING_GROUP_HIERARCHY_EVENT",
            "operation": operation,
            "accountId": parent.account,
            "thingGroupId": str(parent.group_id),
            "thingGroupName": parent.name,
            "childGroupId": str(child.group_id),
            "childGroupName": child.name,
        },
    )


def thing_group_membership(group: ThingGroup, thing_row: Thing, operation: str) -> None:
    """Publish that a thing was ADDED to a group or REMOVED."""
    if not is_on(group.scope, "THING_GROUP_MEMBERSHIP"):
        return
    publish(
        group.scope,
        f"thingGroupMembership/thingGroup/{group.name}/thing/{thing_row.name}/{operation.lower()}",
        {
            "eventType": "THING_GROUP_MEMBERSHIP_EVENT",
            "operation": operation,
            "accountId": group.account,
            "groupArn": group.arn,
            "groupId": str(group.group_id),
            "thingArn": thing_row.arn,
            "thingId": str(thing_row.thing_id),
            "membershipId": str(uuid.uuid5(group.group_id, str(thing_row.thing_id))),
        },
    )


def certificate_registered(row: Certificate) -> None:
    """Publish that a certificate was registered under an authority that registers by itself; always on."""
    if row.scope != settings.SCOPE:
        return
    now = int(time.time() * 1000)
    body = {
        "certificateId": row.certificate_id,
        "caCertificateId": row.ca_certificate_id,
        "timestamp": now,
        "certificateStatus": row.status,
        "awsAccountId": row.account,
        "certificateRegistrationTimestamp": str(now),
    }
    emit(Message(f"$aws/events/certificates/registered/{row.ca_certificate_id}", orjson.dumps(body), qos=1))


def publish(scope: Scope, topic: str, members: dict[str, Any]) -> None:
    """Publish one event when the transaction is committed."""
    body = {"eventId": uuid.uuid4().hex, "timestamp": int(time.time() * 1000), **members}
    emit(Message(f"$aws/events/{topic}", orjson.dumps(body), qos=1))
