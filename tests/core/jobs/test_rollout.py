"""Rollout rates and abort criteria."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.jobs.execution import Status
from iot.core.jobs.rollout import MAXIMUM_PER_MINUTE, Progress, abort_comment, allowance, rate_per_minute


def exponential(**criteria: int) -> dict[str, Any]:
    return {
        "exponentialRate": {"baseRatePerMinute": 50, "incrementFactor": 2, "rateIncreaseCriteria": criteria},
        "maximumPerMinute": 1000,
    }


@pytest.mark.parametrize(
    ("notified", "rate"), [(0, 50), (999, 50), (1000, 100), (2000, 200), (3000, 400), (4000, 800), (9000, 1000)]
)
def test_the_exponential_rate_grows_with_the_things_notified(notified: int, rate: int) -> None:
    """The guide's example: base 50, factor 2, every 1000 things."""
    assert rate_per_minute(exponential(numberOfNotifiedThings=1000), Progress(notified, {})) == rate


def test_the_exponential_rate_can_grow_with_successes() -> None:
    progress = Progress(5000, {Status.SUCCEEDED: 20, Status.FAILED: 1000})
    assert rate_per_minute(exponential(numberOfSucceededThings=10), progress) == 200


def test_a_constant_rate_is_capped_by_the_quota() -> None:
    assert rate_per_minute({}, Progress(0, {})) == MAXIMUM_PER_MINUTE
    assert rate_per_minute({"maximumPerMinute": 7}, Progress(0, {})) == 7
    assert rate_per_minute({"maximumPerMinute": 5000}, Progress(0, {})) == MAXIMUM_PER_MINUTE


@given(rate=st.integers(1, 1000), ticks=st.lists(st.floats(0.1, 5), min_size=1, max_size=50))
def test_fractions_are_carried_so_that_the_rate_is_kept(rate: int, ticks: list[float]) -> None:
    carried, total = 0.0, 0
    for elapsed in ticks:
        count, carried = allowance(rate, carried, elapsed)
        total += count
    assert rate * sum(ticks) / 60 - 1.001 <= total <= rate * sum(ticks) / 60 + 0.001


def test_idle_time_does_not_save_up_more_than_a_minute() -> None:
    assert allowance(10, 0, 3600) == (10, 0)


@pytest.mark.parametrize(
    ("counts", "aborts"),
    [
        ({}, False),
        ({Status.FAILED: 9}, False),
        ({Status.FAILED: 1, Status.SUCCEEDED: 9}, False),
        ({Status.FAILED: 2, Status.SUCCEEDED: 8}, True),
        ({Status.REJECTED: 10}, False),
        ({Status.FAILED: 2, Status.IN_PROGRESS: 50}, False),
    ],
)
def test_a_job_aborts_at_the_share_of_failures_after_enough_things(counts: Mapping[Status, int], aborts: bool) -> None:
    criterion = {
        "failureType": "FAILED",
        "action": "CANCEL",
        "thresholdPercentage": 20.0,
        "minNumberOfExecutedThings": 10,
    }
    assert bool(abort_comment([criterion], Progress(100, counts))) is aborts


def test_all_kinds_of_failure_count_together() -> None:
    criterion = {"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 50.0, "minNumberOfExecutedThings": 1}
    counts = {Status.FAILED: 1, Status.REJECTED: 1, Status.TIMED_OUT: 1, Status.SUCCEEDED: 3}
    assert abort_comment([criterion], Progress(6, counts)) == (
        "Abort criteria for failure type ALL with threshold 50.00% met. Total completed executions: 6, "
        "total ALL executions: 3"
    )
    assert not abort_comment([], Progress(6, counts))
