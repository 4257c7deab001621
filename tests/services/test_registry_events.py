"""The events that registry changes publish."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.bridge import outbox
from iot.core.arn import Scope
from iot.models import OutboxRow
from iot.services import registry_events, thing_groups, thing_types, things

SCOPE = Scope(settings.ACCOUNT_ID, settings.REGION)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _switches() -> Iterator[None]:
    registry_events.forget_switches()
    yield
    registry_events.forget_switches()


def events() -> list[tuple[str, dict[str, Any]]]:
    """Take the events that wait in the outbox."""
    rows = list(OutboxRow.objects.order_by("id"))
    OutboxRow.objects.all().delete()
    messages = [message for row in rows for message in outbox.unpack(bytes(row.messages))]
    return [(one.topic.removeprefix("$aws/events/"), orjson.loads(one.payload)) for one in messages]


def topics() -> list[str]:
    return [topic for topic, _ in events()]


def switch_on(*kinds: str) -> None:
    registry_events.configure(SCOPE, dict.fromkeys(kinds, True))


def test_nothing_is_published_until_it_is_switched_on() -> None:
    things.create_thing(SCOPE, thing_name="lamp")
    assert events() == []


def test_a_things_life() -> None:
    switch_on("THING")
    made = things.create_thing(SCOPE, thing_name="lamp", attribute_payload={"attributes": {"a": "1"}})
    things.create_thing(SCOPE, thing_name="lamp", attribute_payload={"attributes": {"a": "1"}})
    things.update_thing(SCOPE, thing_name="lamp", attribute_payload={"attributes": {"b": "2"}})
    things.delete_thing(SCOPE, thing_name="lamp")
    found = events()
    assert [topic for topic, _ in found] == ["thing/lamp/created", "thing/lamp/updated", "thing/lamp/deleted"]
    body = found[0][1]
    assert body.pop("eventId")
    assert body.pop("timestamp") > 1_700_000_000_000
    assert body == {
        "eventType": "THING_EVENT",
        "operation": "CREATED",
        "accountId": SCOPE.account,
        "thingId": str(made.thing_id),
        "thingName": "lamp",
        "versionNumber": 1,
        "thingTypeName": None,
        "attributes": {"a": "1"},
    }
    assert found[1][1]["versionNumber"] == 2


def test_another_region_has_no_broker_to_tell() -> None:
    elsewhere = Scope(SCOPE.account, "eu-central-1")
    registry_events.configure(elsewhere, {"THING": True})
    things.create_thing(elsewhere, thing_name="lamp")
    assert events() == []


def test_types_and_their_associations() -> None:
    switch_on("THING_TYPE", "THING_TYPE_ASSOCIATION")
    for name in ("one", "two"):
        thing_types.create_thing_type(SCOPE, thing_type_name=name)
    assert topics() == ["thingType/one/created", "thingType/two/created"]
    things.create_thing(SCOPE, thing_name="lamp", thing_type_name="one")
    things.update_thing(SCOPE, thing_name="lamp", thing_type_name="two")
    things.update_thing(SCOPE, thing_name="lamp", attribute_payload={"attributes": {}})
    things.update_thing(SCOPE, thing_name="lamp", remove_thing_type=True)
    assert topics() == [
        "thingTypeAssociation/thing/lamp/thingType/one/added",
        "thingTypeAssociation/thing/lamp/thingType/one/removed",
        "thingTypeAssociation/thing/lamp/thingType/two/added",
        "thingTypeAssociation/thing/lamp/thingType/two/removed",
    ]
    thing_types.deprecate_thing_type(SCOPE, thing_type_name="one")
    thing_types.delete_thing_type(SCOPE, thing_type_name="one")
    found = events()
    assert [topic for topic, _ in found] == ["thingType/one/updated", "thingType/one/deleted"]
    assert found[0][1]["isDeprecated"] is True


def test_groups_their_hierarchy_and_members() -> None:
    switch_on("THING_GROUP", "THING_GROUP_HIERARCHY", "THING_GROUP_MEMBERSHIP")
    root = thing_groups.create_thing_group(SCOPE, thing_group_name="root")
    child = thing_groups.create_thing_group(SCOPE, thing_group_name="child", parent_group_name="root")
    found = events()
    assert [topic for topic, _ in found] == [
        "thingGroup/root/created",
        "thingGroup/child/created",
        "thingGroupHierarchy/thingGroup/root/childThingGroup/child/added",
    ]
    assert found[1][1]["rootToParentThingGroups"] == [{"groupArn": root.arn, "groupId": str(root.group_id)}]
    lamp = things.create_thing(SCOPE, thing_name="lamp")
    for _ in range(2):
        thing_groups.add_thing_to_thing_group(SCOPE, group=child, thing=lamp)
    for _ in range(2):
        thing_groups.remove_thing_from_thing_group(SCOPE, group=child, thing=lamp)
    (added, body), (removed, again) = events()
    assert added == "thingGroupMembership/thingGroup/child/thing/lamp/added"
    assert removed == "thingGroupMembership/thingGroup/child/thing/lamp/removed"
    assert body["membershipId"] == again["membershipId"]
    thing_groups.update_thing_group(SCOPE, thing_group_name="child", thing_group_properties={})
    thing_groups.delete_thing_group(SCOPE, thing_group_name="child")
    assert topics() == [
        "thingGroup/child/updated",
        "thingGroupHierarchy/thingGroup/root/childThingGroup/child/removed",
        "thingGroup/child/deleted",
    ]
