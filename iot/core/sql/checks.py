"""What a statement or template may call: functions of its version, how often, and with which arguments."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from iot.core import errors
from iot.core.sql.functions import FUNCTIONS
from iot.core.sql.nodes import Call, Literal, Node, Variable, walk
from iot.core.sql.parser import OLD_VERSION

GET_OR_DEFAULT = "get_or_default"
_MOST_CALLS = {"get_dynamodb": 1, "get_registry_data": 1, "decode from protobuf": 2}
_PROTO = "decode from protobuf"

Refuse = Callable[[int, str], errors.SqlParseException]


def check_calls(tree: Any, version: str, refuse: Refuse, *, in_template: bool = False) -> None:
    """Check all calls of a tree. Raises what `refuse` makes of a position and a message."""
    calls = [node for node in walk(tree) if isinstance(node, Call)]
    for call in calls:
        fault = _fault(call, version, in_template)
        if fault:
            raise refuse(call.position, f"{fault}: error")
    counts = Counter(map(_counted, calls))
    for name, most in _MOST_CALLS.items():
        if counts[name] > most:
            last = [call for call in calls if _counted(call) == name][most]
            raise refuse(last.position, f"{name} may be called at most {most} times a statement: error")


def _fault(call: Call, version: str, in_template: bool) -> str:
    if call.function == GET_OR_DEFAULT:
        if version == OLD_VERSION:
            return "The function get_or_default needs SQL version 2016-03-23"
        asks = any(map(_asks_outside, walk(call.arguments[1:])))
        return "The default of get_or_default must not call a service" if asks else ""
    found = FUNCTIONS.get(call.function)
    if found is None:
        return f"Unknown function {call.function!r}"
    if found.new and version == OLD_VERSION:
        return f"The function {found.name} needs SQL version 2016-03-23"
    if in_template and _is_proto(call):
        return "A substitution template cannot decode protobuf"
    fixed = [call.arguments[index] for index in found.fixed if -len(call.arguments) <= index < len(call.arguments)]
    if any(isinstance(node, Variable) for node in fixed):
        return f"A variable cannot stand for a role or a mode of {found.name}"
    return ""


def _asks_outside(node: Node) -> bool:
    if not isinstance(node, Call):
        return False
    found = FUNCTIONS.get(node.function)
    return _is_proto(node) if node.function == "decode" else found is not None and found.outside


def _counted(call: Call) -> str:
    return _PROTO if _is_proto(call) else call.function


def _is_proto(call: Call) -> bool:
    scheme = call.arguments[1] if call.function == "decode" and len(call.arguments) > 1 else None
    return isinstance(scheme, Literal) and scheme.value == "proto"
