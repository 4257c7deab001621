"""What queries match: the shared cases, and the laws of the operators."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.search.entries import entries_of
from iot.core.search.match import distance, matches
from iot.core.search.query import And, Not, Or, parse_query
from iot.management.vectors import search
from tests.vectors import load

CASES = load("search")
TERMS = ["a", "f:a", "f:b*", "g>1", "g:[0 TO 2]", "f:*", '"new york"', "*", "f:?", "f:{a TO c}", "NOT f:a"]
terms = st.sampled_from(TERMS).map(parse_query)
documents = st.fixed_dictionaries(
    {}, optional={"f": st.sampled_from(["a", "b", "ba", "New York", ["a", "c"]]), "g": st.integers(0, 3)}
).map(entries_of)


def found(query: str, document: Any, geo: dict[str, str] | None = None) -> bool:
    return matches(parse_query(query), entries_of(document, geo))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_shared_case(case: dict[str, Any]) -> None:
    assert search.failure(case) is None


@given(terms, terms, documents)
def test_the_operators_are_those_of_logic(one: Any, other: Any, document: Any) -> None:
    first, second = matches(one, document), matches(other, document)
    assert matches(And((one, other)), document) is (first and second)
    assert matches(Or((one, other)), document) is (first or second)
    assert matches(Not(one), document) is not first


@pytest.mark.parametrize(
    ("query", "document", "expected"),
    [
        ("f:75", {"f": "75.0"}, True),
        ("f:new", {"f": "New York"}, True),
        ('f:"new york"', {"f": "in New York city"}, True),
        ('f:"new york"', {"f": "new yorker"}, False),
        ("f:n*k", {"f": "new york"}, True),
        ("f:a?", {"f": "a"}, False),
        ("f:[a TO c]", {"f": "b"}, True),
        ("f:{a TO b}", {"f": "b"}, False),
        ("f:[1 TO 2]", {"f": "b"}, False),
        ("f:*", {"f": {"g": 1}}, True),
        ("f:*", {"fg": 1}, False),
        ("f<=2", {"f": [5, 2]}, True),
        ("true", {"connectivity": {"connected": True}}, False),
    ],
)
def test_a_query_matches(query: str, document: Any, expected: bool) -> None:
    assert found(query, document) is expected


def test_a_place_is_near_within_the_distance() -> None:
    geo = {"at": "LatLon"}
    assert found("at:geo_distance,0,0,112km", {"at": [1, 0]}, geo)
    assert not found("at:geo_distance,0,0,111km", {"at": [1, 0]}, geo)
    assert not found("other:geo_distance,0,0,112km", {"at": [1, 0]}, geo)
    assert not found("at:geo_distance,0,0,112km", {"at": [1, 0]})


@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(-90, 90), st.floats(-180, 180))
def test_distances_are_symmetric_and_at_most_half_round_the_earth(a: float, b: float, c: float, d: float) -> None:
    assert distance((a, b), (c, d)) == pytest.approx(distance((c, d), (a, b)), abs=1.0)
    assert 0 <= distance((a, b), (c, d)) <= 20_015_200
