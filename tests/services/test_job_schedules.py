"""When jobs begin and end."""

from typing import Any

import pytest

from iot.core import errors
from iot.services.job_schedules import end_behavior, starts_at

NOW = 1_700_000_000.0


def config(**schedule: Any) -> dict[str, Any]:
    return {"schedulingConfig": schedule}


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        ({}, None),
        (config(startTime="2001-01-01 00:00"), None),
        (config(startTime="2090-01-01 00:00"), 3_786_912_000.0),
        (config(startTime="2090-01-01T01:00:00+01:00"), 3_786_912_000.0),
    ],
)
def test_a_start_in_the_future_is_waited_for(settings: Any, start: float | None) -> None:
    assert starts_at(settings, NOW) == start


@pytest.mark.parametrize(
    ("settings", "behavior"),
    [
        ({}, None),
        (config(endTime="2090-01-01"), None),
        (config(endTime="2001-01-01"), "STOP_ROLLOUT"),
        (config(endTime="2001-01-01", endBehavior="FORCE_CANCEL"), "FORCE_CANCEL"),
    ],
)
def test_an_end_that_is_reached_says_what_to_do(settings: Any, behavior: str | None) -> None:
    assert end_behavior(settings, NOW) == behavior


@pytest.mark.parametrize(
    "settings",
    [
        config(startTime="soon"),
        config(startTime="2090-01-02", endTime="2090-01-01"),
        config(maintenanceWindows=[{"startTime": "cron(0 0 * * ? *)", "durationInMinutes": 60}]),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(settings: Any) -> None:
    with pytest.raises(errors.InvalidRequestException):
        starts_at(settings, NOW)
