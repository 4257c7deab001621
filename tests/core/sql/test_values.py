"""The language's values: conversions, logic, comparison and arithmetic, by the guide's tables."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.sql import values
from iot.core.sql.values import UNDEFINED, RuleError

U = UNDEFINED
numbers = st.integers(-(10**20), 10**20) | st.decimals(-(10**10), 10**10, places=4).map(values.tidy)
anything = st.recursive(
    st.none() | st.just(U) | st.booleans() | numbers | st.text(max_size=5) | st.sampled_from(["1", "-2.5", "TRUE"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=5,
)
TABLE: list[tuple[Any, Any, Any, Any, Any]] = [
    # value, to number, to Int, to Boolean, to String
    (5, 5, 5, U, "5"),
    (2.9, 2.9, 2, U, "2.9"),
    (-2.9, -2.9, -2, U, "-2.9"),
    (10.0, 10.0, 10, U, "10"),
    (True, U, U, True, "true"),
    (False, U, U, False, "false"),
    ("7", 7, 7, U, "7"),
    ("-1.5", -1.5, -1, U, "-1.5"),
    ("5e-12", 5e-12, 0, U, "5e-12"),
    ("1e9999", U, U, U, "1e9999"),
    ("TRUE", U, U, True, "TRUE"),
    ("+5", U, U, U, "+5"),
    ("", U, U, U, ""),
    ([1, "a"], U, U, U, '[1,"a"]'),
    ([1.0, {"a": [2.50]}], U, U, U, '[1,{"a":[2.5]}]'),
    ({"a": None}, U, U, U, '{"a":null}'),
    (None, None, None, U, U),
    (U, U, U, U, U),
    (b"\xff1", U, U, U, "\ufffd1"),
]


@pytest.mark.parametrize(("value", "number", "integer", "boolean", "text"), TABLE)
def test_the_standard_conversions(value: Any, number: Any, integer: Any, boolean: Any, text: Any) -> None:
    found = [values.to_number(value), values.to_int(value), values.to_bool(value), values.to_string(value)]
    assert found == [number, integer, boolean, text]
    assert [type(one) for one in found] == [type(one) for one in (number, integer, boolean, text)]


@pytest.mark.parametrize(
    ("value", "target", "expected"),
    [
        (True, "int", 1),
        (2.9, "int", 2),
        ("2.9", "int", 2),
        ("abc", "int", U),
        ([1], "int", U),
        (False, "decimal", 0),
        ("-1.2", "decimal", -1.2),
        (3, "decimal", 3),
        ({}, "decimal", U),
        (0, "boolean", False),
        (-0.5, "boolean", True),
        ("False", "boolean", False),
        ([], "boolean", U),
        (2.5, "string", "2.5"),
        ([1, 2], "string", "[1,2]"),
        (None, "string", U),
        (U, "int", U),
    ],
)
def test_cast_converts_by_its_own_table(value: Any, target: str, expected: Any) -> None:
    found = values.cast(value, target)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (10**34, Decimal("1e34")),
        (float("nan"), U),
        (float("-inf"), U),
        (4.0, 4),
        (4.5, 4.5),
        (1e300, 1e300),
        (Decimal("NaN"), U),
        (Decimal("Infinity"), U),
        (Decimal("12.00"), 12),
        (Decimal("0E-50"), 0),
        (Decimal("1.25"), 1.25),
        (Decimal("1e-400"), Decimal("1e-400")),
        (Decimal("1.2345678901234567"), Decimal("1.2345678901234567")),
    ],
)
def test_a_number_is_kept_in_its_shortest_exact_form(value: Any, expected: Any) -> None:
    found = values.tidy(value)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (12, "12"),
        (10.0, "10"),
        (0.0000001, "0.0000001"),
        (1e-8, "1E-8"),
        (1.5e300, "1.5E+300"),
        (Decimal("0.12345678901234567"), "0.12345678901234567"),
    ],
)
def test_numbers_are_written_without_an_exponent_where_that_is_short(number: Any, text: str) -> None:
    assert values.number_text(number) == text


def test_json_is_written_with_all_digits() -> None:
    assert values.to_json([Decimal("0.12345678901234567"), 10**30, None]) == b"[0.12345678901234567,%d,null]" % 10**30


@pytest.mark.parametrize("value", [b"raw", object(), "\ud800"])
def test_what_has_no_json_form_is_an_error_of_the_rule(value: Any) -> None:
    with pytest.raises(RuleError, match="cannot be written as JSON"):
        values.to_json(value)


def test_undefined_is_false_and_has_a_name() -> None:
    assert not UNDEFINED
    assert repr(UNDEFINED) == "Undefined"


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, "false", False, True),
        ("FALSE", False, False, False),
        (True, 1, U, U),
        (None, True, U, U),
        (U, False, U, U),
    ],
)
def test_logic_knows_booleans_and_strings_of_them(left: Any, right: Any, both: Any, either: Any) -> None:
    assert values.logical_and(left, right) is both
    assert values.logical_or(left, right) is either


@pytest.mark.parametrize(("value", "expected"), [(True, False), ("false", True), (5, U), (None, U), (U, U)])
def test_not_negates_booleans_and_strings_of_them(value: Any, expected: Any) -> None:
    assert values.logical_not(value) is expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1, 1.0, True),
        (Decimal("0.5"), 0.5, True),
        (1, "1", False),
        (1, True, False),
        (True, True, True),
        ("a", "A", False),
        ([1, 2], [1, 2.0], True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": 1, "b": [2]}, {"b": [2], "a": 1}, True),
        ({"a": 1}, {"b": 1}, False),
        ({}, [], False),
        (None, None, True),
        (None, "x", False),
        (U, U, U),
        (1, U, U),
    ],
)
def test_equality_asks_for_type_and_value(left: Any, right: Any, expected: Any) -> None:
    assert values.equal(left, right) is expected
    assert values.not_equal(left, right) is (U if expected is U else not expected)


@given(anything, anything)
def test_equality_is_symmetric_and_the_negation_of_inequality(left: Any, right: Any) -> None:
    assert values.equal(left, right) is values.equal(right, left)
    assert values.logical_not(values.equal(left, right)) is values.not_equal(left, right)


@given(anything, anything)
def test_an_order_is_undefined_for_both_sides_or_for_none(left: Any, right: Any) -> None:
    assert values.greater(left, right) is values.less(right, left)
    assert values.greater_equal(left, right) is values.less_equal(right, left)
    if values.less(left, right) is not U:
        assert values.less(left, right) is not values.greater_equal(left, right)


@pytest.mark.parametrize(
    ("left", "right", "smaller", "not_greater"),
    [
        (1, 2, True, True),
        (2, 2.0, False, True),
        (2.5, 2.5, False, True),
        ("5", 30, True, True),
        ("10", "9", False, False),
        ("a", "b", U, U),
        (True, True, U, U),
        (None, None, U, U),
        ([1], [2], U, U),
    ],
)
def test_only_numbers_and_strings_of_them_have_an_order(left: Any, right: Any, smaller: Any, not_greater: Any) -> None:
    assert values.less(left, right) is smaller
    assert values.less_equal(left, right) is not_greater


def test_in_looks_for_an_equal_element() -> None:
    assert values.contains("three", [1, "three", None]) is True
    assert values.contains("3", [3]) is False
    assert values.contains(U, [1]) is U
    assert values.contains(1, "1") is U


@pytest.mark.parametrize(
    ("operation", "left", "right", "expected"),
    [
        ("add", 1, 2, 3),
        ("add", 1, 2.5, 3.5),
        ("add", 0.1, 0.2, 0.3),
        ("add", "a", 1, "a1"),
        ("add", [1], "a", "[1]a"),
        ("add", "a", None, U),
        ("add", True, True, U),
        ("add", None, 1, U),
        ("add", 10**34 - 1, 1, Decimal("1E34")),
        ("subtract", 5, 2, 3),
        ("subtract", "5", 2, 3),
        ("subtract", 5.5, 2, 3.5),
        ("subtract", "x", 2, U),
        ("multiply", 2, 3, 6),
        ("multiply", 2, 2.5, 5),
        ("multiply", [], 2, U),
        ("multiply", Decimal("9e999"), 10, U),
        ("divide", 10, 5, 2),
        ("divide", 10, 4, 2.5),
        ("divide", 1, 0, U),
        ("divide", True, 1, U),
        ("modulo", 7, 3, 1),
        ("modulo", -7, 3, -1),
        ("modulo", 5.5, "2", 1.5),
        ("modulo", 1, 0, U),
        ("modulo", Decimal("1e999"), 7, 6),
        ("modulo", 1, Decimal("3e-999"), Decimal("1e-999")),
        ("divide", Decimal("1e-999"), 10, U),
        ("modulo", U, 1, U),
    ],
)
def test_arithmetic(operation: str, left: Any, right: Any, expected: Any) -> None:
    found = getattr(values, operation)(left, right)
    assert (found, type(found)) == (expected, type(expected))


def test_a_division_without_an_end_has_34_digits() -> None:
    assert values.divide(1, 3) == Decimal("0." + "3" * 34)


@given(numbers, numbers)
def test_addition_commutes_and_subtraction_undoes_it(left: Any, right: Any) -> None:
    assert values.add(left, right) == values.add(right, left)
    assert values.equal(values.subtract(values.add(left, right), right), left) is True


def test_negation_turns_the_sign_of_numbers() -> None:
    assert [values.negate(one) for one in (5, "-2.5", True, None)] == [-5, 2.5, U, U]


def test_negation_keeps_all_digits() -> None:
    assert values.negate(Decimal("1.234567890123456789012345678901234")) == Decimal(
        "-1.234567890123456789012345678901234"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("2.50", 2.5),
        ("1e3", 1000),
        ("0.0", 0),
        ("9" * 34, 10**34 - 1),
        ("9" * 36, 1e36),
        ("0.12345678901234567", Decimal("0.12345678901234567")),
        ("1e400", Decimal("1e400")),
        ("1e1000", U),
        ("1e-1000", U),
        ("-7", -7),
    ],
)
def test_a_number_is_read_with_34_digits(text: str, number: object) -> None:
    found = values.number_of(text)
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(("number", "whole"), [(-2.9, -2), (1e23, 10**23), (Decimal("9.9"), 9), (7, 7)])
def test_a_number_is_cut_to_the_whole_that_was_written(number: Any, whole: int) -> None:
    assert values.truncated(number) == whole


def test_a_member_is_read_from_objects_only() -> None:
    assert values.member({"a": 1}, "a") == 1
    assert values.member({"a": 1}, "b") is U
    assert values.member([1], "a") is U


@given(anything, st.sampled_from(["string", "int", "decimal", "boolean"]))
def test_no_value_makes_a_conversion_fail(value: Any, target: str) -> None:
    try:
        values.cast(value, target)
    except RuleError as error:
        assert "Undefined" in error.message  # noqa: PT017  # only what holds Undefined inside has no JSON
