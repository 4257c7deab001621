"""A shadow for people: its keys as rows of wanted and reported, and the request that makes one state another."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from iot.core.shadow.document import Document, same

IN_STEP, WAITING, WANTED_ONLY, REPORTED_ONLY = "in step", "waiting", "wanted only", "reported only"
MISSING = object()


@dataclass(frozen=True, slots=True)
class Key:
    """A row: `wanted` and `reported` are JSON text or None, `at` is when either was last changed (0: unknown)."""

    path: tuple[str, ...]
    wanted: str | None
    reported: str | None
    state: str
    at: float
    wanted_at: float
    is_branch: bool = False

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def level(self) -> str:
        depth = len(self.path) - 1
        return f"level-{depth}" if depth < 5 else "level-deep"

    @property
    def pointer(self) -> str:
        """The path as a JSON array, which no key can be mistaken in."""
        return json.dumps(self.path, ensure_ascii=False)

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


def keys(document: Document) -> list[Key]:
    """Answer the keys of a shadow in order, branches before what is below them."""
    return list(_keys((), document.desired, document.reported, document.desired_times, document.reported_times))


def change_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Answer the smallest update that makes one section the other: changed keys, and null for those that go."""
    change: dict[str, Any] = {name: None for name in before if name not in after}
    for name, value in after.items():
        present = before.get(name, MISSING)
        if isinstance(present, dict) and isinstance(value, dict):
            if inner := change_between(present, value):
                change[name] = inner
        elif present is MISSING or not same(present, value):
            change[name] = value
    return change


def clearing(path: tuple[str, ...]) -> dict[str, Any]:
    """Answer the desired section that clears one key, or all where the path is empty."""
    found: Any = None
    for name in reversed(path):
        found = {name: found}
    return {"desired": found}


def request_text(state: dict[str, Any], version: int | None) -> str:
    """Write an update request as it will be sent."""
    body: dict[str, Any] = {"state": state}
    if version:
        body["version"] = version
    return json.dumps(body, indent=2, ensure_ascii=False)


def leaves(section: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Answer the values of a section with their paths; empty objects are values."""
    for name, value in section.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value


def assemble(values: list[tuple[tuple[str, ...], Any]]) -> dict[str, Any]:
    """Make a section of values with paths; a later one wins."""
    section: dict[str, Any] = {}
    for path, value in values:
        place = section
        for name in path[:-1]:
            inner = place.get(name)
            if not isinstance(inner, dict):
                inner = place[name] = {}
            place = inner
        place[path[-1]] = value
    return section


def _keys(path: tuple[str, ...], wanted: Any, reported: Any, wanted_at: Any, reported_at: Any) -> Iterator[Key]:
    for name in [*wanted, *(name for name in reported if name not in wanted)]:
        want, report = wanted.get(name, MISSING), reported.get(name, MISSING)
        want_at, report_at = _below(wanted_at, name), _below(reported_at, name)
        here = (*path, name)
        branches = [side for side in (want, report) if isinstance(side, dict) and side]
        if branches and all(isinstance(side, dict) for side in (want, report) if side is not MISSING):
            yield Key(here, None, None, "", 0, 0, is_branch=True)
            yield from _keys(
                here,
                {} if want is MISSING else want,
                {} if report is MISSING else report,
                want_at,
                report_at,
            )
            continue
        newest_wish = _newest(want_at)
        yield Key(
            here, _text(want), _text(report), _state(want, report), max(newest_wish, _newest(report_at)), newest_wish
        )


def _state(want: Any, report: Any) -> str:
    if want is MISSING:
        return REPORTED_ONLY
    if report is MISSING:
        return WANTED_ONLY
    return IN_STEP if same(want, report) else WAITING


def _text(value: Any) -> str | None:
    return None if value is MISSING else json.dumps(value, ensure_ascii=False)


def _below(times: Any, name: str) -> Any:
    return times.get(name, 0) if isinstance(times, dict) else times


def _newest(times: Any) -> float:
    if isinstance(times, dict):
        return max((_newest(item) for item in times.values()), default=0)
    return float(times or 0)
