"""Parameters against their shapes: required, length, range, pattern and enum, with the texts of AWS's framework."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from iot.api.model import Operation
from iot.core import errors

LONGEST_SHOWN = 200
# ARNs of other services may be those of an emulator, which looks for itself.
FOREIGN = "arn:"
# What AWS refuses in other words than its framework's.
TOLD_BY_SERVICES = frozenset({"ServiceType"})


def validate(operation: Operation, parameters: dict[str, Any]) -> None:
    """Raise InvalidRequestException for parameters that do not fit the operation's input shape."""
    if operation.input is None:
        return
    problems = list(_structure(operation.input, parameters, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise errors.InvalidRequestException(f"{count}: {'; '.join(problems)}")


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _problem(None, path + name, "Member must not be null")
    for name, member in shape.members.items():
        if name in value:
            yield from _check(member, value[name], path + name)


def _check(shape: Any, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, f"{path}.")
    elif kind == "string":
        yield from _string(shape, value, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _number(shape, value, path)
    elif kind == "list":
        yield from _length(shape, value, path)
        for index, item in enumerate(value, 1):
            yield from _check(shape.member, item, f"{path}.{index}.member")
    elif kind == "map":
        yield from _length(shape, value, path)
        for key, item in value.items():
            yield from _string(shape.key, key, path)
            yield from _check(shape.value, item, f"{path}.{key}.member")


def _string(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _length(shape, value, path)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not pattern.startswith(FOREIGN) and not _matches(pattern, value):
        yield _problem(value, path, f"Member must satisfy regular expression pattern: {pattern}")
    enum = getattr(shape, "enum", None)
    if enum and value not in enum and shape.name not in TOLD_BY_SERVICES:
        yield _problem(value, path, f"Member must satisfy enum value set: [{', '.join(sorted(enum))}]")


def _length(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _problem(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _problem(value, path, f"Member must have length less than or equal to {most}")


def _number(shape: Any, value: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _problem(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _problem(value, path, f"Member must have value less than or equal to {most}")


def _problem(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else str(value)[:LONGEST_SHOWN]
    quoted = shown if value is None else f"'{shown}'"
    return f"Value {quoted} at '{path}' failed to satisfy constraint: {constraint}"


def _matches(pattern: str, value: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> "re.Pattern[str] | None":
    """Compile a pattern of the model; Java's character classes are put into Python's words."""
    text = pattern
    for java, python in (
        (r"\p{Graph}", r"\x21-\x7e"),
        (r"\p{Print}", r"\x20-\x7e"),
        (r"\p{Alnum}", r"A-Za-z0-9"),
        (r"\p{Upper}", r"A-Z"),
        (r"\p{Digit}", r"0-9"),
        (r"\p{Cntrl}", r"\x00-\x1f\x7f"),
        (r"\p{Alpha}", r"A-Za-z"),
        (r"\p{L}", r"\w"),
        (r"\p{Z}", r"\s"),
        (r"\p{N}", r"\d"),
        (r"[^\p{C}]", r"[^\x00-\x1f\x7f-\x9f]"),
        (r"[\p{C}]", r"[\x00-\x1f\x7f-\x9f]"),
    ):
        text = text.replace(f"[{java}]", f"[{python}]") if not java.startswith("[") else text.replace(java, python)
        text = re.sub(r"(\[[^\]]*)" + re.escape(java), lambda match: match[1] + python, text)  # noqa: B023 (used at once)
        if not java.startswith("["):
            text = text.replace(java, f"[{python}]")
    try:
        return re.compile(text, re.DOTALL)
    except re.error:
        return None
