"""Attributes as rows."""

import pytest

from iot.services import things
from tests.services.fleet import SCOPE, thing

pytestmark = pytest.mark.django_db


def found(value: str, *, prefix: bool = False) -> list[str]:
    rows = things.things(SCOPE, attribute_name="site", attribute_value=value, prefix=prefix)
    return sorted(rows.values_list("name", flat=True))


def test_things_are_found_by_a_value_or_how_it_begins() -> None:
    for name, value in (("a", "north"), ("b", "north-2"), ("c", "North"), ("d", "n_rth")):
        thing(name, site=value)
    assert found("north") == ["a"]
    assert found("north", prefix=True) == ["a", "b"]
    assert found("n_", prefix=True) == ["d"]
    assert found("", prefix=True) == ["a", "b", "c", "d"]


def test_the_rows_follow_the_thing() -> None:
    thing("a", site="north")
    things.update_thing(SCOPE, thing_name="a", attribute_payload={"attributes": {"site": "south"}})
    assert (found("north"), found("south")) == ([], ["a"])
    things.update_thing(SCOPE, thing_name="a", attribute_payload={"attributes": {"site": ""}})
    assert found("south") == []
    things.delete_thing(SCOPE, thing_name="a")
    assert found("", prefix=True) == []
