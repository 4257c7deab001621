"""Recurring maintenance windows: AWS's cron expressions, and whether a window is open.

An expression has six fields: minutes, hours, day of the month, month, day of the week (1 is Sunday) and year. Beside
`*`, lists, ranges and steps, a day of the month may be `L` (the last) or `15W` (the working day nearest to it), and a
day of the week `5L` (the last of its kind in the month) or `5#2` (the second). One of the two day fields is `?`. All
times are UTC. Source: "Cron-based schedules" in the EventBridge guide.
"""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from iot.core import errors

HORIZON_DAYS = 8 * 366 + 1  # a 29th of February comes within eight years
_CRON = re.compile(r"(?:cron\()?([^()]*)\)?")
_PART = re.compile(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d+))?")
_NEAREST = re.compile(r"(\d{1,2})W")
_LAST = re.compile(r"(\w{1,3})L")
_NTH = re.compile(r"(\w{1,3})#([1-5])")
_MONTHS = dict(JAN=1, FEB=2, MAR=3, APR=4, MAY=5, JUN=6, JUL=7, AUG=8, SEP=9, OCT=10, NOV=11, DEC=12)
_WEEKDAYS = dict(SUN=1, MON=2, TUE=3, WED=4, THU=5, FRI=6, SAT=7)


@dataclass(frozen=True, slots=True)
class Window:
    """A window of so many seconds, which opens at certain minutes of certain days."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    month_day: str
    months: frozenset[int]
    weekday: str
    years: frozenset[int]
    seconds: int

    def openings(self, since: float) -> Iterator[float]:
        """Answer the times from `since` on, in epoch seconds, at which the window opens; few years ahead."""
        first = datetime.fromtimestamp(since, UTC).date()
        for offset in range(HORIZON_DAYS):
            day = first + timedelta(days=offset)
            if day.month in self.months and day.year in self.years and self._is_on(day):
                midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
                times = (midnight + 3600 * hour + 60 * minute for hour in self.hours for minute in self.minutes)
                yield from (moment for moment in times if moment >= since)

    def is_open(self, now: float) -> bool:
        """Say whether the window has opened and not yet closed."""
        opened = next(self.openings(now - self.seconds + 1), None)
        return opened is not None and opened <= now

    def _is_on(self, day: date) -> bool:
        return _matches_weekday(self.weekday, day) if self.month_day == "?" else _matches_day(self.month_day, day)


def parse_window(expression: str, duration_minutes: int) -> Window:
    """Parse a window's start and duration. Raises InvalidRequestException."""
    found = _CRON.fullmatch(expression.strip())
    fields = found[1].upper().split() if found else []
    if len(fields) != 6:
        raise _malformed(expression, "it has six fields")
    minutes, hours, month_day, months, weekday, years = fields
    if (month_day == "?") == (weekday == "?"):
        raise _malformed(expression, "either the day of the month or the day of the week is ?")
    try:
        window = Window(
            minutes=tuple(sorted(_numbers(minutes, 0, 59))),
            hours=tuple(sorted(_numbers(hours, 0, 23))),
            month_day=month_day,
            months=frozenset(_numbers(months, 1, 12, _MONTHS)),
            weekday=weekday,
            years=frozenset(_numbers(years, 1970, 2199)),
            seconds=60 * duration_minutes,
        )
        window._is_on(date(2000, 1, 1))
    except ValueError as error:
        raise _malformed(expression, str(error)) from None
    return window


def _malformed(expression: str, why: str) -> errors.InvalidRequestException:
    return errors.InvalidRequestException(f"{expression} is not a cron expression: {why}")


def _numbers(field: str, lowest: int, highest: int, names: dict[str, int] | None = None) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        matched = _PART.fullmatch(part)
        if matched is None:
            raise ValueError(f"{part} cannot be read")
        step = int(matched[4] or 1)
        if matched[1]:
            first, last = lowest, highest
        else:
            first = _number(matched[2], names)
            last = _number(matched[3], names) if matched[3] else highest if matched[4] else first
        if not lowest <= first <= last <= highest or not step:
            raise ValueError(f"{part} lies outside of {lowest} to {highest}")
        found.update(range(first, last + 1, step))
    return found


def _number(text: str, names: dict[str, int] | None) -> int:
    return (names or {}).get(text) or int(text)


def _matches_day(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    if nearest := _NEAREST.fullmatch(field):
        return day.day == _working_day(day.replace(day=min(max(int(nearest[1]), 1), last)), last)
    return day.day in _numbers(field, 1, 31)


def _working_day(day: date, last: int) -> int:
    """The day of the month of the working day nearest to a day, within its month."""
    if day.weekday() == calendar.SATURDAY:
        return day.day - 1 if day.day > 1 else day.day + 2
    if day.weekday() == calendar.SUNDAY:
        return day.day + 1 if day.day < last else day.day - 2
    return day.day


def _matches_weekday(field: str, day: date) -> bool:
    weekday = (day.weekday() + 1) % 7 + 1
    if found := _LAST.fullmatch(field):
        is_last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        return {weekday} == _numbers(found[1], 1, 7, _WEEKDAYS) and is_last
    if found := _NTH.fullmatch(field):
        return {weekday} == _numbers(found[1], 1, 7, _WEEKDAYS) and (day.day - 1) // 7 + 1 == int(found[2])
    return weekday in _numbers("7" if field == "L" else field, 1, 7, _WEEKDAYS)
