"""What the index is told of, and when it need not be."""

import pytest

from iot.models import IndexChange
from iot.services import index_changes
from tests.services.fleet import SCOPE, index

pytestmark = pytest.mark.django_db


def noted() -> list[tuple[str, str]]:
    return list(IndexChange.objects.order_by("pk").values_list("kind", "name"))


def tell_all() -> None:
    index_changes.things_changed(SCOPE, ["a", "b", "a"])
    index_changes.shadows_changed(SCOPE, ["s"])
    index_changes.connections_changed(SCOPE, ["c"])
    index_changes.groups_changed(SCOPE, ["g"])


def test_nothing_is_noted_while_the_index_is_off() -> None:
    tell_all()
    assert noted() == []


def test_each_name_is_noted_once_a_call() -> None:
    index()
    tell_all()
    assert noted() == [("thing", "a"), ("thing", "b"), ("thing", "s"), ("thing", "c"), ("group", "g")]


def test_only_what_the_index_holds_is_noted() -> None:
    index(thingIndexingMode="REGISTRY", thingConnectivityIndexingMode="OFF")
    tell_all()
    assert noted() == [("thing", "a"), ("thing", "b"), ("group", "g")]
