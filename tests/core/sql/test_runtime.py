"""What compiled code calls: outputs put together, and values that may be missing."""

from typing import Any

import pytest

from iot.core.sql import runtime
from iot.core.sql.values import UNDEFINED, FunctionFailed, RuleError
from tests.core.sql.running import run

U = UNDEFINED


@pytest.mark.parametrize(
    ("source", "found"), [([1, 2, 3], [2, 3]), ({"a": 1}, {"a": 1}), ("text", U), (1, U), (None, U), (U, U)]
)
def test_a_nested_select_goes_over_an_array_or_takes_an_object(source: Any, found: Any) -> None:
    assert runtime.nested(lambda item, run: U if item == 1 else item, source, None) == found


@pytest.mark.parametrize(("found", "exists"), [([1], True), ([], False), ({}, True), (U, False)])
def test_something_exists_where_an_element_or_an_object_was_found(found: Any, exists: bool) -> None:
    assert runtime.exists(found) is exists


def test_undefined_is_left_out_of_literals_and_outputs() -> None:
    output: dict[str, Any] = {}
    runtime.put(output, ("a", "b"), 1)
    runtime.put(output, ("a", "c"), U)
    runtime.put(output, ("a", "b", "c"), 2)
    runtime.spread(output, {"d": 3})
    runtime.spread(output, b"raw")
    assert output == {"a": {"b": {"c": 2}}, "d": 3}
    assert runtime.make_array(1, U, None) == [1, None]
    assert runtime.make_object("a", 1, "b", U) == {"a": 1}


@pytest.mark.parametrize("failure", [FunctionFailed("no"), RuleError("no")])
def test_a_default_stands_in_for_what_is_missing_or_fails(failure: Exception) -> None:
    def fail() -> Any:
        raise failure

    assert runtime.fallback(fail, lambda: 1) == 1
    assert runtime.fallback(fail) is U
    assert runtime.fallback(lambda: None, lambda: 1) == 1
    assert runtime.fallback(lambda: 0, lambda: 1) == 0


def test_a_star_is_the_payloads_value_or_its_bytes() -> None:
    parsed, raw = run("SELECT 1 AS r", [1]), run("SELECT 1 AS r", b"\xff")
    assert [runtime.whole_payload(parsed), runtime.raw_payload(parsed)] == [[1], b"[1]"]
    assert [runtime.whole_payload(raw), runtime.raw_payload(raw)] == [b"\xff", b"\xff"]
