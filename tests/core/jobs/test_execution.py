"""The state table of job executions, from the states and timers that the AWS IoT jobs guide describes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.jobs.execution import (
    BY_DEVICE,
    TERMINAL,
    Execution,
    Status,
    cancel,
    check_details,
    end,
    may_retry,
    retry,
    update,
)


def in_progress(**kwargs: Any) -> Execution:
    return update(Execution(), Status.IN_PROGRESS, now=100, **kwargs)


@given(before=st.sampled_from(Status), after=st.sampled_from(Status))
def test_a_device_moves_an_execution_only_along_the_table(before: Status, after: Status) -> None:
    execution = Execution(status=before)
    if after in BY_DEVICE.get(before, ()):
        assert update(execution, after, now=1).status is after
    else:
        with pytest.raises(errors.InvalidStateTransitionException, match=f"from {before} to {after}"):
            update(execution, after, now=1)


def test_every_change_raises_the_version_by_one() -> None:
    first = in_progress()
    second = update(first, Status.SUCCEEDED, now=101)
    assert (Execution().version, first.version, second.version) == (1, 2, 3)


def test_it_rejects_a_stale_version() -> None:
    with pytest.raises(errors.VersionConflictException):
        update(Execution(version=4), Status.IN_PROGRESS, now=1, expected_version=3)
    assert update(Execution(version=4), Status.IN_PROGRESS, now=1, expected_version=4).version == 5


def test_details_are_kept_until_new_ones_are_given() -> None:
    first = in_progress(details={"step": "1"})
    assert update(first, Status.IN_PROGRESS, now=101).details == {"step": "1"}
    assert update(first, Status.IN_PROGRESS, now=101, details={}).details == {}


def test_the_step_timer_never_outlives_the_in_progress_timer() -> None:
    """The guide's example: taken at 12:00 with 20 minutes; step timers of 7, 5, 9 set at :05, :10, :13 end at 12:20."""
    execution = update(Execution(), Status.IN_PROGRESS, now=0, in_progress_timeout=20)
    for minute, timer in ((5, 7), (10, 5), (13, 9)):
        execution = update(execution, Status.IN_PROGRESS, now=60 * minute, step_timeout=timer, in_progress_timeout=20)
    assert execution.deadline == 60 * 20
    assert execution.seconds_left(60 * 13) == 60 * 7
    assert execution.seconds_left(60 * 30) == 0


def test_a_step_timer_can_be_stopped() -> None:
    execution = in_progress(step_timeout=1)
    assert execution.deadline == 160
    assert update(execution, Status.IN_PROGRESS, now=101).deadline == 160
    stopped = update(execution, Status.IN_PROGRESS, now=101, step_timeout=-1)
    assert stopped.deadline is None
    assert stopped.seconds_left(101) is None


def test_no_timer_runs_once_an_execution_has_ended() -> None:
    assert update(in_progress(step_timeout=1), Status.FAILED, now=101).deadline is None


@pytest.mark.parametrize("minutes", [0, -2, 10_081])
def test_it_rejects_a_step_timer_out_of_range(minutes: int) -> None:
    with pytest.raises(errors.InvalidRequestException, match="stepTimeoutInMinutes"):
        in_progress(step_timeout=minutes)


def test_cancelling_one_in_progress_needs_force() -> None:
    assert cancel(Execution(), now=1).status is Status.CANCELED
    assert cancel(Execution(), now=1, force=True).force_canceled is False
    with pytest.raises(errors.InvalidStateTransitionException):
        cancel(in_progress(), now=1)
    forced = cancel(in_progress(), now=101, force=True, details={"why": "stop"})
    assert (forced.status, forced.force_canceled, forced.details) == (Status.CANCELED, True, {"why": "stop"})


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_what_has_ended_cannot_be_cancelled(status: Status) -> None:
    with pytest.raises(errors.InvalidStateTransitionException):
        cancel(Execution(status=status), now=1, force=True)


def test_it_rejects_cancelling_a_stale_version() -> None:
    with pytest.raises(errors.VersionConflictException):
        cancel(Execution(), now=1, expected_version=2)


def test_the_service_ends_an_execution() -> None:
    ended = end(in_progress(), Status.TIMED_OUT, now=200)
    assert (ended.status, ended.updated_at, ended.version) == (Status.TIMED_OUT, 200, 3)


def test_a_retry_is_a_fresh_start_of_the_same_execution() -> None:
    failed = update(in_progress(details={"a": "b"}), Status.FAILED, now=150)
    again = retry(failed, now=160)
    assert (again.status, again.attempt, again.version, again.number) == (Status.QUEUED, 1, 4, 1)
    assert (again.details, again.started_at, again.queued_at) == ({}, None, 160)


def test_only_failures_and_timeouts_are_retried_and_only_so_often() -> None:
    failed = Execution(status=Status.FAILED)
    assert may_retry(failed, {"FAILED": 1})
    assert may_retry(failed, {"ALL": 1})
    assert not may_retry(failed, {"TIMED_OUT": 1})
    assert not may_retry(Execution(status=Status.FAILED, retries={"FAILED": 1}), {"FAILED": 1})
    assert may_retry(Execution(status=Status.FAILED, retries={"TIMED_OUT": 1}), {"FAILED": 1, "TIMED_OUT": 1})
    assert not may_retry(Execution(status=Status.FAILED, retries={"TIMED_OUT": 1}), {"ALL": 1})
    assert may_retry(Execution(status=Status.TIMED_OUT), {"TIMED_OUT": 2})
    assert not may_retry(Execution(status=Status.REJECTED), {"ALL": 10})


def test_details_are_ten_pairs_of_short_texts() -> None:
    assert check_details(None) is None
    assert check_details({"step-1": "done"}) == {"step-1": "done"}
    for bad in ({str(n): "x" for n in range(11)}, {"a": 1}, {"a": ""}, {"a": "x" * 1025}, {"with space": "x"}):
        with pytest.raises(errors.InvalidRequestException):
            check_details(bad)


def test_an_execution_that_is_rejected_unseen_has_not_started() -> None:
    assert update(Execution(), Status.REJECTED, now=5).started_at is None
    assert update(Execution(), Status.FAILED, now=5).started_at == 5
