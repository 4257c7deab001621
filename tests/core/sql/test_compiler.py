"""Compiled code answers what the tree says; its short cuts agree with the language's rules."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.sql import values
from iot.core.sql.environment import NoPorts
from iot.core.sql.statement import compile_statement
from iot.core.sql.values import UNDEFINED, FunctionFailed
from iot.management.vectors import rule_sql
from tests.core.sql.running import STANDARD, run, value
from tests.vectors import load

CASES = load("rule-sql")
OPERATORS = {
    "=": values.equal,
    "<>": values.not_equal,
    "<": values.less,
    "<=": values.less_equal,
    ">": values.greater,
    ">=": values.greater_equal,
    "+": values.add,
    "-": values.subtract,
    "*": values.multiply,
    "/": values.divide,
    "%": values.modulo,
    "AND": values.logical_and,
    "OR": values.logical_or,
    "IN": values.contains,
}


class Answering(NoPorts):
    def get_thing_shadow(self, thing_name: str, shadow_name: str) -> Any:
        if thing_name == "broken":
            raise FunctionFailed("no shadow")
        return {"state": thing_name}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_shared_case(case: dict[str, Any]) -> None:
    assert rule_sql.failure(case) is None


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("left", [*STANDARD, "missing"])
def test_a_short_cut_answers_as_the_rules_do(operator: str, left: str) -> None:
    literals = {"5": 5, "2.5": 2.5, "'abc'": "abc", "'7'": "7", "true": True, "null": None, "arr": [1, 2, 3]}
    literals |= {"missing": UNDEFINED, "12345678901234567890.5": Decimal("12345678901234567890.5")}
    for right, wanted in literals.items():
        expected = OPERATORS[operator](STANDARD.get(left, UNDEFINED), wanted)
        found = value(f"{left} {operator} {right}")
        assert (found, type(found)) == (expected, type(expected)), right
        assert run(f"SELECT i WHERE {left} {operator} {right}").matched is (expected is True)


@given(st.integers(-(10**18), 10**18), st.sampled_from("+-*"), st.integers(-5, 5) | st.integers(-(10**33), 10**33))
def test_arithmetic_in_place_agrees_with_large_numbers(left: int, operator: str, right: int) -> None:
    expected = OPERATORS[operator](left, right)
    assert value(f"x {operator} {right}", {"x": left}) == expected


@pytest.mark.parametrize(
    ("where", "matched"),
    [
        ("b AND i = 5", True),
        ("i = 5 AND (d > 1 AND s = 'abc')", True),
        ("i = 5 AND missing = 1", False),
        ("i = 5 OR missing = 1", False),
        ("NOT (i = 4)", True),
        ("true", True),
        ("'TRUE'", False),
        ("'TRUE' AND true", True),
        ("s", False),
        ("false", False),
        ("1", False),
        ("exists (SELECT * FROM arr AS a WHERE a = 3)", True),
        ("exists (SELECT * FROM arr AS a WHERE a = 4)", False),
        ("exists (SELECT k FROM obj) AND true", True),
        ("exists (SELECT k FROM missing)", False),
    ],
)
def test_where_holds_only_where_it_is_true(where: str, matched: bool) -> None:
    assert run(f"SELECT i WHERE {where}").matched is matched


@pytest.mark.parametrize(
    ("select", "output"),
    [
        ("*", STANDARD),
        ("i, missing", {"i": 5}),
        ("missing", {}),
        ("1 AS one, null AS none", {"one": 1, "none": None}),
        ("i AS a.b, s AS a.c, missing AS a.d", {"a": {"b": 5, "c": "abc"}}),
        ("i AS a, s AS a.b", {"a": {"b": "abc"}}),
        ("{'x': i, 'y': missing}", {"x": 5}),
        ("i, {'x': 1}", {"i": 5, "x": 1}),
        ("(SELECT VALUE a + 1 FROM arr AS a WHERE a > 1) AS r", {"r": [3, 4]}),
        ("(SELECT k FROM obj) AS r", {"r": {"k": 1}}),
        ("(SELECT k FROM obj WHERE k = 2) AS r", {}),
        ("(SELECT VALUE missing FROM arr) AS r", {"r": []}),
        ("(SELECT * FROM arr) AS r", {"r": [1, 2, 3]}),
        ("(SELECT encode(*, 'base64') AS e FROM arr AS a WHERE a = 1) AS r", {"r": [{"e": "MQ=="}]}),
        ("(SELECT VALUE k FROM obj AS o) AS r, [i, missing] AS l", {"r": 1, "l": [5]}),
        ("VALUE arr", [1, 2, 3]),
        ("VALUE *", STANDARD),
        ("obj.k AS k, i.k AS x, -d AS m", {"k": 1, "m": -2.5}),
        ("cast(i AS String) AS c, 0.12345678901234567 AS long", {"c": "5", "long": Decimal("0.12345678901234567")}),
        ("CASE i WHEN 4 THEN 'a' WHEN 2 + 3 THEN 'b' END AS r", {"r": "b"}),
        ("CASE s WHEN 'abc' THEN 1 ELSE 2 END AS r", {"r": 1}),
        ("CASE missing WHEN 1 THEN 2 ELSE 3 END AS r", {}),
    ],
)
def test_select_makes_the_output(select: str, output: Any) -> None:
    assert run(f"SELECT {select}").output == output


def test_a_payload_that_is_no_object_has_no_keys() -> None:
    assert run("SELECT a, * FROM 'a/b'", b"\xde\xad").output == {}
    assert run("SELECT *", b"\xde\xad").output == b"\xde\xad"
    assert run("SELECT *, 1 AS one", [1]).output == {"one": 1}


def test_a_value_that_is_undefined_gives_an_empty_text() -> None:
    assert run("SELECT VALUE missing").output_bytes() == b""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("get_or_default(get_thing_shadow('t', 'role').state, 'd')", "t"),
        ("get_or_default(get_thing_shadow('broken', 'role').state, 'd')", "d"),
        ("get_or_default(n, 'd')", "d"),
        ("get_or_default(missing)", UNDEFINED),
        ("get_or_default(i, 'd')", 5),
        ("get_or_default()", UNDEFINED),
        ("get_or_default(1, 2, 3)", UNDEFINED),
    ],
)
def test_get_or_default_turns_a_failing_call_into_a_value(expression: str, expected: Any) -> None:
    assert value(expression, ports=Answering()) == expected


def test_a_failing_call_ends_the_rule_otherwise() -> None:
    with pytest.raises(FunctionFailed):
        run("SELECT get_thing_shadow('broken', 'role')", ports=Answering())


@pytest.mark.parametrize("levels", [300, 3000])
def test_code_that_python_cannot_nest_is_refused(levels: int) -> None:
    deep = "f" + ".a" * levels
    with pytest.raises(errors.SqlParseException, match="nested too deeply"):
        compile_statement(f"SELECT {deep} AS r", "2016-03-23")


def test_a_statement_says_whether_it_asks_for_the_payload() -> None:
    assert not compile_statement("SELECT topic() AS t", "2016-03-23").asks_payload
    assert compile_statement("SELECT a", "2016-03-23").asks_payload
