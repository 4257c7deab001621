"""What compiled statements call while they run, besides the language's values and its functions."""

from collections.abc import Callable
from typing import Any

from iot.core.sql.values import UNDEFINED, FunctionFailed, RuleError

Compiled = Callable[[Any, Any], Any]


def nested(select: Compiled, source: Any, run: Any) -> Any:
    """A nested SELECT: an array for an array, an object for an object, else Undefined."""
    if isinstance(source, list):
        outputs = (select(item, run) for item in source)
        return [output for output in outputs if output is not UNDEFINED]
    return select(source, run) if isinstance(source, dict) else UNDEFINED


def exists(found: Any) -> bool:
    """EXISTS: whether a nested SELECT has found anything."""
    return bool(found) if isinstance(found, list) else found is not UNDEFINED


def make_array(*items: Any) -> list[Any]:
    """An array literal; Undefined items are left out."""
    return [item for item in items if item is not UNDEFINED]


def make_object(*pairs: Any) -> dict[str, Any]:
    """An object literal; keys with an Undefined value are left out."""
    return {key: value for key, value in zip(pairs[::2], pairs[1::2], strict=True) if value is not UNDEFINED}


def put(output: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    """Put a value under a dotted alias, building the objects on the way."""
    if value is UNDEFINED:
        return
    for name in path[:-1]:
        inner = output.get(name)
        if not isinstance(inner, dict):
            inner = output[name] = {}
        output = inner
    output[path[-1]] = value


def spread(output: dict[str, Any], value: Any) -> None:
    """Let the keys of * or of an object literal without alias become keys of the output."""
    if isinstance(value, dict):
        output.update(value)


def fallback(first: Callable[[], Any], default: Callable[[], Any] = lambda: UNDEFINED) -> Any:
    """get_or_default: the default where the value is Null, Undefined, or its function has failed."""
    try:
        value = first()
    except (FunctionFailed, RuleError):
        value = UNDEFINED
    return default() if value is None or value is UNDEFINED else value


def whole_payload(run: Any) -> Any:
    """* as an item: the payload's value, or its bytes where it is not JSON."""
    payload = run.input.payload
    return run.input.message.payload if payload is UNDEFINED else payload


def raw_payload(run: Any) -> bytes:
    """* as an argument: the payload's bytes."""
    return bytes(run.input.message.payload)
