"""Substitution templates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.sql.environment import start_run
from iot.core.sql.template import compile_template, shown
from iot.core.sql.values import UNDEFINED, RuleError
from tests.core.sql.running import STANDARD, environment, source

NEW = "2016-03-23"


def render(text: str, payload: Any = STANDARD) -> str:
    return compile_template(text, NEW).render(start_run(source(payload), environment(), NEW))


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("", ""),
        ("plain/topic", "plain/topic"),
        ("${topic()}/x", "a/b/x"),
        ("${i}${s}-${missing}.", "5abc-."),
        ("$$aws/things/${s}/shadow/update", "$aws/things/abc/shadow/update"),
        ("$${i}", "${i}"),
        ("$$", "$"),
        ("a$b", "a$b"),
        ("${obj}", '{"k":1}'),
        ("${n}", "null"),
        ("${b}", "true"),
        ("${get({'a': '}'}, 'a')}", "}"),
        ('${"it\'s"}', "it's"),
        ("${i + 1}%", "6%"),
    ],
)
def test_expressions_are_replaced_by_their_text(text: str, rendered: str) -> None:
    assert render(text) == rendered


def test_a_payload_that_is_no_object_has_no_keys() -> None:
    assert render("x${i}", b"\xde\xad") == "x"


def test_the_value_of_a_single_expression_keeps_its_type() -> None:
    run = start_run(source(), environment(), NEW)
    assert compile_template("${arr}", NEW).value(run) == [1, 2, 3]
    assert compile_template("${arr}!", NEW).value(run) == "[1,2,3]!"
    assert compile_template("text", NEW).value(run) == "text"
    assert compile_template("${i}", NEW).value(start_run(source(b"-"), environment(), NEW)) is UNDEFINED


def test_a_template_without_expressions_is_constant() -> None:
    assert compile_template("$$aws/x", NEW).is_constant
    assert not compile_template("${i}", NEW).is_constant


def test_variables_of_the_statement_may_be_used() -> None:
    run = start_run(source(), environment(), NEW)
    run.variables["@v"] = 7
    assert compile_template("${@v}", NEW, frozenset({"@v"})).render(run) == "7"


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("a/${b", 3, "not closed"),
        ("a/${'b}", 3, "not closed"),
        ("${a b}", 5, "found 'b'"),
        ("$$x/${nope()}", 7, "Unknown function"),
        ("a\nb${}", 4, "Expected an expression"),
        ("${@v}", 3, "not assigned"),
        ("x${f" + ".a" * 3000 + "}", 2, "nested too deeply"),
    ],
)
def test_an_error_says_where_in_the_template(text: str, column: int, part: str) -> None:
    with pytest.raises(errors.SqlParseException, match=part) as caught:
        compile_template(text, NEW)
    assert caught.value.members == {"line": text.count("\n") + 1, "column": column}


def test_a_value_without_a_text_is_an_error_of_the_rule() -> None:
    with pytest.raises(RuleError):
        shown(object())


@given(st.text(st.characters(exclude_characters="$", codec="utf-8")))
def test_a_text_without_a_dollar_stays_as_it_is(text: str) -> None:
    assert render(text) == text


@given(st.text("${}'\"ab.(", max_size=12))
def test_any_text_is_a_template_or_a_parse_error(text: str) -> None:
    try:
        assert isinstance(render(text), str)
    except errors.SqlParseException as error:
        assert "line" in error.members  # noqa: PT017  # not every text is refused
