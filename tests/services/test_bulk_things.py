"""Making very many things at once."""

import pytest

from iot.models import IndexChange, Thing, ThingAttribute
from iot.services import bulk_things, things
from tests.services.fleet import SCOPE, index, thing

pytestmark = pytest.mark.django_db


def test_things_are_made_in_batches_with_their_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_things, "BATCH", 2)
    made = [(f"t{number}", {"site": str(number % 2)}) for number in range(5)]
    assert list(bulk_things.create_things(SCOPE, made, thing_type_name="lamp")) == [2, 2, 1]
    assert {row.thing_type.name for row in Thing.objects.select_related("thing_type") if row.thing_type} == {"lamp"}
    found = things.things(SCOPE, attribute_name="site", attribute_value="1")
    assert sorted(found.values_list("name", flat=True)) == ["t1", "t3"]


def test_what_exists_is_left_alone() -> None:
    kept = thing("t0", site="kept")
    list(bulk_things.create_things(SCOPE, [("t0", {"site": "new"}), ("t1", {})]))
    kept.refresh_from_db()
    assert kept.attributes == {"site": "kept"}
    assert list(ThingAttribute.objects.values_list("value", flat=True)) == ["kept"]


def test_the_index_is_told() -> None:
    index()
    list(bulk_things.create_things(SCOPE, [("t0", {})]))
    assert list(IndexChange.objects.values_list("name", flat=True)) == ["t0"]
