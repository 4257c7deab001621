"""Mathematical functions. Those of double precision answer Undefined where the result is no real number."""

import math
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from iot.core.sql.functions.library import function, number, raw_function, whole
from iot.core.sql.values import UNDEFINED, exact, modulo, tidy

MAXIMUM_PLACES = 34
_FRACTIONAL = 2.0**52
_LOWEST_FRACTIONAL = -_FRACTIONAL
# What is cut has a fraction, so it has at most 34 digits before its point and 34 behind.
_PLACES = Context(prec=2 * MAXIMUM_PLACES)


def _double(calculate: Callable[..., float], *arguments: Any) -> Any:
    try:
        return tidy(calculate(*(float(argument) for argument in arguments)))
    except (ValueError, OverflowError, ZeroDivisionError):
        return UNDEFINED


def _declare_double(name: str, summary: str, calculate: Callable[[float], float]) -> None:
    def body(value: Any) -> Any:
        return _double(calculate, value)

    function(f"{name}(Decimal)", summary, number)(body)


for _name, _summary, _calculate in (
    ("acos", "Inverse cosine, in radians.", math.acos),
    ("asin", "Inverse sine, in radians.", math.asin),
    ("atan", "Inverse tangent, in radians.", math.atan),
    ("cos", "Cosine of an angle in radians.", math.cos),
    ("cosh", "Hyperbolic cosine.", math.cosh),
    ("exp", "e raised to the argument.", math.exp),
    ("ln", "Natural logarithm.", math.log),
    ("log", "Logarithm to base 10.", math.log10),
    ("sin", "Sine of an angle in radians.", math.sin),
    ("sinh", "Hyperbolic sine.", math.sinh),
    ("sqrt", "Square root.", math.sqrt),
    ("tan", "Tangent of an angle in radians.", math.tan),
    ("tanh", "Hyperbolic tangent.", math.tanh),
):
    _declare_double(_name, _summary, _calculate)


@function("abs(Decimal)", "Absolute value.", number)
def absolute(value: Any) -> Any:
    return value.copy_abs() if isinstance(value, Decimal) else abs(value)


@function("atan2(Decimal, Decimal)", "Angle between the positive x axis and the point (x, y), y first.", number, number)
def atan2(y: Any, x: Any) -> Any:
    return _double(math.atan2, y, x)


@function("power(Decimal, Decimal)", "The first argument raised to the second.", number, number)
def power(base: Any, exponent: Any) -> Any:
    return _double(math.pow, base, exponent)


@function("mod(Decimal, Decimal)", "Remainder of a division, with the dividend's sign.", number, number)
def mod(left: Any, right: Any) -> Any:
    return modulo(left, right)


@function("remainder(Decimal, Decimal)", "Remainder of a division, with the dividend's sign.", number, number)
def remainder(left: Any, right: Any) -> Any:
    return modulo(left, right)


@function("ceil(Decimal)", "The next Int up.", number)
def ceil(value: Any) -> Any:
    return tidy(math.ceil(exact(value)))


@function("floor(Decimal)", "The next Int down.", number)
def floor(value: Any) -> Any:
    return tidy(math.floor(exact(value)))


@function("round(Decimal)", "The nearest Int; halves away from zero.", number)
def round_half_away(value: Any) -> Any:
    if type(value) is float and _LOWEST_FRACTIONAL < value < _FRACTIONAL:
        below = int(value)
        rest = value - below
        return below + 1 if rest >= 0.5 else below - 1 if rest <= -0.5 else below
    return tidy(exact(value).to_integral_value(ROUND_HALF_UP))


@function("sign(Decimal)", "-1, 0 or 1.", number)
def sign(value: Any) -> Any:
    return (value > 0) - (value < 0)


@function("trunc(Decimal, Int)", "The number cut to so many decimal places (0 to 34).", number, whole)
def trunc(value: Any, places: int) -> Any:
    places = max(0, min(places, MAXIMUM_PLACES))
    found = exact(value)
    if -int(found.as_tuple().exponent) <= places:
        return tidy(found)
    return tidy(found.quantize(Decimal(1).scaleb(-places), ROUND_DOWN, _PLACES))


@function("bitand(Int, Int)", "Bitwise AND.", whole, whole)
def bitand(left: int, right: int) -> Any:
    return left & right


@function("bitor(Int, Int)", "Bitwise OR.", whole, whole)
def bitor(left: int, right: int) -> Any:
    return left | right


@function("bitxor(Int, Int)", "Bitwise exclusive OR.", whole, whole)
def bitxor(left: int, right: int) -> Any:
    return left ^ right


@function("bitnot(Int)", "Bitwise NOT, in two's complement.", whole)
def bitnot(value: int) -> Any:
    return ~value


@raw_function("nanvl(Any, Any)", "The second argument where the first is Undefined, Null or not a number.")
def nanvl(run: Any, *arguments: Any) -> Any:
    if len(arguments) != 2:
        return UNDEFINED
    first, second = arguments
    missing = first is None or first is UNDEFINED or (isinstance(first, float) and math.isnan(first))
    return second if missing else first


@function("rand()", "A random number between 0 and 1.", run=True)
def rand(run: Any) -> Any:
    return run.environment.random()
