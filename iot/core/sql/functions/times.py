"""parse_time and time_to_epoch: moments to text and back, by Joda-Time and JDK patterns.

A pattern is runs of letters (`yyyy`, `MM`, …), text in single quotes, and anything else as it is.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, NoReturn
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


def _year(year: int, width: int) -> str:
    return _digits(year % 100, 2) if width == 2 else _digits(year, width)


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


def _zone_id(moment: datetime, width: int) -> str:
    return str(moment.tzinfo).removeprefix("UTC") or "UTC"


def _zone_offset(moment: datetime, width: int) -> str:
    if width >= 3:
        return _zone_id(moment, width)
    return _offset(moment, width, colon=width == 2, zulu=False)


_WRITERS: dict[str, Callable[[datetime, int], str]] = {
    "G": lambda moment, width: "AD",
    "C": lambda moment, width: _digits(moment.year // 100, width),
    "y": lambda moment, width: _year(moment.year, width),
    "Y": lambda moment, width: _year(moment.year, width),
    "u": lambda moment, width: _year(moment.year, width),
    "x": lambda moment, width: _year(moment.isocalendar()[0], width),
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
    "V": _zone_id,
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
        match = re.compile(expression, re.ASCII).fullmatch(value)
    except (ValueError, KeyError, re.error):
        return UNDEFINED
    if match is None:
        return UNDEFINED
    fields = {letter: text for letter, text in zip(letters, match.groups(), strict=True) if text is not None}
    try:
        return _moment(fields)
    except (ValueError, OverflowError):
        return UNDEFINED


def _reader(pattern: str) -> tuple[str, list[str]]:
    """Make a regular expression of a pattern, with a group for each run of letters; [ ] is an optional part."""
    expression, letters = "", []
    for quoted, run, letter, other in _pieces(pattern):
        if run:
            expression += f"({_READERS[letter](len(run))})"
            letters.append(letter)
        elif other:
            expression += "".join(map(_punctuation, other))
        else:
            expression += re.escape(quoted)
    return expression, letters


def _punctuation(character: str) -> str:
    if character in "#{}":
        raise ValueError("reserved by Java")
    return {"[": "(?:", "]": ")?"}.get(character, re.escape(character))


def _numeric(widest: int) -> Callable[[int], str]:
    """A number: of any length for one letter, else of as many digits as letters."""

    def read(width: int) -> str:
        if width > widest:
            raise ValueError("too many letters")
        return r"\d+" if width == 1 else rf"\d{{{width}}}"

    return read


def _read_year(width: int) -> str:
    return {1: r"\d+", 2: r"\d{2}"}.get(width, rf"\d{{{width}}}|\+\d{{{width + 1},}}")


def _names(names: list[str], shortest: int) -> Callable[[int], str]:
    """Names in full for four letters, cut to three for `shortest` to three."""

    def read(width: int) -> str:
        if not shortest <= width <= 4:
            raise ValueError("a form without a clear meaning")
        return "|".join(name if width == 4 else name[:3] for name in names)

    return read


def _read_month(width: int) -> str:
    return _numeric(2)(width) if width <= 2 else _names(_MONTHS, 3)(width)


def _one_of(*forms: str) -> Callable[[int], str]:
    """Another form for each number of letters."""
    return lambda width: forms[width - 1] if width <= len(forms) else _refuse_width()


def _refuse_width() -> NoReturn:
    raise ValueError("too many letters")


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
_LOCALIZED = r"GMT(?:[+-]\d{1,2}(?::\d{2})?)?"
_HOURS, _COMPACT, _COLON = r"[+-]\d{2}(?:\d{2})?", r"[+-]\d{4}", r"[+-]\d{2}:\d{2}"
_READERS: dict[str, Callable[[int], str]] = {
    **{letter: _numeric(2) for letter in "dHhKkms"},
    "D": lambda width: r"\d+" if width == 1 else rf"\d{{{width},3}}",
    "S": lambda width: rf"\d{{{width}}}",
    **{letter: lambda width: rf"\d{{{width},}}" for letter in "nA"},
    **{letter: _read_year for letter in "yu"},
    **{letter: _read_month for letter in "ML"},
    "E": _names(_DAYS, 1),
    "a": _one_of("AM|PM"),
    "G": lambda width: "AD",
    **{letter: lambda width: _ZONE for letter in "zVv"},
    "O": lambda width: _LOCALIZED,
    "Z": _one_of(_COMPACT, _COMPACT, _COMPACT, _LOCALIZED, rf"Z|{_COLON}(?::\d{{2}})?"),
    "X": _one_of(
        rf"Z|{_HOURS}", rf"Z|{_COMPACT}", rf"Z|{_COLON}", rf"Z|{_COMPACT}(?:\d{{2}})?", rf"Z|{_COLON}(?::\d{{2}})?"
    ),
    "x": _one_of(_HOURS, _COMPACT, _COLON, rf"{_COMPACT}(?:\d{{2}})?", rf"{_COLON}(?::\d{{2}})?"),
}


def _moment(fields: dict[str, str]) -> Any:
    zone = _zone(fields)
    if zone is None:
        return UNDEFINED
    day = _day(fields)
    if "E" in fields and not _DAYS[day.weekday()].startswith(fields["E"]):
        return UNDEFINED
    moment = day + timedelta(
        hours=_hour(fields), minutes=_within(fields, "m", 0, 59), seconds=_within(fields, "s", 0, 59)
    )
    moment += timedelta(microseconds=int(fields.get("S", "0")[:6].ljust(6, "0")) + int(fields.get("n", "0")) // 1000)
    moment += timedelta(milliseconds=int(fields.get("A", "0")))
    return (moment.replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _zone(fields: dict[str, str]) -> tzinfo | None:
    written = next((fields[letter] for letter in "zVvOZXx" if letter in fields), "UTC")
    return zone_of(_ABBREVIATIONS.get(written, written))


def _day(fields: dict[str, str]) -> datetime:
    """Answer the day; as in Java, a day of the month beyond its last one is the last one."""
    written = fields.get("y", fields.get("u", "1970"))
    year = int(written) + (2000 if len(written) == 2 else 0)
    if "D" in fields:
        return datetime(year, 1, 1) + timedelta(days=_within(fields, "D", 1, 365 + isleap(year)) - 1)
    month = _month_number(fields.get("M", fields.get("L", "1")))
    return datetime(year, month, min(_within(fields, "d", 1, 31), monthrange(year, month)[1]))


def _hour(fields: dict[str, str]) -> int:
    """Answer the hour; 24:00 is the midnight that ends the day."""
    if "H" in fields:
        hour = _within(fields, "H", 0, 24)
        if hour == 24 and any(int(fields.get(letter, "0")) for letter in "msS"):
            raise ValueError("past midnight")
        return hour
    if "k" in fields:
        return _within(fields, "k", 1, 24) % 24
    half = _within(fields, "h", 1, 12) if "h" in fields else _within(fields, "K", 0, 11)
    return half % 12 + 12 * (fields.get("a") == "PM")


def _within(fields: dict[str, str], letter: str, lowest: int, highest: int) -> int:
    number = int(fields.get(letter, lowest))
    if not lowest <= number <= highest:
        raise ValueError(f"{number} is out of range")
    return number


def _month_number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    return next(index for index, name in enumerate(_MONTHS, 1) if name.startswith(written))
