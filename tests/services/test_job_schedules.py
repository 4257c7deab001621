"""When jobs begin, pause and end."""

from typing import Any

import pytest

from iot.core import errors
from iot.services.job_schedules import check, end_behavior, is_due, is_open, next_openings

NOW = 1_893_456_000.0  # Tuesday, 2030-01-01 00:00
MONDAYS = {"startTime": "cron(0 18 ? * MON *)", "durationInMinutes": 60}
MONDAY_EVENING = NOW + 6 * 86_400 + 18 * 3600


def config(**schedule: Any) -> dict[str, Any]:
    return {"schedulingConfig": schedule}


@pytest.mark.parametrize(
    ("settings", "due"),
    [
        ({}, True),
        (config(startTime="2029-12-31 23:00"), True),
        (config(startTime="2030-01-01T00:30:00+01:00"), True),
        (config(startTime="2030-01-01 00:01"), False),
        (config(maintenanceWindows=[MONDAYS]), False),
    ],
)
def test_a_start_or_a_first_window_is_waited_for(settings: Any, due: bool) -> None:
    check(settings, NOW - 86_400)
    assert is_due(settings, NOW) is due


def test_a_job_goes_on_only_while_one_of_its_windows_is_open() -> None:
    settings = config(maintenanceWindows=[MONDAYS, {"startTime": "cron(0 6 1 * ? *)", "durationInMinutes": 1}])
    assert is_open({}, NOW)
    assert not is_open(settings, NOW)
    assert is_open(settings, NOW + 6 * 3600)
    assert is_open(settings, MONDAY_EVENING)
    assert not is_open(settings, MONDAY_EVENING + 3600)
    assert next_openings(settings, NOW)[:2] == ["2030-01-01T06:00:00Z", "2030-01-07T18:00:00Z"]
    assert len(next_openings(settings, NOW)) == 7
    assert next_openings(config(maintenanceWindows=[MONDAYS], endTime="2030-01-08"), NOW) == ["2030-01-07T18:00:00Z"]


@pytest.mark.parametrize(
    ("settings", "behavior"),
    [
        ({}, None),
        (config(endTime="2030-01-02"), None),
        (config(endTime="2029-12-31"), "STOP_ROLLOUT"),
        (config(endTime="2029-12-31", endBehavior="FORCE_CANCEL"), "FORCE_CANCEL"),
    ],
)
def test_an_end_that_is_reached_says_what_to_do(settings: Any, behavior: str | None) -> None:
    assert end_behavior(settings, NOW) == behavior


@pytest.mark.parametrize(
    "settings",
    [
        config(startTime="soon"),
        config(startTime="2030-01-01 00:29"),
        config(startTime="2031-02-01"),
        config(endTime="2030-01-01 00:29"),
        config(endTime="2033-01-01"),
        config(startTime="2030-01-02", endTime="2030-01-02 00:10"),
        config(maintenanceWindows=[{"startTime": "every Monday", "durationInMinutes": 60}]),
        config(maintenanceWindows=[{"startTime": "cron(0 18 ? * MON 2001)", "durationInMinutes": 60}]),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(settings: Any) -> None:
    with pytest.raises(errors.InvalidRequestException):
        check(settings, NOW)
