"""Statements as the rest of the system uses them."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot.core import errors
from iot.core.sql.environment import MAXIMUM_RESULT_BYTES
from iot.core.sql.statement import NEW_VERSION, catalogue, compile_statement
from iot.core.sql.values import UNDEFINED, FunctionFailed, RuleError
from tests.core.sql.running import STANDARD, environment, run, source
from tests.vectors import load

SQL = [case["sql"] for case in load("rule-sql")]


def statement(sql: str) -> Any:
    return compile_statement(sql, NEW_VERSION)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "matched"), [("a/#", "a/b", True), ("a/#", "a", False), ("#", "$aws/x", False)]
)
def test_from_matches_by_awss_rule(topic_filter: str, topic: str, matched: bool) -> None:
    assert statement(f"SELECT * FROM '{topic_filter}'").matches(topic) is matched


def test_without_from_no_topic_matches() -> None:
    assert statement("SELECT *").matches("a/b") is False


def test_the_output_is_written_as_json_or_as_the_payloads_bytes() -> None:
    assert run("SELECT i, s").output_bytes() == b'{"i":5,"s":"abc"}'
    assert run("SELECT *", b"\xde\xad").output_bytes() == b"\xde\xad"


def test_an_output_beyond_the_limit_is_an_error_of_the_rule() -> None:
    outcome = run("SELECT s", {"s": "x" * MAXIMUM_RESULT_BYTES})
    with pytest.raises(RuleError, match="more than"):
        outcome.output_bytes()


@pytest.mark.parametrize("where", ["i = 6", "topic() = 'x'"])
def test_an_unmatched_message_has_no_output(where: str) -> None:
    found = run(f"SELECT i WHERE {where}")
    assert (found.matched, found.output) == (False, None)


def test_variables_are_seen_everywhere_and_listed_for_templates() -> None:
    made = statement("SET @a = i + 1, @b = {'x': @a} SELECT @b.x AS r FROM 'a/b' WHERE @a = 6")
    outcome = made.evaluate(source(), environment())
    assert outcome.output == {"r": 6}
    assert made.variables == {"@a", "@b"}
    assert made.template("${@a}/${@b.x}").render(outcome) == "6/6"


@pytest.mark.parametrize(("payload", "part"), [(b"\xde", "encode it first"), ({"s": "x" * 140_000}, "more than")])
def test_a_variable_holds_no_bytes_and_nothing_too_large(payload: Any, part: str) -> None:
    with pytest.raises(RuleError, match=part):
        run(f"SET @v = nanvl({'*' if isinstance(payload, bytes) else 's'}, 1) SELECT 1 AS r", payload)


def test_all_variables_together_are_limited_too() -> None:
    with pytest.raises(RuleError, match="up to @b have more than"):
        run("SET @a = s, @b = s, @c = missing SELECT 1 AS r", {"s": "x" * 70_000})
    assert run("SET @a = s, @c = missing SELECT @c AS r", {"s": "x" * 70_000}).output == {}


def test_a_message_nested_too_deeply_is_an_error_of_the_rule() -> None:
    deep: dict[str, Any] = {}
    for _ in range(250):
        deep = {"a": deep}
    payload = b'{"a":' * 900 + b"1" + b"}" * 900
    assert run("SELECT a = a AS r", deep).output == {"r": True}
    with pytest.raises(RuleError, match="nested too deeply"):
        run("SELECT a = a AS r", payload)


def test_a_statement_nested_too_deeply_is_refused() -> None:
    with pytest.raises(errors.SqlParseException, match="nested too deeply"):
        compile_statement("SELECT f" + ".a" * 5000, NEW_VERSION)


def test_the_default_is_the_old_version_as_in_awss_api() -> None:
    assert compile_statement("SELECT *").version == "2015-10-08"


@pytest.mark.parametrize(("version", "text"), [("2015-10-08", "10.0"), ("2016-03-23", "10"), ("beta", "10")])
def test_a_decimal_without_a_fraction_stays_one_in_the_old_version_only(version: str, text: str) -> None:
    made = compile_statement("SELECT x + '' AS t, x = 10 AS e, round(x) AS r, x AS x", version)
    found = made.evaluate(source(b'{"x": 10.0}'), environment())
    assert found.output == {"t": text, "e": True, "r": 10, "x": 10}
    assert made.template("${x}").render(found) == text


def test_it_explains_each_comparison_of_where() -> None:
    made = statement("SET @t = 3 SELECT i WHERE i > @t AND NOT (s = 'x' OR get_thing_shadow('t', 'r') = 1) AND b")
    terms = made.explain(source(), environment())
    assert [(term.operator, term.left, term.right, term.value) for term in terms] == [
        (">", 5, 3, True),
        ("=", "abc", "x", False),
        ("=", UNDEFINED, UNDEFINED, UNDEFINED),
    ]
    assert [made.sql[term.position :][:1] for term in terms] == [">", "=", "="]
    assert made.explain(source(b"no json"), environment())[0].left is UNDEFINED
    assert statement("SELECT i").explain(source(), environment()) == []


def test_the_catalogue_lists_every_function_with_its_signature() -> None:
    listed = {entry["name"]: entry["signature"] for entry in catalogue()}
    assert listed["substring"] == "substring(String, Int, [Int])"
    assert {"cast", "get_or_default", "isNull"} <= listed.keys()
    assert list(listed) == sorted(listed, key=str.lower)


@settings(max_examples=300)
@given(st.sampled_from(SQL), st.sampled_from(SQL), st.integers(0, 10**9))
def test_no_broken_statement_fails_otherwise_than_by_a_parse_error(one: str, other: str, seed: int) -> None:
    """Cut two legal statements at random places, and join the pieces: the engine refuses them or runs them."""
    chance = random.Random(seed)
    text = one[: chance.randrange(len(one))] + other[chance.randrange(len(other)) :]
    try:
        made = compile_statement(text, NEW_VERSION)
    except errors.SqlParseException as error:
        assert error.members.keys() == {"line", "column"}  # noqa: PT017  # not every text is refused
        return
    try:
        made.evaluate(source(STANDARD), environment())
    except (FunctionFailed, RuleError) as error:
        assert str(error)  # noqa: PT017  # not every statement fails
