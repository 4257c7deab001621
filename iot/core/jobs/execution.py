"""One job execution: the state table of a thing's share in a job.

A job gives each of its targets an execution. It waits as QUEUED until the device takes it (start-next, or an update
to IN_PROGRESS) and ends in one of six terminal states. Devices move it along the table `BY_DEVICE`; the service
ends it by cancelling, timing out or removing. Every change raises the version by one, so that a device that names
the version it expects cannot overwrite what it has not seen.

Two timers can end an execution. The in-progress timer belongs to the job, starts when the execution first becomes
IN_PROGRESS and is never moved; the step timer belongs to the device, which may set it anew with each update but
never beyond the in-progress timer. See "Job execution states" and "Job execution timeout" in the AWS IoT guide.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from iot.core import errors


class Status(StrEnum):
    QUEUED = "QUEUED"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    REJECTED = "REJECTED"
    REMOVED = "REMOVED"
    CANCELED = "CANCELED"


PENDING = frozenset({Status.QUEUED, Status.IN_PROGRESS})
TERMINAL = frozenset(Status) - PENDING
BY_DEVICE: Mapping[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.IN_PROGRESS, Status.SUCCEEDED, Status.FAILED, Status.REJECTED}),
    Status.IN_PROGRESS: frozenset({Status.IN_PROGRESS, Status.SUCCEEDED, Status.FAILED, Status.REJECTED}),
}

MAXIMUM_DETAILS = 10
MAXIMUM_TIMER_MINUTES = 10_080  # seven days
_DETAIL_KEY = re.compile(r"[a-zA-Z0-9:_-]{1,128}")


@dataclass(frozen=True, slots=True)
class Execution:
    """The state of one execution; times are epoch seconds, `version` counts changes, `number` repetitions of a job.

    `retries` counts what was tried again, by the state that it had ended in.
    """

    status: Status = Status.QUEUED
    details: Mapping[str, str] = field(default_factory=dict)
    queued_at: float = 0.0
    started_at: float | None = None
    updated_at: float = 0.0
    version: int = 1
    number: int = 1
    retries: Mapping[str, int] = field(default_factory=dict)
    in_progress_until: float | None = None
    step_until: float | None = None
    force_canceled: bool = False

    @property
    def attempt(self) -> int:
        """How often this execution was tried again."""
        return sum(self.retries.values())

    @property
    def deadline(self) -> float | None:
        """When a timer ends this execution, or None while no timer runs."""
        running = [timer for timer in (self.in_progress_until, self.step_until) if timer is not None]
        return min(running) if running and self.status is Status.IN_PROGRESS else None

    def seconds_left(self, now: float) -> int | None:
        """Answer `approximateSecondsBeforeTimedOut`."""
        return None if self.deadline is None else max(0, int(self.deadline - now))


def check_details(details: Mapping[str, object] | None) -> dict[str, str] | None:
    """Validate a request's statusDetails: at most ten pairs of short texts."""
    if details is None:
        return None
    if len(details) > MAXIMUM_DETAILS:
        raise errors.InvalidRequestException(f"statusDetails may hold at most {MAXIMUM_DETAILS} entries")
    for key, value in details.items():
        if not isinstance(value, str) or not 1 <= len(value) <= 1024:
            raise errors.InvalidRequestException(
                f"The value of statusDetails.{key} must be a string of 1 to 1024 characters"
            )
        if not _DETAIL_KEY.fullmatch(key):
            raise errors.InvalidRequestException(f"'{key}' is not a valid name in statusDetails")
    return {key: str(value) for key, value in details.items()}


def update(
    execution: Execution,
    status: Status,
    *,
    now: float,
    details: Mapping[str, str] | None = None,
    expected_version: int | None = None,
    step_timeout: int | None = None,
    in_progress_timeout: int | None = None,
) -> Execution:
    """Apply a device's update; timeouts are minutes, a `step_timeout` of -1 stops the step timer.

    Raises VersionConflictException, InvalidStateTransitionException or InvalidRequestException.
    """
    _expect(execution, expected_version)
    if status not in BY_DEVICE.get(execution.status, frozenset()):
        raise errors.InvalidStateTransitionException(
            f"Job Execution status cannot be changed from {execution.status} to {status}"
        )
    started = execution
    if execution.started_at is None and status is not Status.REJECTED:
        until = None if in_progress_timeout is None else now + 60 * in_progress_timeout
        started = replace(execution, started_at=now, in_progress_until=until)
    changed = replace(started, status=status, step_until=_step_timer(started, step_timeout, now))
    return _touch(changed, now, execution.details if details is None else details)


def cancel(
    execution: Execution,
    *,
    now: float,
    force: bool = False,
    expected_version: int | None = None,
    details: Mapping[str, str] | None = None,
) -> Execution:
    """Cancel a queued execution, or with `force` also one in progress."""
    _expect(execution, expected_version)
    if execution.status not in PENDING or (execution.status is Status.IN_PROGRESS and not force):
        raise errors.InvalidStateTransitionException(
            f"Job Execution status cannot be changed from {execution.status} to {Status.CANCELED}"
        )
    forced = force and execution.status is Status.IN_PROGRESS
    changed = replace(execution, status=Status.CANCELED, force_canceled=forced)
    return _touch(changed, now, execution.details if details is None else details)


def end(execution: Execution, status: Status, *, now: float) -> Execution:
    """End a pending execution by the service's own decision: TIMED_OUT, REMOVED or CANCELED."""
    return _touch(replace(execution, status=status), now, execution.details)


def retry(execution: Execution, *, now: float) -> Execution:
    """Queue a failed or timed-out execution once more."""
    return Execution(
        queued_at=now,
        updated_at=now,
        version=execution.version + 1,
        number=execution.number,
        retries={**execution.retries, execution.status: execution.retries.get(execution.status, 0) + 1},
    )


def may_retry(execution: Execution, criteria: Mapping[str, int]) -> bool:
    """Say whether a job's retry criteria (failure type to number of retries) allow another attempt."""
    if execution.status not in (Status.FAILED, Status.TIMED_OUT):
        return False
    of_this_kind = execution.retries.get(execution.status, 0)
    return of_this_kind < criteria.get(execution.status, 0) or execution.attempt < criteria.get("ALL", 0)


def _expect(execution: Execution, expected_version: int | None) -> None:
    if expected_version is not None and expected_version != execution.version:
        raise errors.VersionConflictException(
            f"Expected version {expected_version} but found version {execution.version}"
        )


def _step_timer(execution: Execution, minutes: int | None, now: float) -> float | None:
    if minutes is None:
        return execution.step_until
    if minutes == -1:
        return None
    if not 1 <= minutes <= MAXIMUM_TIMER_MINUTES:
        raise errors.InvalidRequestException(
            f"stepTimeoutInMinutes must be -1 or between 1 and {MAXIMUM_TIMER_MINUTES}"
        )
    return now + 60 * minutes


def _touch(execution: Execution, now: float, details: Mapping[str, str]) -> Execution:
    return replace(execution, details=dict(details), updated_at=now, version=execution.version + 1)
