"""Mathematical functions."""

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.sql.values import UNDEFINED, exact, tidy
from tests.core.sql.running import value

U = UNDEFINED
DOUBLES = ["acos", "asin", "atan", "cos", "cosh", "exp", "ln", "log", "sin", "sinh", "sqrt", "tan", "tanh"]


@pytest.mark.parametrize("name", DOUBLES)
def test_a_function_of_double_precision_agrees_with_the_c_library(name: str) -> None:
    calculate = {"ln": math.log, "log": math.log10}.get(name) or getattr(math, name)
    assert value(f"{name}(0.5)") == pytest.approx(calculate(0.5), rel=1e-15)
    assert value(f"{name}('0.5')") == value(f"{name}(0.5)")
    assert [value(f"{name}({argument})") for argument in ("b", "s", "n", "arr", "obj", "missing")] == [U] * 6
    assert value(f"{name}()") is U


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abs(-5)", 5),
        ("abs('-5.123')", 5.123),
        ("acos(2)", U),
        ("ln(0)", U),
        ("sqrt(-1)", U),
        ("exp(1000)", U),
        ("atan2(1, 0)", 1.5707963267948966),
        ("power(2, 5)", 32),
        ("power(0, -1)", U),
        ("power(-8, 0.5)", U),
        ("mod(8, 3)", 2),
        ("remainder('8', 3)", 2),
        ("mod(1, 0)", U),
        ("ceil(1.2)", 2),
        ("ceil(-1.2)", -1),
        ("floor(1.2)", 1),
        ("floor('-1.2')", -2),
        ("round(1.5)", 2),
        ("round(-1.5)", -2),
        ("round(2.5)", 3),
        ("round(-1.1)", -1),
        ("sign(-7)", -1),
        ("sign(0)", 0),
        ("sign('2.5')", 1),
        ("trunc(2.3123, 2)", 2.31),
        ("trunc(2.888, 0)", 2),
        ("trunc(-2.888, 1.9)", -2.8),
        ("trunc(2.00, 5)", 2),
        ("trunc(12345678901234567890123456789012.5, 34)", Decimal("12345678901234567890123456789012.5")),
        ("trunc(1.23456789012345678901234567890123, 28)", Decimal("1.2345678901234567890123456789")),
        ("trunc(1E-999, 34)", 0),
        ("abs('-1.234567890123456789012345678901234')", Decimal("1.234567890123456789012345678901234")),
        ("mod(1E40, 3)", 1),
        ("bitand(13, 5)", 5),
        ("bitor(8.7, '5')", 13),
        ("bitxor(13, 5)", 8),
        ("bitnot(13)", -14),
        ("bitand(obj, 5)", U),
        ("nanvl(8, 3)", 8),
        ("nanvl(n, 3)", 3),
        ("nanvl(missing, 'x')", "x"),
        ("nanvl(1)", U),
        ("rand()", 0.25),
    ],
)
def test_an_example(expression: str, expected: Any) -> None:
    found = value(expression)
    assert (found, type(found)) == (expected, type(expected))


@given(st.one_of(st.floats(-1e15, 1e15), st.floats(-10, 10), st.integers(-40, 40).map(lambda number: number / 4)))
def test_rounding_is_that_of_decimals(number: float) -> None:
    expected = tidy(exact(number).to_integral_value(ROUND_HALF_UP))
    found = value("round(x)", {"x": number})
    assert (found, type(found)) == (expected, type(expected))


def test_rounding_keeps_all_digits_of_large_numbers() -> None:
    assert value("round(x)", b'{"x": 12345678901234567890123456789012.5}') == 12345678901234567890123456789013
    assert value("round(x)", {"x": 1e40}) == 1e40


@pytest.mark.parametrize("name", ["ceil", "floor", "round"])
def test_a_large_decimal_is_the_number_that_was_written(name: str) -> None:
    assert value(f"{name}(x)", b'{"x": 1e23}') == 10**23
    assert value("bitor(x, 0)", b'{"x": 1e23}') == 10**23
