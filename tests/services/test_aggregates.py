"""Aggregates of fields of all kinds."""

import pytest

from iot.core import errors
from iot.services import aggregates, indexing, shadows, thing_groups, things
from tests.services.fleet import SCOPE, index, thing

pytestmark = pytest.mark.django_db
PROPERTIES = {"attributePayload": {"attributes": {"Floor": "First"}}}
ALL = (SCOPE, indexing.THINGS, "*")


@pytest.fixture(autouse=True)
def fleet() -> None:
    for name, site, weight, on in (("a", "North", "1", True), ("b", "north", "2", False), ("c", "South", "x", True)):
        thing(name, site=site, weight=weight)
        document = b'{"state": {"reported": {"on": %s}}}' % str(on).lower().encode()
        shadows.update_thing_shadow(SCOPE, thing_name=name, payload=document)
    things.update_thing(SCOPE, thing_name="a", attribute_payload={"attributes": {"new": "1"}, "merge": True})
    index()


def test_buckets_are_spelled_as_they_were_written_and_count_regardless_of_case() -> None:
    total, found = aggregates.buckets(*ALL, "attributes.site", 10)
    assert (total, found) == (3, [{"keyValue": "North", "count": 2}, {"keyValue": "South", "count": 1}])
    assert aggregates.buckets(*ALL, "attributes.nothing", 10) == (3, [])


def test_buckets_of_groups() -> None:
    thing_groups.create_thing_group(SCOPE, thing_group_name="Root", thing_group_properties=PROPERTIES)
    _, found = aggregates.buckets(SCOPE, indexing.GROUPS, "*", "attributes.Floor", 1)
    assert found == [{"keyValue": "First", "count": 1}]


def test_booleans_count_as_numbers_and_texts_only_count() -> None:
    found = aggregates.statistics(*ALL, "shadow.reported.on")
    assert (found["count"], found["sum"], found["minimum"], found["maximum"]) == (3, 2.0, 0.0, 1.0)
    assert aggregates.statistics(*ALL, "attributes.site") == {"count": 3}
    assert aggregates.statistics(*ALL, "attributes.nothing") == {"count": 0}


def test_the_version_of_a_thing_is_aggregated_though_it_cannot_be_searched() -> None:
    assert aggregates.cardinality(*ALL, aggregates.VERSION_FIELD) == 2
    assert aggregates.statistics(*ALL, aggregates.VERSION_FIELD)["maximum"] == 2.0


def test_percentiles_lie_on_the_line_between_numbers() -> None:
    field = "attributes.weight"
    assert aggregates.percentiles(*ALL, field, [50.0]) == [{"percent": 50.0, "value": 1.5}]
    assert aggregates.percentiles(SCOPE, indexing.THINGS, "thingName:none", field, None) == []
    with pytest.raises(errors.InvalidAggregationException):
        aggregates.percentiles(*ALL, "attributes.site", None)
