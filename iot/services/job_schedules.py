"""When a job begins, pauses and ends: the schedulingConfig of CreateJob.

A job begins at its start time, hands out only while one of its maintenance windows is open, and does at its end time
what its end behavior says. All times are UTC. Source: SchedulingConfig in the AWS IoT API reference.
"""

import heapq
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from iot.core import errors
from iot.core.jobs.windows import Window, parse_window

MINUTES = 60
NOTICE = 30 * MINUTES
YEAR = 366 * 86_400
SHOWN_OPENINGS = 7


def check(settings: Mapping[str, Any], now: float) -> None:
    """Check a new job's schedule. Raises InvalidRequestException."""
    schedule = _schedule(settings)
    start, end = _epoch(schedule.get("startTime")), _epoch(schedule.get("endTime"))
    if start is not None and not now + NOTICE <= start <= now + YEAR:
        raise errors.InvalidRequestException("A job starts between 30 minutes and one year from now")
    if end is not None and not max(now, start or now) + NOTICE <= end <= now + 2 * YEAR:
        raise errors.InvalidRequestException("A job ends at least 30 minutes after its start and within two years")
    for window in _windows(settings):
        if next(window.openings(now), None) is None:
            raise errors.InvalidRequestException("A maintenance window never opens")


def is_due(settings: Mapping[str, Any], now: float) -> bool:
    """Say whether a job that has not begun begins: its start time is reached and a window open, if it has any."""
    start = _epoch(_schedule(settings).get("startTime"))
    return (start is None or start <= now) and is_open(settings, now)


def is_open(settings: Mapping[str, Any], now: float) -> bool:
    """Say whether a job may hand out now: it has no maintenance windows, or one of them is open."""
    windows = _windows(settings)
    return not windows or any(window.is_open(now) for window in windows)


def next_openings(settings: Mapping[str, Any], now: float) -> list[str]:
    """Answer when a job's maintenance windows open the next seven times."""
    start, end = _epoch(_schedule(settings).get("startTime")), _epoch(_schedule(settings).get("endTime"))
    coming = heapq.merge(*(window.openings(max(now, start or now)) for window in _windows(settings)))
    return [
        f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
        for moment in islice(coming, SHOWN_OPENINGS)
        if end is None or moment < end
    ]


def end_behavior(settings: Mapping[str, Any], now: float) -> str | None:
    """Answer what is to be done because the end time is reached: STOP_ROLLOUT, CANCEL or FORCE_CANCEL."""
    schedule = _schedule(settings)
    end = _epoch(schedule.get("endTime"))
    return None if end is None or end > now else str(schedule.get("endBehavior", "STOP_ROLLOUT"))


def _schedule(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return settings.get("schedulingConfig") or {}


def _windows(settings: Mapping[str, Any]) -> list[Window]:
    found = _schedule(settings).get("maintenanceWindows") or ()
    return [parse_window(one["startTime"], one["durationInMinutes"]) for one in found]


def _epoch(written: str | None) -> float | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise errors.InvalidRequestException(f"{written} is not a time like 2030-01-31 17:00") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
