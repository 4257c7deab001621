"""The fleet index's SQL finds what the pure matcher finds: on the shared fleets, and for generated queries."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot.core import errors
from iot.core.arn import Scope
from iot.core.search.match import matches
from iot.core.search.query import parse_query
from iot.management.vectors import search as vector
from iot.models import Thing, ThingGroup, ThingGroupTerm, ThingTerm
from iot.services import indexing, search
from tests.vectors import load

SCOPE = Scope("123456789012", "us-east-1")
CASES = load("search")
FLEETS = vector.fleets(vector.SHARED)
THING_FLEETS = [name for name, (kind, _) in FLEETS.items() if kind == "things"]
TERMS = [
    "*",
    "true",
    "a*",
    "pump",
    '"new york"',
    "[1 TO 80]",
    "thingName:a?b",
    "thingName:*",
    "thingTypeName:(tv OR aa)",
    "attributes.myAttribute>75",
    "attributes.myAttribute:[75 TO it]",
    "attributes.attr1:abc",
    "shadow.reported.stats:*",
    "shadow.reported.stats.battery:{70 TO 100}",
    "shadow.reported.colors:RED",
    "shadow.reported.location:new*",
    "shadow.hasDelta:true",
    "connectivity.connected:false",
    "connectivity.timestamp<1557700000000",
    "deviceDefender.violationCount>=3",
    "shadow.reported.coordinates:geo_distance,47.6204,-122.3491,15.5km",
]
queries = st.recursive(
    st.sampled_from(TERMS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) AND ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) OR ({pair[1]})"),
        inner.map(lambda one: f"NOT ({one})"),
    ),
    max_leaves=5,
)


def place(fleet: str) -> dict[str, list[Any]]:
    """Put a shared fleet into the database, each fleet into an account of its own."""
    kind, members = FLEETS[fleet]
    owner, terms = (Thing, ThingTerm) if kind == "things" else (ThingGroup, ThingGroupTerm)
    scope = scope_of(fleet)
    rows = [owner._default_manager.create(account=scope.account, region=scope.region, name=name) for name in members]
    indexing.replace(terms, {row.pk: members[row.name] for row in rows})
    return members


def scope_of(fleet: str) -> Scope:
    return Scope(f"{list(FLEETS).index(fleet):012}", "us-east-1")


def names(fleet: str, query: str) -> list[str]:
    kind = FLEETS[fleet][0]
    index = indexing.THINGS if kind == "things" else indexing.GROUPS
    return sorted(search.found(scope_of(fleet), index, parse_query(query)).values_list("name", flat=True))


@pytest.fixture
def fleets(db: None) -> dict[str, dict[str, list[Any]]]:
    return {fleet: place(fleet) for fleet in FLEETS}


def test_every_shared_case_is_answered_by_sql(fleets: dict[str, Any]) -> None:
    for case in CASES:
        kind = FLEETS[case["fleet"]][0]
        try:
            got: Any = {kind: names(case["fleet"], case["query"])}
        except errors.InvalidQueryException as error:
            got = {"error": error.code}
        assert got == case["expect"], case["id"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=queries)
def test_any_query_finds_in_sql_what_the_matcher_finds(fleets: dict[str, dict[str, list[Any]]], query: str) -> None:
    node = parse_query(query)
    for fleet in THING_FLEETS:
        expected = sorted(name for name, entries in fleets[fleet].items() if matches(node, entries))
        assert names(fleet, query) == expected, fleet


def test_one_accounts_search_does_not_see_anothers_things(fleets: dict[str, Any]) -> None:
    assert names("guide", "thingName:aba") == []
    assert names("names", "thingName:aba") == ["aba"]
