"""Conditions of a statement: IAM's operators, their set forms and their IfExists forms.

The keys of a condition are joined by AND, the values of a key by OR (for negated operators: none may match). A key
without a value makes an operator false, a negated or IfExists one true. `ForAllValues:` is true for an empty set,
`ForAnyValue:` false. Source: "IAM JSON policy elements: Condition operators".
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from iot.core.policy.variables import Context, Pattern, compile_pattern

Test = Callable[[str, str], bool]
Glob = Callable[[str, Pattern, Context], bool]


def _same_case(value: str, wanted: str) -> bool:
    return value == wanted


def _any_case(value: str, wanted: str) -> bool:
    return value.lower() == wanted.lower()


def _in_network(value: str, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _date(text: str) -> Decimal | None:
    number = _number(text)
    if number is not None:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Decimal(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


_RELATIONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def _ordered(read: Callable[[str], Decimal | None], relation: Callable[[Decimal, Decimal], bool]) -> Test:
    def test(value: str, wanted: str) -> bool:
        left, right = read(value), read(wanted)
        return left is not None and right is not None and relation(left, right)

    return test


def _like(value: str, pattern: Pattern, context: Context) -> bool:
    return pattern.matches(value, context)


def _arn_like(value: str, pattern: Pattern, context: Context) -> bool:
    """Each of the six parts of an ARN is matched for itself, so that a wildcard does not reach over a colon."""
    wanted, given = pattern.text.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) == 6 and all(
        compile_pattern(part).matches(text, context) for part, text in zip(wanted, given, strict=True)
    )


_TESTS: dict[str, Test] = {
    "StringEquals": _same_case,
    "StringEqualsIgnoreCase": _any_case,
    "Bool": _any_case,
    "BinaryEquals": _same_case,
    "IpAddress": _in_network,
    **{f"Numeric{name}": _ordered(_number, relation) for name, relation in _RELATIONS.items()},
    **{f"Date{name}": _ordered(_date, relation) for name, relation in _RELATIONS.items()},
}
_GLOBS: dict[str, Glob] = {"StringLike": _like, "ArnEquals": _arn_like, "ArnLike": _arn_like}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key with the values that it is compared to."""

    operator: str
    key: str
    wanted: tuple[Pattern, ...]
    quantifier: str
    if_exists: bool
    base: str
    negated: bool

    @property
    def variables(self) -> Iterator[str]:
        yield self.key
        for pattern in self.wanted:
            yield from pattern.variables

    def holds(self, context: Context) -> bool:
        """Say whether the condition is met; an operator that is not known never is."""
        found = context.value(self.key)
        values = () if found is None else (found,) if isinstance(found, str) else found
        if self.base == "Null":
            return any(pattern.text.lower() == str(found is None).lower() for pattern in self.wanted)
        if self.base not in _TESTS and self.base not in _GLOBS:
            return False
        if self.negated and any(pattern.resolve(context) is None for pattern in self.wanted):
            # A statement with a variable that has no value matches nothing, also where it says what must not be.
            return False
        if self.quantifier == "ForAllValues":
            return all(self._meets(value, context) for value in values)
        if self.quantifier == "ForAnyValue":
            return any(self._meets(value, context) for value in values)
        if not values:
            return self.negated or self.if_exists
        meets = [self._meets(value, context) for value in values]
        return all(meets) if self.negated else any(meets)

    def _meets(self, value: str, context: Context) -> bool:
        return any(self._equals(value, pattern, context) for pattern in self.wanted) is not self.negated

    def _equals(self, value: str, pattern: Pattern, context: Context) -> bool:
        if self.base in _GLOBS:
            return _GLOBS[self.base](value, pattern, context)
        wanted = pattern.render(context)
        return wanted is not None and _TESTS[self.base](value, wanted)


def compile_conditions(block: Mapping[str, Mapping[str, Any]]) -> tuple[Condition, ...]:
    """Compile the Condition element of a statement."""
    return tuple(_condition(operator, key, value) for operator, keys in block.items() for key, value in keys.items())


def _condition(operator: str, key: str, value: Any) -> Condition:
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    wanted = value if isinstance(value, list) else [value]
    return Condition(
        operator=operator,
        key=key,
        wanted=tuple(compile_pattern(_text(item)) for item in wanted),
        quantifier=quantifier,
        if_exists=if_exists,
        base=_NEGATED.get(name, name),
        negated=name in _NEGATED,
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
