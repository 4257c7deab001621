"""Shadow documents: how an update changes one, what differs between desired and reported, and the limits.

A document has two sections, desired and reported, and for each a tree of the times at which its leaves were last
changed. These trees are kept compact: an object for an object, one number (epoch seconds) for anything else; only
what is sent out spells them as AWS does, an array as one entry an element. Documents are never changed in place, so
that the one before an update is still whole when the update's messages are written.
Source: "Device Shadow service documents" in the AWS IoT guide.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

MAXIMUM_BYTES = 8 * 1024
MAXIMUM_DEPTH = 8
MAXIMUM_TOKEN_BYTES = 64
VERSION_KEPT_SECONDS = 48 * 3600
SECTIONS = ("desired", "reported")

Tree = dict[str, Any]
_NESTED = (dict, list)


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in force: bytes of the state as compact JSON, levels of nesting below a section."""

    document_bytes: int = MAXIMUM_BYTES
    depth: int = MAXIMUM_DEPTH


@dataclass(frozen=True, slots=True)
class Document:
    """A shadow: its two sections, their times, and the version that the last accepted update gave it."""

    desired: Tree = field(default_factory=dict)
    reported: Tree = field(default_factory=dict)
    desired_times: Tree = field(default_factory=dict)
    reported_times: Tree = field(default_factory=dict)
    version: int = 0

    @property
    def state(self) -> Tree:
        """The sections that hold anything."""
        return {name: section for name, section in (("desired", self.desired), ("reported", self.reported)) if section}

    @property
    def metadata(self) -> Tree:
        """The times as AWS spells them."""
        found = {}
        if self.desired:
            found["desired"] = spell_times(self.desired, self.desired_times)
        if self.reported:
            found["reported"] = spell_times(self.reported, self.reported_times)
        return found


def load(text: bytes | str, version: int) -> Document:
    """Read a document as `dump` wrote it."""
    desired, reported, desired_times, reported_times = orjson.loads(text)
    return Document(desired, reported, desired_times, reported_times, version)


def dump(document: Document) -> bytes:
    """Write a document's sections and times as compact JSON; its version is kept beside it."""
    return orjson.dumps([document.desired, document.reported, document.desired_times, document.reported_times])


def merge(section: Tree, times: Tree, change: Tree, now: int) -> tuple[Tree, Tree]:
    """Apply a change to a section: objects merge, null removes, anything else replaces."""
    section, times = section.copy(), times.copy()
    for key, value in change.items():
        if value is None:
            section.pop(key, None)
            times.pop(key, None)
        elif isinstance(value, dict):
            before = section.get(key)
            if isinstance(before, dict):
                section[key], times[key] = merge(before, times[key], value, now)
            else:
                section[key], times[key] = merge({}, {}, value, now)
        else:
            section[key], times[key] = value, now
    return section, times


def apply(document: Document, state: Tree | None, now: int) -> Document:
    """Apply an update's state to a document; a state of null removes both sections."""
    if state is None:
        return Document(version=document.version + 1)
    parts: list[Tree] = []
    for name, section, times in (
        ("desired", document.desired, document.desired_times),
        ("reported", document.reported, document.reported_times),
    ):
        if name not in state:
            parts += (section, times)
        elif state[name] is None:
            parts += ({}, {})
        else:
            parts += merge(section, times, state[name], now)
    return Document(parts[0], parts[2], parts[1], parts[3], document.version + 1)


def difference(desired: Tree, reported: Tree, times: Tree) -> tuple[Tree, Tree]:
    """Answer what is desired and not reported, and the times of it as AWS spells them."""
    found: Tree = {}
    found_times: Tree = {}
    for key, wanted in desired.items():
        if key in reported:
            present = reported[key]
            if isinstance(wanted, dict) and isinstance(present, dict):
                inner, inner_times = difference(wanted, present, times[key])
                if inner:
                    found[key], found_times[key] = inner, inner_times
                continue
            if same(wanted, present):
                continue
        found[key], found_times[key] = wanted, spell_times(wanted, times[key])
    return found, found_times


def same(one: Any, other: Any) -> bool:
    """Compare two JSON values; 1 and 1.0 are the same, 1 and true are not."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def spell_times(value: Any, times: Any) -> Any:
    """Spell compact times as AWS does: `{"timestamp": seconds}` for each leaf and for each element of an array."""
    if isinstance(value, dict):
        if isinstance(times, dict):
            # Leaves are spelled here and not by a call of their own: a document is spelled twice an update.
            return {
                key: spell_times(item, times[key]) if isinstance(item, _NESTED) else {"timestamp": times[key]}
                for key, item in value.items()
            }
        return {key: spell_times(item, times) for key, item in value.items()}
    if isinstance(value, list):
        return [spell_times(item, times) for item in value]
    return {"timestamp": times}


def too_deep(value: Any, levels: int) -> bool:
    """Say whether a value is nested in more than so many levels."""
    if not isinstance(value, _NESTED):
        return False
    items = value.values() if isinstance(value, dict) else value
    return levels == 0 or any([too_deep(item, levels - 1) for item in items if isinstance(item, _NESTED)])


def holds_null_in_array(value: Any) -> bool:
    """Say whether an array anywhere in a value holds null."""
    if isinstance(value, list):
        return any(item is None or holds_null_in_array(item) for item in value)
    if not isinstance(value, dict):
        return False
    return any([holds_null_in_array(item) for item in value.values() if isinstance(item, _NESTED)])


def size(document: Document) -> int:
    """Answer the bytes of a document that count against its limit: its state as compact JSON."""
    return len(orjson.dumps(document.state))


def fits(document: Document, written: bytes, limit: int) -> bool:
    """Say whether a document keeps to its limit; `written` is what `dump` makes of it.

    That holds the sections too, and is shorter than the state by the sections' names at most: of most documents it
    says enough.
    """
    return len(written) + len('"desired":"reported":') <= limit or size(document) <= limit
