"""Parameters made from the shapes of the service models, for tests that go through every operation."""

from datetime import UTC, datetime
from typing import Any

MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
DEEP = 6


def sample(shape: Any, depth: int = 0, *, in_path: bool = False) -> Any:
    """Make a value that the client's own serializer takes; texts have what is hard in URLs and headers."""
    kind = shape.type_name
    if kind == "structure":
        members = shape.members.items()
        if getattr(shape, "is_tagged_union", False):
            members = list(members)[:1]
        return {
            name: sample(member, depth + 1, in_path=member.serialization.get("location") == "uri")
            for name, member in members
            if depth < DEEP or name in shape.required_members
        }
    if kind == "list":
        return [sample(shape.member, depth + 1), sample(shape.member, depth + 1)]
    if kind == "map":
        return {"key one": sample(shape.value, depth + 1), "b": sample(shape.value, depth + 1)}
    if kind == "string":
        enum = getattr(shape, "enum", None)
        return enum[0] if enum else "a b/c+d%41&e" if in_path else "text, with ü"
    return {
        "integer": 7,
        "long": 2**40,
        "float": 1.5,
        "double": 2.5,
        "boolean": True,
        "blob": b"\x00\xffbytes",
        "timestamp": MOMENT,
    }[kind]
