from decimal import Decimal
from typing import Any

import pytest

from iot.rules.dynamo import typed, unprocessed, untyped

VALUES = [
    None,
    True,
    0,
    -1.5,
    "",
    "text",
    [1, "a", None],
    {"a": {"b": [True]}},
    Decimal("1.2345678901234567890123456789"),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert untyped(typed(value)) == value


def test_bytes_and_sets_become_what_json_has_a_form_for() -> None:
    assert untyped({"B": b"\x00"}) == "AA=="
    assert untyped({"SS": ["a", "b"]}) == ["a", "b"]
    assert untyped({"NS": ["1", "2.5"]}) == [1, 2.5]
    assert typed(b"\x00") == {"B": b"\x00"}


def test_a_batch_that_was_not_processed_whole_is_tried_again() -> None:
    requests: list[dict[str, Any]] = [{}, {}]
    assert unprocessed({"UnprocessedItems": {}}, "t", requests) == [None, None]
    assert unprocessed({}, "t", requests) == [None, None]
    results = unprocessed({"UnprocessedItems": {"t": [{}]}}, "t", requests)
    assert [result is not None and not result.final for result in results] == [True, True]
