"""Declared functions: conversions before the body, Undefined where they fail."""

from typing import Any

import pytest

from iot.core.sql.functions.library import FUNCTIONS, function, number, raw_function, text, whole
from iot.core.sql.values import UNDEFINED


@pytest.mark.parametrize(
    ("value", "as_text", "as_number", "as_whole"),
    [
        (2.9, "2.9", 2.9, 2),
        ("7", "7", 7, 7),
        (True, "true", UNDEFINED, UNDEFINED),
        (None, UNDEFINED, UNDEFINED, UNDEFINED),
        ([], "[]", UNDEFINED, UNDEFINED),
    ],
)
def test_arguments_are_converted_by_the_parameters_kind(
    value: Any, as_text: Any, as_number: Any, as_whole: Any
) -> None:
    assert (text(value), number(value), whole(value)) == (as_text, as_number, as_whole)


def test_a_declared_function_checks_its_arguments() -> None:
    @function("testingPad(String, Int, [Int])", "For this test.", text, whole, whole, optional=1)
    def body(value: str, count: int, more: int = 0) -> Any:
        return value * (count + more)

    @function("testingRun()", "For this test.", run=True, new=True)
    def with_run(run: Any) -> Any:
        return run

    @raw_function("testingRaw(Any)", "For this test.", outside=True)
    def raw(run: Any, *arguments: Any) -> Any:
        return arguments

    pad, ran, given = (FUNCTIONS.pop(name) for name in ("testingpad", "testingrun", "testingraw"))
    assert (pad.name, pad.new, ran.new, given.outside) == ("testingPad", False, True, True)
    assert pad.call("run", "a", 2.7) == "aa"
    assert pad.call("run", "a", "1", 2) == "aaa"
    for arguments in [(), ("a",), ("a", 1, 2, 3), ("a", "x"), (UNDEFINED, 1)]:
        assert pad.call("run", *arguments) is UNDEFINED
    assert ran.call("run") == "run"
    assert given.call("run", UNDEFINED) == (UNDEFINED,)
