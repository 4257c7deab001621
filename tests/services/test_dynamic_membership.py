"""Who is in a dynamic group."""

import pytest

from iot.models import Thing, ThingGroup, ThingGroupMember
from iot.services import dynamic_membership, dynamic_thing_groups, indexing, registry_events
from tests.services.fleet import SCOPE, index, thing

pytestmark = pytest.mark.django_db


def members(name: str) -> list[str]:
    rows = ThingGroupMember.objects.filter(group__name=name).order_by("thing__name")
    return list(rows.values_list("thing__name", flat=True))


def test_things_come_and_go_with_their_documents_and_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(
        registry_events, "thing_group_membership", lambda group, row, operation: told.append((row.name, operation))
    )
    index()
    thing("a", n="1")
    dynamic_thing_groups.create_dynamic_thing_group(SCOPE, thing_group_name="d", query_string="attributes.n:1")
    assert members("d") == ["a"]
    thing("b", n="1")
    indexing.follow(SCOPE)
    assert members("d") == ["a", "b"]
    dynamic_thing_groups.update_dynamic_thing_group(
        SCOPE, thing_group_name="d", thing_group_properties={}, query_string="thingName:b"
    )
    assert members("d") == ["b"]
    assert told == [("a", "ADDED"), ("b", "ADDED"), ("a", "REMOVED")]


def test_a_group_takes_more_than_one_batch_and_no_thing_beyond_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamic_membership, "BATCH", 2)
    full = thing("full")
    for number in range(10):
        group = ThingGroup.objects.create(account=SCOPE.account, region=SCOPE.region, name=f"g{number}")
        ThingGroupMember.objects.create(group=group, thing=full)
    for number in range(5):
        thing(f"t{number}")
    group = ThingGroup.objects.create(account=SCOPE.account, region=SCOPE.region, name="d", query_string="*")
    dynamic_membership.fill(group, Thing.objects.all())
    assert members("d") == [f"t{number}" for number in range(5)]
