"""However a page is come by, it holds what the pure matcher finds, in order."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings

from iot.core.search.match import matches
from iot.core.search.query import parse_query
from iot.models import Thing, ThingTerm
from iot.services import search_plans
from tests.services.test_search import THING_FLEETS, fleets, queries, scope_of

__all__ = ["fleets"]  # a fixture


def paged(fleet: str, query: str, *, size: int = 3) -> list[str]:
    found: list[Any] = []
    node, after = parse_query(query), 0
    while page := search_plans.fetch(scope_of(fleet), Thing, ThingTerm, node, after, size):
        found += page
        after = page[-1].pk
    assert [row.pk for row in found] == sorted({row.pk for row in found})
    return sorted(row.name for row in found)


@pytest.mark.parametrize(("small", "large"), [(2_000, 100_000), (0, 100_000), (0, 0)])
def test_any_plan_finds_what_the_matcher_finds(
    fleets: dict[str, dict[str, list[Any]]], monkeypatch: pytest.MonkeyPatch, small: int, large: int
) -> None:
    monkeypatch.setattr(search_plans, "SMALL", small)
    monkeypatch.setattr(search_plans, "LARGE", large)

    @settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(query=queries)
    def found(query: str) -> None:
        node = parse_query(query)
        for fleet in THING_FLEETS:
            expected = sorted(name for name, entries in fleets[fleet].items() if matches(node, entries))
            assert paged(fleet, query) == expected, fleet

    found()


def test_of_large_parts_one_leads_in_the_order_of_its_index(
    fleets: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_plans, "SMALL", 0)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert paged("names", "thingTypeName:tv NOT thingName:plasma") == ["tvlcd", "tvoled"]
    leading = [one["sql"] for one in asked if "DISTINCT" in one["sql"]]
    assert leading
    assert not any(" IN (SELECT" in sql for sql in leading)
