"""A method and a raw path to an operation and its labels, by a tree over the paths of the service models.

Literal segments win over labels. ARNs and topics may come raw, with their slashes, so a label at the end of a path
takes the rest of it where nothing fits better.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

from iot.api.model import Operation, operations


@dataclass
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    found: dict[str, Operation] = field(default_factory=dict)


@lru_cache(maxsize=1)
def _trees() -> dict[str, _Node]:
    trees: dict[str, _Node] = {}
    for operation in operations().values():
        node = trees.setdefault(operation.service, _Node())
        for segment in operation.segments:
            if isinstance(segment, str):
                node = node.literals.setdefault(segment, _Node())
            else:
                node.label = node.label or _Node()
                node = node.label
        node.found[operation.method] = operation
    return trees


def route(service: str, method: str, path: str) -> tuple[Operation | None, dict[str, str], bool]:
    """Find the operation for a raw path below the API's root; answers it, its labels, and whether the path exists."""
    segments = path.strip("/").split("/")
    node, values = _walk(_trees()[service], segments, 0, [])
    if node is None:
        return None, {}, False
    operation = node.found.get(method)
    if operation is None:
        return None, {}, True
    names = [segment[0] for segment in operation.segments if isinstance(segment, tuple)]
    return operation, dict(zip(names, (unquote(value) for value in values), strict=True)), True


def _walk(node: _Node, segments: list[str], index: int, values: list[str]) -> tuple[_Node | None, list[str]]:
    if index == len(segments):
        return (node, values) if node.found else (None, values)
    literal = node.literals.get(unquote(segments[index]))
    if literal is not None:
        found, taken = _walk(literal, segments, index + 1, values)
        if found is not None:
            return found, taken
    if node.label is None or not segments[index]:
        return None, values
    found, taken = _walk(node.label, segments, index + 1, [*values, segments[index]])
    if found is None and node.label.found:
        return node.label, [*values, "/".join(segments[index:])]
    return found, taken
