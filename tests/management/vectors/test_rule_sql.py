"""Running rules SQL vectors."""

from typing import Any

import pytest

from iot.management.vectors import rule_sql
from tests.vectors import load


def case(sql: str, **expect: Any) -> dict[str, Any]:
    return {"sql": f"SELECT {sql} FROM 'a/b'", "topic": "a/b", "payload": {"i": 5}, "expect": expect}


def test_it_knows_its_cases() -> None:
    assert rule_sql.handles(load("rule-sql")[0])
    assert not any(rule_sql.handles(load(kind)[0]) for kind in ("policy", "shadow", "search"))


@pytest.mark.parametrize(
    ("given", "passes"),
    [
        (case("i", matched=True, output={"i": 5}), True),
        (case("i", matched=True, output={"i": 5.0}), True),
        (case("i", matched=True, output={"i": 6}), False),
        (case("i", matched=True, output={"i": 5, "j": 1}), False),
        (case("i", matched=True, output={"i": "5"}), False),
        (case("i", matched=True, output={"i": 5.1}, approx=0.1), True),
        (case("[i, 1] AS r", matched=True, output={"r": [5, 1]}), True),
        (case("true AS r", matched=True, output={"r": 1}), False),
        (case("i", matched=False), False),
        (case("nope(", error="rejected"), True),
        (case("i", error="rejected"), False),
        ({**case("i", matched=False), "topic": "other"}, True),
        ({**case("*", matched=True, output_base64="AQ=="), "payload": {"base64": "AQ=="}}, True),
        ({**case("*", matched=True, rendered="x5"), "template": "x${i}"}, True),
        ({**case("*", matched=True, rendered="x6"), "template": "x${i}"}, False),
        (case("get_thing_shadow('t', 'r') AS s", matched=False), True),
        (case("get_registry_data('DescribeThing', 't', 'r') AS s", matched=False), True),
    ],
)
def test_a_case_passes_exactly_when_the_outcome_fits(given: dict[str, Any], passes: bool) -> None:
    assert (rule_sql.failure(given) is None) is passes
