"""Both forms of a condition mean the same."""

from typing import Any

import pytest

from iot.core.search.match import matches
from iot.core.search.query import Word, parse_query
from iot.models import Thing, ThingTerm
from iot.services.search_conditions import among, is_plain, probe
from tests.services.test_search import TERMS, THING_FLEETS, fleets, scope_of

__all__ = ["fleets"]  # a fixture


@pytest.mark.parametrize("query", TERMS)
def test_a_set_and_a_probe_find_what_the_matcher_finds(fleets: dict[str, dict[str, list[Any]]], query: str) -> None:
    node = parse_query(query)
    for fleet in THING_FLEETS:
        rows = Thing.objects.filter(account=scope_of(fleet).account)
        expected = sorted(name for name, entries in fleets[fleet].items() if matches(node, entries))
        for condition in (among(node, ThingTerm), probe(node, ThingTerm, "pk")):
            assert sorted(rows.filter(condition).values_list("name", flat=True)) == expected


def test_a_word_that_is_no_number_is_plain() -> None:
    assert is_plain(Word("f", "a"))
    assert not is_plain(Word("f", "1", 1.0))
    assert not is_plain(parse_query("f:a*"))
