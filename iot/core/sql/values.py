"""The values of rules SQL: Undefined, conversions, comparison and arithmetic: all of the language's semantics.

A value is a Python int, float, Decimal, bool, str, list, dict, None (Null), bytes (a payload that is not JSON) or
UNDEFINED. Decimals have 34 digits as in AWS; a float stands for a decimal of at most 15 digits, which it holds
exactly, and anything longer is a Decimal. A decimal without a fraction is treated as an Int (SQL 2016-03-23).
"""

import re
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow, Subnormal
from typing import Any, Final

import orjson

from iot.core import errors

DIGITS = 34
_LARGEST = 10**DIGITS
_EXACT = 2.0**53
_TRAPS = [InvalidOperation, DivisionByZero, Overflow, Subnormal]
_CONTEXT = Context(prec=DIGITS, Emin=-999, Emax=999, traps=_TRAPS)
# A remainder is exact: its quotient may have all the digits between the largest number and the smallest.
_REMAINDER = Context(prec=2 * 999 + 2 * DIGITS, Emin=-1999, Emax=1999, traps=_TRAPS)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE]-?\d+)?", re.ASCII)


class Undefined:
    """The absence of a value; there is one instance, UNDEFINED."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Undefined"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()


class FunctionFailed(Exception):
    """A function that asks the outside has failed; the rule ends without actions unless get_or_default catches it."""


class RuleError(errors.AwsError):
    """A statement cannot be evaluated for a message; `message` says why."""


def member(value: Any, name: str) -> Any:
    """Answer a member of an object, else Undefined."""
    return value.get(name, UNDEFINED) if isinstance(value, dict) else UNDEFINED


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def tidy(value: int | float | Decimal) -> Any:
    """Bring a number to its shortest form: an int where it has no fraction, a float where that is exact."""
    if isinstance(value, int):
        return value if -_LARGEST < value < _LARGEST else _CONTEXT.create_decimal(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return UNDEFINED
        return truncated(value) if value.is_integer() and abs(value) < _LARGEST else value
    if value.is_nan() or value.is_infinite():
        return UNDEFINED
    if not value or (0 <= value.adjusted() < DIGITS and value == value.to_integral_value()):
        return int(value)
    shorter = value.normalize(_CONTEXT)
    if len(shorter.as_tuple().digits) <= 15 and -300 < shorter.adjusted() < 300:
        return float(shorter)
    return shorter


def exact(value: int | float | Decimal) -> Decimal:
    """Answer a number as a Decimal; a float as the decimal that it prints as."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def truncated(value: int | float | Decimal) -> int:
    """Drop the fraction of a number; a large float is the decimal that it prints as, not the double next to it."""
    return int(exact(value)) if isinstance(value, float) and abs(value) >= _EXACT else int(value)


# Conversions


def to_number(value: Any) -> Any:
    """Convert to an Int or Decimal: numbers as they are, strings of a decimal's form; Null stays Null."""
    if is_number(value):
        return value
    if isinstance(value, str):
        return decimal_of(value)
    return None if value is None else UNDEFINED


def decimal_of(text: str) -> Any:
    """Parse a string as a decimal, else Undefined."""
    return number_of(text) if _DECIMAL.fullmatch(text) else UNDEFINED


def number_of(text: str) -> Any:
    """Read a number as JSON and SQL write it; Undefined beyond 9.99E999 and below 1E-999."""
    if len(text) <= DIGITS and text.removeprefix("-").isdecimal():
        return int(text)
    try:
        return tidy(_CONTEXT.create_decimal(text))
    except DecimalException:
        return UNDEFINED


def to_int(value: Any) -> Any:
    """Convert to an Int, towards zero; strings through decimal, Null stays Null."""
    number = to_number(value)
    return truncated(number) if is_number(number) else number


def to_bool(value: Any) -> Any:
    """Convert to a Boolean: only booleans, and "true" and "false" in any case."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), UNDEFINED)
    return UNDEFINED


def to_string(value: Any) -> Any:
    """Convert to a String; Null and Undefined have none."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_number(value):
        return number_text(value)
    if isinstance(value, list | dict):
        return to_json(_spelled(value)).decode()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return UNDEFINED


def number_text(value: int | float | Decimal) -> str:
    """Write a number: without an exponent where that is not much longer."""
    if isinstance(value, int):
        return str(value)
    number = exact(value)
    if number == number.to_integral_value() and number.adjusted() < DIGITS:
        # Only SQL 2015-10-08 has Decimals without a fraction, and writes them as they came.
        return f"{value:f}" if isinstance(value, Decimal) else str(int(number))
    normal = number.normalize(_CONTEXT)
    return format(normal, "f") if -7 <= normal.adjusted() < DIGITS else str(normal)


def to_json(value: Any) -> bytes:
    """Write a value as compact JSON, decimals with all their digits."""
    try:
        return orjson.dumps(value, default=_fragment)
    except (orjson.JSONEncodeError, RecursionError):
        pass
    try:
        return orjson.dumps(_spelled(value), default=_fragment)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise RuleError(f"The result cannot be written as JSON: {error}") from None


def _fragment(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError(f"{type(value).__name__} is not a value of SQL")


def _spelled(value: Any) -> Any:
    """Write whole numbers out: decimals without their fraction, and integers that are too long for the library."""
    if isinstance(value, dict):
        return {key: _spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_spelled(item) for item in value]
    if isinstance(value, float):
        value = tidy(value)
    return orjson.Fragment(str(value)) if isinstance(value, int) and abs(value) >> 63 else value


def cast(value: Any, target: str) -> Any:
    """Apply cast(value as target); `target` is one of string, int, decimal, boolean."""
    if value is None or value is UNDEFINED:
        return UNDEFINED
    return _CASTS[target](value)


def _cast_int(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    number = to_number(value)
    return truncated(number) if is_number(number) else UNDEFINED


def _cast_decimal(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return to_number(value) if isinstance(value, str) or is_number(value) else UNDEFINED


def _cast_boolean(value: Any) -> Any:
    return value != 0 if is_number(value) else to_bool(value)


_CASTS = {"string": to_string, "int": _cast_int, "decimal": _cast_decimal, "boolean": _cast_boolean}


# Logic


def logical_and(left: Any, right: Any) -> Any:
    """AND of two booleans, or strings of such; anything else is Undefined."""
    left, right = to_bool(left), to_bool(right)
    return UNDEFINED if left is UNDEFINED or right is UNDEFINED else left and right


def logical_or(left: Any, right: Any) -> Any:
    """OR of two booleans, or strings of such; anything else is Undefined."""
    left, right = to_bool(left), to_bool(right)
    return UNDEFINED if left is UNDEFINED or right is UNDEFINED else left or right


def logical_not(value: Any) -> Any:
    """Negate a boolean, or a string of one; anything else is Undefined."""
    value = to_bool(value)
    return UNDEFINED if value is UNDEFINED else not value


# Comparison


def equal(left: Any, right: Any) -> Any:
    """Compare for equality: numbers by value, others only with their own type; Undefined makes it Undefined."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    return identical(left, right)


def not_equal(left: Any, right: Any) -> Any:
    """Compare for inequality; Undefined makes it Undefined."""
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    return not identical(left, right)


def identical(left: Any, right: Any) -> bool:
    """Compare two JSON values: arrays in order, objects in any."""
    if is_number(left) and is_number(right):
        return bool(exact(left) == exact(right)) if type(left) is not type(right) else bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(identical(value, right[key]) for key, value in left.items())
    return type(left) is type(right) and bool(left == right)


def contains(value: Any, array: Any) -> Any:
    """value IN array."""
    if value is UNDEFINED or not isinstance(array, list):
        return UNDEFINED
    return any(identical(value, item) for item in array)


def _pair(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Two operands as comparable numbers, or None where one of them is neither a number nor a string of one."""
    if type(left) is type(right) and isinstance(left, int | float) and not isinstance(left, bool):
        return left, right
    left, right = to_number(left), to_number(right)
    if not is_number(left) or not is_number(right):
        return None
    return exact(left), exact(right)


def less(left: Any, right: Any) -> Any:
    pair = _pair(left, right)
    return UNDEFINED if pair is None else bool(pair[0] < pair[1])


def less_equal(left: Any, right: Any) -> Any:
    pair = _pair(left, right)
    return UNDEFINED if pair is None else bool(pair[0] <= pair[1])


def greater(left: Any, right: Any) -> Any:
    return less(right, left)


def greater_equal(left: Any, right: Any) -> Any:
    return less_equal(right, left)


# Arithmetic


def _operands(left: Any, right: Any) -> tuple[Any, Any] | None:
    left, right = to_number(left), to_number(right)
    if not is_number(left) or not is_number(right):
        return None
    return left, right


def _calculate(operation: str, left: Any, right: Any, context: Context = _CONTEXT) -> Any:
    try:
        return tidy(getattr(context, operation)(exact(left), exact(right)))
    except DecimalException:
        return UNDEFINED


def add(left: Any, right: Any) -> Any:
    """Add numbers; concatenate where either side is a string."""
    if isinstance(left, str) or isinstance(right, str):
        left, right = to_string(left), to_string(right)
        return UNDEFINED if left is UNDEFINED or right is UNDEFINED else left + right
    pair = _operands(left, right)
    if pair is None:
        return UNDEFINED
    if isinstance(pair[0], int) and isinstance(pair[1], int):
        return tidy(pair[0] + pair[1])
    return _calculate("add", *pair)


def subtract(left: Any, right: Any) -> Any:
    pair = _operands(left, right)
    if pair is None:
        return UNDEFINED
    if isinstance(pair[0], int) and isinstance(pair[1], int):
        return tidy(pair[0] - pair[1])
    return _calculate("subtract", *pair)


def multiply(left: Any, right: Any) -> Any:
    pair = _operands(left, right)
    if pair is None:
        return UNDEFINED
    if isinstance(pair[0], int) and isinstance(pair[1], int):
        return tidy(pair[0] * pair[1])
    return _calculate("multiply", *pair)


def divide(left: Any, right: Any) -> Any:
    """Divide; two Ints give an Int where they divide without a remainder. Division by zero is Undefined."""
    pair = _operands(left, right)
    return UNDEFINED if pair is None else _calculate("divide", *pair)


def modulo(left: Any, right: Any) -> Any:
    """The remainder of a division, with the sign of the dividend."""
    pair = _operands(left, right)
    return UNDEFINED if pair is None else _calculate("remainder", *pair, _REMAINDER)


def negate(value: Any) -> Any:
    """The number with its sign turned."""
    number = to_number(value)
    if isinstance(number, Decimal):
        return number.copy_negate()
    return -number if is_number(number) else UNDEFINED
