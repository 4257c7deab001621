"""The tree of a statement. `position` is where a node begins in the text."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, a number, true, false or null."""

    value: str | int | float | Decimal | bool | None
    position: int


@dataclass(frozen=True, slots=True)
class Name:
    """A key of the payload, or of the element of a nested SELECT."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Star:
    position: int


@dataclass(frozen=True, slots=True)
class Member:
    target: "Node"
    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple["Node", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Cast:
    value: "Node"
    target: str
    position: int


@dataclass(frozen=True, slots=True)
class Negative:
    value: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    value: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"
    position: int


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple["Node", ...]
    position: int


@dataclass(frozen=True, slots=True)
class Object:
    items: tuple[tuple[str, "Node"], ...]
    position: int


@dataclass(frozen=True, slots=True)
class Case:
    value: "Node"
    branches: tuple[tuple["Node", "Node"], ...]
    otherwise: "Node | None"
    position: int


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a SELECT; without an alias `path` is the key that its value gets."""

    value: "Node"
    path: tuple[str, ...]
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Select:
    """The items of a SELECT, or the one value of a SELECT VALUE."""

    items: tuple[Item, ...]
    value: "Node | None"


@dataclass(frozen=True, slots=True)
class Nested:
    """A SELECT over an array or object of the payload."""

    select: Select
    source: "Node"
    alias: str | None
    where: "Node | None"
    position: int


@dataclass(frozen=True, slots=True)
class Exists:
    query: Nested
    position: int


Node = (
    Literal
    | Name
    | Variable
    | Star
    | Member
    | Call
    | Cast
    | Negative
    | Not
    | Binary
    | Array
    | Object
    | Case
    | Nested
    | Exists
)


@dataclass(frozen=True, slots=True)
class Query:
    """A whole statement."""

    assignments: tuple[tuple[str, Node], ...]
    select: Select
    topic_filter: str | None
    where: Node | None


def walk(tree: Any) -> Iterator[Any]:
    """Yield a node and every node below it; `tree` may be a tuple of nodes."""
    if isinstance(tree, tuple):
        for part in tree:
            yield from walk(part)
    elif is_dataclass(tree):
        yield tree
        for field in fields(tree):
            yield from walk(getattr(tree, field.name))
