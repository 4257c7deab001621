"""parse_time and time_to_epoch: moments to text and back, by Joda-Time and JDK patterns.

A pattern is runs of letters (`yyyy`, `MM`, …), text in single quotes, and anything else as it is.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from iot.core.sql.functions.library import function, number, text
from iot.core.sql.values import UNDEFINED

_PIECES = re.compile(r"'((?:[^']|'')*)'|(([A-Za-z])\3*)|([^A-Za-z']+)")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2}):?(\d{2})?(?::?(\d{2}))?")
_MINUTE = timedelta(minutes=1)


def zone_of(name: str) -> tzinfo | None:
    """Find a time zone by its name or offset."""
    if name in ("UTC", "GMT", "UT", "Z"):
        return UTC
    if match := _OFFSET.fullmatch(name):
        hours, minutes, seconds = int(match[2]), int(match[3] or 0), int(match[4] or 0)
        if hours > 18 or minutes > 59:
            return None
        offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
        return timezone(-offset if match[1] == "-" else offset)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


@function(
    "parse_time(String, Decimal, [String])",
    "A time in milliseconds written by a Joda-Time pattern.",
    text,
    number,
    text,
    optional=1,
    new=True,
)
def parse_time(pattern: str, milliseconds: Any, zone: str = "UTC") -> Any:
    place = zone_of(zone)
    if place is None:
        return UNDEFINED
    try:
        moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(milliseconds))
        return "".join(_write(pattern, moment.astimezone(place)))
    except (OverflowError, ValueError, KeyError):
        return UNDEFINED


def _write(pattern: str, moment: datetime) -> list[str]:
    written = []
    for quoted, letters, letter, other in _pieces(pattern):
        written.append(_WRITERS[letter](moment, len(letters)) if letters else other or quoted)
    return written


def _pieces(pattern: str) -> list[tuple[str, str, str, str]]:
    found = []
    position = 0
    while position < len(pattern):
        match = _PIECES.match(pattern, position)
        if match is None:
            raise ValueError("a quote is not closed")
        quoted = "'" if match[0] == "''" else (match[1] or "").replace("''", "'")
        found.append((quoted, match[2] or "", match[3] or "", match[4] or ""))
        position = match.end()
    return found


def _digits(value: int, width: int) -> str:
    return str(value).zfill(width)


def _year(moment: datetime, width: int) -> str:
    return _digits(moment.year % 100, 2) if width == 2 else _digits(moment.year, width)


def _month(moment: datetime, width: int) -> str:
    if width <= 2:
        return _digits(moment.month, width)
    name = _MONTHS[moment.month - 1]
    return name[:3] if width == 3 else name


def _weekday(moment: datetime, width: int) -> str:
    name = _DAYS[moment.weekday()]
    return name[:3] if width <= 3 else name


def _fraction(moment: datetime, width: int) -> str:
    return f"{moment.microsecond:06}".ljust(width, "0")[:width]


def _offset(moment: datetime, width: int, *, colon: bool, zulu: bool) -> str:
    offset = moment.utcoffset() or timedelta()
    if zulu and not offset:
        return "Z"
    minutes = abs(offset) // _MINUTE
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{minutes // 60:02}{':' if colon else ''}{minutes % 60:02}"


def _zone_name(moment: datetime, width: int) -> str:
    return str(moment.tzname()).removeprefix("UTC") or "UTC"


def _zone_offset(moment: datetime, width: int) -> str:
    if width >= 3:
        return str(moment.tzinfo)
    return _offset(moment, width, colon=width == 2, zulu=False)


_WRITERS: dict[str, Callable[[datetime, int], str]] = {
    "G": lambda moment, width: "AD",
    "C": lambda moment, width: _digits(moment.year // 100, width),
    "y": _year,
    "Y": _year,
    "u": _year,
    "x": lambda moment, width: _digits(moment.isocalendar()[0], width),
    "w": lambda moment, width: _digits(moment.isocalendar()[1], width),
    "e": lambda moment, width: _digits(moment.isoweekday(), width),
    "E": _weekday,
    "D": lambda moment, width: _digits(moment.timetuple().tm_yday, width),
    "M": _month,
    "L": _month,
    "d": lambda moment, width: _digits(moment.day, width),
    "a": lambda moment, width: "AM" if moment.hour < 12 else "PM",
    "K": lambda moment, width: _digits(moment.hour % 12, width),
    "h": lambda moment, width: _digits(moment.hour % 12 or 12, width),
    "H": lambda moment, width: _digits(moment.hour, width),
    "k": lambda moment, width: _digits(moment.hour or 24, width),
    "m": lambda moment, width: _digits(moment.minute, width),
    "s": lambda moment, width: _digits(moment.second, width),
    "S": _fraction,
    "z": _zone_name,
    "Z": _zone_offset,
    "X": lambda moment, width: _offset(moment, width, colon=width == 3, zulu=True),
    "V": lambda moment, width: str(moment.tzinfo),
}


@function(
    "time_to_epoch(String, String)",
    "A time written by a Java pattern, in milliseconds since 1970.",
    text,
    text,
    new=True,
)
def time_to_epoch(value: str, pattern: str) -> Any:
    try:
        expression, letters = _reader(pattern)
        match = re.compile(expression).fullmatch(value)
    except (ValueError, KeyError, re.error):
        return UNDEFINED
    if match is None:
        return UNDEFINED
    fields = {letter: text for letter, text in zip(letters, match.groups(), strict=True)}
    try:
        return _moment(fields)
    except (ValueError, OverflowError):
        return UNDEFINED


def _reader(pattern: str) -> tuple[str, list[str]]:
    expression, letters = "", []
    for quoted, run, letter, other in _pieces(pattern):
        if not run:
            expression += re.escape(other or quoted)
            continue
        expression += f"({_READERS[letter](len(run))})"
        letters.append(letter)
    return expression, letters


def _numeric(width: int) -> str:
    return r"\d+" if width == 1 else rf"\d{{{width}}}"


_ABBREVIATIONS = {
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "MST": "America/Denver",
    "MDT": "America/Denver",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "EST": "America/New_York",
    "EDT": "America/New_York",
    "BST": "Europe/London",
    "CEST": "Europe/Paris",
    "JST": "Asia/Tokyo",
}
_ZONE = r"[A-Za-z][A-Za-z0-9_/+:-]*|[+-]\d{1,2}:?\d{0,2}"
_READERS: dict[str, Callable[[int], str]] = {
    **{letter: _numeric for letter in "dHhKkmsSDe"},
    "y": lambda width: r"\d{4,}" if width == 4 else _numeric(width),
    "u": lambda width: r"\d{4,}" if width == 4 else _numeric(width),
    "M": lambda width: _numeric(width) if width <= 2 else r"[A-Za-z]+",
    "L": lambda width: _numeric(width) if width <= 2 else r"[A-Za-z]+",
    "E": lambda width: r"[A-Za-z]+",
    "a": lambda width: r"(?i:am|pm)",
    "G": lambda width: r"AD",
    "n": _numeric,
    "A": _numeric,
    "z": lambda width: _ZONE,
    "V": lambda width: _ZONE,
    "v": lambda width: _ZONE,
    "O": lambda width: _ZONE,
    "Z": lambda width: r"[+-]\d{2}:?\d{2}|GMT(?:[+-]\d{1,2}:?\d{0,2})?",
    "X": lambda width: r"Z|[+-]\d{2}(?::?\d{2})?",
    "x": lambda width: r"[+-]\d{2}(?::?\d{2})?",
}


def _moment(fields: dict[str, str]) -> Any:
    zone = _zone(fields)
    if zone is None:
        return UNDEFINED
    moment = _day(fields).replace(
        hour=_hour(fields), minute=int(fields.get("m", "0")), second=int(fields.get("s", "0"))
    )
    moment += timedelta(microseconds=int(fields.get("S", "0")[:6].ljust(6, "0")) + int(fields.get("n", "0")) // 1000)
    moment += timedelta(milliseconds=int(fields.get("A", "0")))
    return (moment.replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _zone(fields: dict[str, str]) -> tzinfo | None:
    written = next((fields[letter] for letter in "zVvOZXx" if letter in fields), "UTC")
    return zone_of(_ABBREVIATIONS.get(written, written))


def _day(fields: dict[str, str]) -> datetime:
    written = fields.get("y", fields.get("u", "1970"))
    year = int(written) + (2000 if len(written) == 2 else 0)
    if "D" in fields:
        return datetime(year, 1, 1) + timedelta(days=int(fields["D"]) - 1)
    return datetime(year, _month_number(fields.get("M", fields.get("L", "1"))), int(fields.get("d", "1")))


def _hour(fields: dict[str, str]) -> int:
    if "H" in fields:
        return int(fields["H"])
    if "k" in fields:
        return int(fields["k"]) % 24
    half = int(fields.get("h", fields.get("K", "0"))) % 12
    return half + 12 * (fields.get("a", "AM").upper() == "PM")


def _month_number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    for index, name in enumerate(_MONTHS, 1):
        if written.lower() in (name.lower(), name[:3].lower()):
            return index
    raise ValueError(written)
