"""Lists of things for people."""

from typing import Any

import pytest
from django.conf import settings

from iot.models import Connection
from iot.services import shadows, thing_groups, thing_lists, thing_types, things
from iot.services.thing_lists import Filters

pytestmark = pytest.mark.django_db


def make(name: str, **more: Any) -> Any:
    return things.create_thing(settings.SCOPE, thing_name=name, **more)


def names(filters: Filters = Filters(), **more: Any) -> list[str]:  # noqa: B008  # it is frozen
    rows, _following = thing_lists.list_things(settings.SCOPE, filters, **more)
    return [row.thing.name for row in rows]


def connect(name: str, *, connected: bool = True) -> None:
    Connection.objects.create(
        account=settings.SCOPE.account, region=settings.SCOPE.region, client_id=name, connected=connected
    )


def test_pages_go_both_ways_by_name_and_by_age() -> None:
    for name in "bdac":
        make(name)
    rows, following = thing_lists.list_things(settings.SCOPE, Filters(), limit=2)
    assert [row.thing.name for row in rows] == ["a", "b"]
    assert names(after=following, limit=2) == ["c", "d"]
    assert names(descending=True) == ["d", "c", "b", "a"]
    assert names(order="id", descending=True) == ["c", "a", "d", "b"]
    assert thing_lists.list_things(settings.SCOPE, Filters(), after=following, limit=2)[1] == ""
    assert thing_lists.count_things(settings.SCOPE) == 4


def test_very_many_are_counted_anew_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thing_lists, "_counted", {})
    make("a")
    assert thing_lists.count_things(settings.SCOPE) == 1
    make("b")
    assert thing_lists.count_things(settings.SCOPE) == 2
    monkeypatch.setattr(thing_lists, "MANY", 2)
    make("c")
    assert thing_lists.count_things(settings.SCOPE) == 2
    monkeypatch.setattr(thing_lists, "COUNT_SECONDS", -1.0)
    assert thing_lists.count_things(settings.SCOPE) == 3


def test_all_things_are_read_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thing_lists, "BATCH", 2)
    for name in "cabed":
        make(name)
    assert [row.thing.name for row in thing_lists.every_thing(settings.SCOPE, Filters())] == list("abcde")
    assert [row.thing.name for row in thing_lists.every_thing(settings.SCOPE, Filters(text="b"))] == ["b"]


def test_filters_narrow_together() -> None:
    thing_types.create_thing_type(settings.SCOPE, thing_type_name="pump")
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    make("t1", thing_type_name="pump", attribute_payload={"attributes": {"hall": "7"}})
    thing = make("t2", attribute_payload={"attributes": {"hall": "8"}})
    make("other")
    thing_groups.add_thing_to_thing_group(settings.SCOPE, group=group, thing=thing)
    connect("t2")
    connect("t1", connected=False)
    assert names(Filters(text="t")) == ["other", "t1", "t2"]
    assert names(Filters(attribute="hall")) == ["t1", "t2"]
    assert names(Filters(attribute="hall", value="8")) == ["t2"]
    assert names(Filters(thing_type="pump")) == ["t1"]
    assert names(Filters(group="g")) == ["t2"]
    assert names(Filters(connected=True)) == ["t2"]
    assert names(Filters(connected=False, text="t1")) == ["t1"]
    assert Filters(text="t").any
    assert not Filters().any


def test_a_row_has_connection_groups_and_whether_the_shadow_is_in_step() -> None:
    thing = make("t1")
    make("t2")
    make("t3")
    connect("t1")
    group = thing_groups.create_thing_group(settings.SCOPE, thing_group_name="g")
    thing_groups.add_thing_to_thing_group(settings.SCOPE, group=group, thing=thing)
    for name, reported in (("t1", 1), ("t2", 2)):
        payload = b'{"state": {"desired": {"a": 1}, "reported": {"a": %d}}}' % reported
        shadows.update_thing_shadow(settings.SCOPE, thing_name=name, payload=payload)
    rows = thing_lists.select_things(settings.SCOPE, ["t1", "t2", "t3", "gone"])
    assert [row.in_step for row in rows] == [True, False, None]
    assert rows[0].groups == ("g",)
    assert rows[0].connection is not None
    assert thing_lists.connection_of(settings.SCOPE, "t1") == rows[0].connection
    assert thing_lists.connection_of(settings.SCOPE, "t2") is None
