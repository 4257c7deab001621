"""Whether a document's entries match a query's tree: the plain meaning of the language, without a database."""

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from iot.core.search.entries import Entry
from iot.core.search.query import And, Everything, Like, Near, Node, Not, Or, Phrase, Present, Range, Word

EARTH_METRES = 6_371_008.8


def matches(node: Node, entries: Sequence[Entry]) -> bool:
    """Say whether a document matches a query."""
    return _MATCHERS[type(node)](node, entries)


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Answer the metres between two places on a sphere."""
    latitude, longitude, to_latitude, to_longitude = map(math.radians, (*one, *other))
    cosine = math.sin(latitude) * math.sin(to_latitude) + math.cos(latitude) * math.cos(to_latitude) * math.cos(
        longitude - to_longitude
    )
    return EARTH_METRES * math.acos(max(-1.0, min(1.0, cosine)))


def _of(field: str | None, entries: Sequence[Entry]) -> list[Entry]:
    return [one for one in entries if one.point is None and (one.general if field is None else one.field == field)]


def _everything(node: Everything, entries: Sequence[Entry]) -> bool:
    return True


def _present(node: Present, entries: Sequence[Entry]) -> bool:
    return any(one.field == node.field or one.field.startswith(f"{node.field}.") for one in entries)


def _word(node: Word, entries: Sequence[Entry]) -> bool:
    return any(
        one.text == node.text or (node.number is not None and one.number == node.number)
        for one in _of(node.field, entries)
    )


def _like(node: Like, entries: Sequence[Entry]) -> bool:
    pattern = _expression(node.pieces)
    return any(pattern.fullmatch(one.text) for one in _of(node.field, entries))


def _phrase(node: Phrase, entries: Sequence[Entry]) -> bool:
    wanted = f" {' '.join(node.words)} "
    return any(one.whole and wanted in f" {one.text} " for one in _of(node.field, entries))


def _range(node: Range, entries: Sequence[Entry]) -> bool:
    found = _of(node.field, entries)
    if isinstance(node.low, str) or isinstance(node.high, str):
        return any(_within(node, one.text) for one in found)
    return any(one.number is not None and _within(node, one.number) for one in found)


def _within(node: Range, value: Any) -> bool:
    low, high = node.low, node.high
    above = low is None or value > low or (node.includes_low and value == low)
    return above and (high is None or value < high or (node.includes_high and value == high))


def _near(node: Near, entries: Sequence[Entry]) -> bool:
    place = (node.latitude, node.longitude)
    return any(
        one.point is not None and one.field == node.field and distance(one.point, place) <= node.metres
        for one in entries
    )


def _not(node: Not, entries: Sequence[Entry]) -> bool:
    return not matches(node.node, entries)


def _and(node: And, entries: Sequence[Entry]) -> bool:
    return all(matches(one, entries) for one in node.nodes)


def _or(node: Or, entries: Sequence[Entry]) -> bool:
    return any(matches(one, entries) for one in node.nodes)


_MATCHERS: dict[type, Callable[[Any, Sequence[Entry]], bool]] = {
    Everything: _everything,
    Present: _present,
    Word: _word,
    Like: _like,
    Phrase: _phrase,
    Range: _range,
    Near: _near,
    Not: _not,
    And: _and,
    Or: _or,
}


@lru_cache(maxsize=512)
def _expression(pieces: tuple[str | None, ...]) -> re.Pattern[str]:
    return re.compile(
        "".join(".*" if one is None else "." if one == "" else re.escape(one) for one in pieces), re.DOTALL
    )
