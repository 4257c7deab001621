"""Documents of the fleet index, taken apart into entries: what a query looks at, in memory and in the database alike.

An entry is a field's value: its text in small letters and, where it is a JSON number or the text of one, its number. A
text of several words has an entry for the whole and one for each word. Arrays of simple values have an entry for each
element, arrays that hold objects have none, nor has null. `general` entries are those that a term without a field
looks at: the registry, shadows and Device Defender.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from iot.core.errors import InvalidRequestException

MAXIMUM_TEXT = 600
SMALLEST, LARGEST = -(2**53), 2**53 - 1
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_PAIR = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*")
_POINT = re.compile(r"POINT\s*\(\s*(-?\d+(?:\.\d+)?)\s+(-?\d+(?:\.\d+)?)\s*\)", re.IGNORECASE)
_NOT_GENERAL = ("connectivity.", "shadow.metadata.", "shadow.hasDelta")
_LATITUDES, _LONGITUDES = ("lat", "latitude"), ("lon", "long", "longitude")

Document = Mapping[str, Any]
Geo = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of one field; `point` is latitude and longitude where the field is indexed as a place."""

    field: str
    text: str
    number: float | None = None
    whole: bool = True
    general: bool = True
    point: tuple[float, float] | None = None


def number_of(text: str) -> float | None:
    """Read a JSON number; integers beyond 53 bits are not numbers here."""
    if not _NUMBER.fullmatch(text):
        return None
    if text.lstrip("-").isdecimal() and not SMALLEST <= int(text) <= LARGEST:
        return None
    return float(text)


def entries_of(document: Document, geo: Geo | None = None) -> list[Entry]:
    """Take a document apart; `geo` maps the fields that are places to their order, LatLon or LonLat."""
    found: dict[Entry, None] = {}
    for field, value in _walk(document):
        general = not field.startswith(_NOT_GENERAL)
        if geo and field in geo:
            point = place_of(value, geo[field])
            if point is not None:
                found[Entry(field, "", None, True, False, point)] = None
        for simple in _simple(value):
            for entry in _entries(field, simple, general):
                found[entry] = None
    return list(found)


def canonical(field: str) -> str:
    """Answer the name that a field of the registry has in documents; AWS lists some under `registry.` too."""
    short = field.removeprefix("registry.")
    return short if short in ("thingTypeName", "thingGroupNames") else field


def spellings(document: Document, field: str) -> dict[str, str]:
    """Map the texts that a field is indexed under to its values as they were written."""
    found: dict[str, str] = {}
    for name, value in _walk(document):
        for simple in _simple(value) if name == field else ():
            whole = next(_entries(field, simple, True)).text
            found.setdefault(whole, " ".join(simple.split()) if isinstance(simple, str) else whole)
    return found


def parse_geo(locations: list[Mapping[str, str]]) -> dict[str, str]:
    """Read geoLocations of an indexing configuration. Raises InvalidRequestException."""
    found: dict[str, str] = {}
    for location in locations:
        order = location.get("order", "LatLon")
        if order not in ("LatLon", "LonLat") or not location.get("name"):
            raise InvalidRequestException("A geoLocation has a name and an order, LatLon or LonLat")
        found[location["name"]] = order
    return found


def place_of(value: Any, order: str) -> tuple[float, float] | None:
    """Read a place from `lat,lon`, WKT, a pair, or an object; answers latitude and longitude."""
    if isinstance(value, dict):
        latitude = next((value[name] for name in _LATITUDES if name in value), None)
        longitude = next((value[name] for name in _LONGITUDES if name in value), None)
        return _place(latitude, longitude)
    if isinstance(value, str):
        if point := _POINT.fullmatch(value.strip()):
            return _place(float(point[2]), float(point[1]))
        pair = _PAIR.fullmatch(value)
        value = [float(pair[1]), float(pair[2])] if pair else []
    if not isinstance(value, list) or len(value) != 2:
        return None
    return _place(*value) if order == "LatLon" else _place(value[1], value[0])


def _place(latitude: Any, longitude: Any) -> tuple[float, float] | None:
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in (latitude, longitude)):
        return None
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return float(latitude), float(longitude)


def _walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Answer every value with the dotted path to it, objects too because one of them may be a place."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}" if path else key)


def _simple(value: Any) -> list[Any]:
    if isinstance(value, list):
        return _flat(value) or []
    return [] if value is None or isinstance(value, dict) else [value]


def _flat(items: list[Any]) -> list[Any] | None:
    """The simple values of an array; None where an object stands anywhere in it."""
    found: list[Any] = []
    for item in items:
        if isinstance(item, dict):
            return None
        inner = _flat(item) if isinstance(item, list) else [] if item is None else [item]
        if inner is None:
            return None
        found += inner
    return found


def _entries(field: str, value: Any, general: bool) -> Iterator[Entry]:
    if isinstance(value, bool):
        yield Entry(field, "true" if value else "false", None, True, general)
        return
    if isinstance(value, int | float):
        text = repr(value).removesuffix(".0") if SMALLEST <= value <= LARGEST else repr(value)
        yield Entry(field, text, number_of(text), True, general)
        return
    words = str(value).lower().split()
    whole = " ".join(words)
    yield Entry(field, whole[:MAXIMUM_TEXT], number_of(whole), True, general)
    if len(words) > 1:
        for word in words:
            yield Entry(field, word[:MAXIMUM_TEXT], None, False, general)
