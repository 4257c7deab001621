"""Parameters against their shapes: required, length, range, pattern and enum, with the texts of AWS's framework."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from iot.api.model import Operation
from iot.core import errors

LONGEST_SHOWN = 2048
# ARNs of other services may be those of an emulator, which looks for itself.
FOREIGN = "arn:"
# AWS's newer framework, behind these operations, does not repeat the value that it refuses.
_RETICENT = re.compile("Authorizer|Certificate|DomainConfiguration|EventConfiguration|Polic|Provisioning|RoleAlias")
# What AWS refuses in other words than its framework's.
_TOLD_BY_SERVICES = frozenset({"AuthenticationType", "PayloadFormatIndicator"})
# The orders in which AWS lists the values of an enum; no rule tells them.
_ORDERS = {
    "JobExecutionFailureType": ("ALL", "TIMED_OUT", "FAILED", "REJECTED"),
    "JobExecutionStatus": (
        "REMOVED", "SUCCEEDED", "TIMED_OUT", "IN_PROGRESS", "QUEUED", "CANCELED", "FAILED", "REJECTED",
    ),
    "RetryableFailureType": ("ALL", "TIMED_OUT", "FAILED"),
    "ServiceType": ("DATA", "JOBS", "CREDENTIAL_PROVIDER"),
}  # fmt: skip
# A value, where it stands, and what it fails to satisfy
Problem = tuple[Any, str, str]


def validate(operation: Operation, parameters: dict[str, Any]) -> None:
    """Raise InvalidRequestException for parameters that do not fit the operation's input shape."""
    if operation.input is None:
        return
    problems = list(_structure(operation.input, parameters, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        reticent = _RETICENT.search(operation.name) is not None
        told = "; ".join(_tell(*problem, reticent=reticent) for problem in problems)
        raise errors.InvalidRequestException(f"{count}: {told}")


def _tell(value: Any, path: str, constraint: str, *, reticent: bool) -> str:
    shown = "" if reticent else " null" if value is None else f" '{str(value)[:LONGEST_SHOWN]}'"
    return f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _structure(shape: Any, value: dict[str, Any], path: str) -> Iterator[Problem]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield None, _below(path, name), "Member must not be null"
    for name, member in shape.members.items():
        if name in value:
            yield from _check(member, value[name], _below(path, name))


def _below(path: str, name: str) -> str:
    return f"{path}{name[0].lower()}{name[1:]}"


def _check(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    kind = shape.type_name
    if value is None:  # an item of a list or a map; members that are null are absent
        yield None, path, "Member must not be null"
    elif kind == "structure":
        yield from _structure(shape, value, f"{path}.")
    elif kind == "string":
        yield from _string(shape, value, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _number(shape, value, path)
    elif kind == "list":
        yield from _list(shape, value, path)
    elif kind == "map":
        yield from _map(shape, value, path)


def _list(shape: Any, value: list[Any], path: str) -> Iterator[Problem]:
    """Check a list; texts in it are refused together, with all that each must be."""
    yield from _length(shape, value, path)
    if shape.member.type_name != "string":
        for index, item in enumerate(value, 1):
            yield from _check(shape.member, item, f"{path}.{index}.member")
    elif not _all_fit(shape.member, value):
        yield f"[{', '.join(map(str, value))}]", path, f"Member must satisfy constraint: {_rules(shape.member)}"


def _map(shape: Any, value: dict[str, Any], path: str) -> Iterator[Problem]:
    """Check a map; its keys, and values that are texts, are refused together."""
    yield from _length(shape, value, path)
    if not _all_fit(shape.key, value):
        yield _java(value), path, f"Map keys must satisfy constraint: {_rules(shape.key)}"
    if shape.value.type_name != "string":
        for key, item in value.items():
            yield from _check(shape.value, item, f"{path}.{key}.member")
    elif not _all_fit(shape.value, value.values()):
        yield _java(value), path, f"Map value must satisfy constraint: {_rules(shape.value)}"


def _java(value: dict[str, Any]) -> str:
    pairs = (f"{key}={'null' if item is None else item}" for key, item in value.items())
    return f"{{{', '.join(pairs)}}}"


def _all_fit(shape: Any, values: Iterable[str | None]) -> bool:
    return not any(True for value in values for _ in _string(shape, value, ""))


def _rules(shape: Any) -> str:
    return f"[{', '.join(_each_rule(shape))}]"


def _each_rule(shape: Any) -> Iterator[str]:
    if "max" in shape.metadata:
        yield f"Member must have length less than or equal to {shape.metadata['max']}"
    if "min" in shape.metadata:
        yield f"Member must have length greater than or equal to {shape.metadata['min']}"
    if "pattern" in shape.metadata:
        yield f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}"
    if shape.enum:
        yield _one_of(shape)


def _string(shape: Any, value: str | None, path: str) -> Iterator[Problem]:
    if value is None:
        yield None, path, "Member must not be null"
        return
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not pattern.startswith(FOREIGN) and not _matches(pattern, value):
        yield value, path, f"Member must satisfy regular expression pattern: {pattern}"
    yield from _length(shape, value, path)
    enum = getattr(shape, "enum", None)
    if enum and value not in enum and shape.name not in _TOLD_BY_SERVICES:
        yield value, path, _one_of(shape)


def _one_of(shape: Any) -> str:
    return f"Member must satisfy enum value set: [{', '.join(_ORDERS.get(shape.name, shape.enum))}]"


def _length(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield value, path, f"Member must have length greater than or equal to {least}"
    if most is not None and len(value) > most:
        yield value, path, f"Member must have length less than or equal to {most}"


def _number(shape: Any, value: float, path: str) -> Iterator[Problem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield value, path, f"Member must have value greater than or equal to {least}"
    if most is not None and value > most:
        yield value, path, f"Member must have value less than or equal to {most}"


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
