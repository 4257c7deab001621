"""A method and a raw path to an operation and its labels, by a tree over the paths of the service models.

Literal segments win over labels. ARNs and topics may come raw, with their slashes, so a label for one of them at the
end of a path takes the rest of it where nothing fits better.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote

from iot.api.model import Operation, operations, own_operations

RAW_LABELS = frozenset({"arn", "target", "topic", "confirmationToken"})


@dataclass
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    label: "_Node | None" = None
    found: dict[str, Operation] = field(default_factory=dict)

    @property
    def takes_the_rest(self) -> bool:
        return any(one.segments[-1][0] in RAW_LABELS for one in self.found.values())


@lru_cache(maxsize=1)
def _trees() -> dict[str, _Node]:
    trees: dict[str, _Node] = {}
    for operation in (*operations().values(), *own_operations().values()):
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
    segments = path.removeprefix("/").split("/")
    node, values = _walk(_trees()[service], segments, 0, [], method)
    if node is None:
        return None, {}, _walk(_trees()[service], segments, 0, [], None)[0] is not None
    operation = node.found[method]
    names = [segment[0] for segment in operation.segments if isinstance(segment, tuple)]
    return operation, dict(zip(names, (unquote(value) for value in values), strict=True)), True


def _walk(
    node: _Node, segments: list[str], index: int, values: list[str], method: str | None
) -> tuple[_Node | None, list[str]]:
    """Find the node of a path that has a method, or with None any method: `$next` is a job's id to GET, not to PUT."""
    rest = segments[index:]
    if rest in ([], [""]):
        return (node, values) if _serves(node, method) else (None, values)
    literal = node.literals.get(unquote(rest[0]))
    if literal is not None:
        found, taken = _walk(literal, segments, index + 1, values, method)
        if found is not None:
            return found, taken
    if node.label is None:
        return None, values
    if rest[0]:
        found, taken = _walk(node.label, segments, index + 1, [*values, rest[0]], method)
        if found is not None and not (node.label.takes_the_rest and rest[1:] == [""]):
            return found, taken
    if node.label.takes_the_rest and _serves(node.label, method):
        return node.label, [*values, "/".join(rest)]
    return None, values


def _serves(node: _Node, method: str | None) -> bool:
    return bool(node.found) if method is None else method in node.found
