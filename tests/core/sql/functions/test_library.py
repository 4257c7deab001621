"""Declared functions: conversions before the body, Undefined where they fail."""

from typing import Any

import pytest

from iot.core.sql.functions.library import FUNCTIONS, function, number, raw_function, text, whole
from iot.core.sql.values import UNDEFINED, FunctionFailed
from tests.core.sql.running import value


@pytest.mark.parametrize(
    ("given", "as_text", "as_number", "as_whole"),
    [
        (2.9, "2.9", 2.9, 2),
        ("7", "7", 7, 7),
        (True, "true", UNDEFINED, UNDEFINED),
        (None, UNDEFINED, UNDEFINED, UNDEFINED),
        ([], "[]", UNDEFINED, UNDEFINED),
    ],
)
def test_arguments_are_converted_by_the_parameters_kind(
    given: Any, as_text: Any, as_number: Any, as_whole: Any
) -> None:
    assert (text(given), number(given), whole(given)) == (as_text, as_number, as_whole)


def test_a_declared_function_checks_its_arguments() -> None:
    @function("testingPad(String, Int, [Int])", "For this test.", text, whole, whole, optional=1)
    def body(value: str, count: int, more: int = 0) -> Any:
        return value * (count + more)

    @function("testingRun()", "For this test.", run=True, new=True)
    def with_run(run: Any) -> Any:
        return run.input.topic

    @raw_function("testingRaw(Any)", "For this test.", outside=True)
    def raw(run: Any, *arguments: Any) -> Any:
        return len(arguments)

    found = {
        call: value(call)
        for call in (
            "testingPad('a', 2.7)",
            "testingPad(s, '1', i)",
            "testingPad(i, 1)",
            "testingPad()",
            "testingPad('a')",
            "testingPad('a', 1, 2, 3)",
            "testingPad('a', 'x')",
            "testingPad(missing, 1)",
            "testingRun()",
            "testingRaw(missing)",
        )
    }
    pad, ran, given = (FUNCTIONS.pop(name) for name in ("testingpad", "testingrun", "testingraw"))
    assert (pad.name, pad.new, ran.new, given.outside) == ("testingPad", False, True, True)
    assert list(found.values()) == ["aa", "abc" * 6, "5", *[UNDEFINED] * 5, "a/b", 1]


def test_every_argument_is_evaluated_whatever_the_first_one_is() -> None:
    with pytest.raises(FunctionFailed):
        value("concat(lpad(missing, get_thing_shadow('t', 'r')), 'x')")
    with pytest.raises(FunctionFailed):
        value("upper(s, get_thing_shadow('t', 'r'))")
