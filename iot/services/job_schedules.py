"""When a job begins and ends: the schedulingConfig of CreateJob."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from iot.core import errors


def starts_at(settings: Mapping[str, Any], now: float) -> float | None:
    """Answer when a job begins, None where it begins at once. Raises InvalidRequestException."""
    schedule = settings.get("schedulingConfig") or {}
    if schedule.get("maintenanceWindows"):
        raise errors.InvalidRequestException("Recurring maintenance windows are not supported")
    start = _epoch(schedule.get("startTime"))
    end = _epoch(schedule.get("endTime"))
    if start is not None and end is not None and end <= start:
        raise errors.InvalidRequestException("The end time of a job lies after its start time")
    return start if start is not None and start > now else None


def end_behavior(settings: Mapping[str, Any], now: float) -> str | None:
    """Answer what is to be done because the end time is reached: STOP_ROLLOUT, CANCEL or FORCE_CANCEL."""
    schedule = settings.get("schedulingConfig") or {}
    end = _epoch(schedule.get("endTime"))
    return None if end is None or end > now else str(schedule.get("endBehavior", "STOP_ROLLOUT"))


def _epoch(written: str | None) -> float | None:
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise errors.InvalidRequestException(f"{written} is not a time like 2030-01-31 17:00") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
