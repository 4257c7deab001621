"""Job executions: what devices do with them, what the control plane sees of them, and who is told when they change.

The states and timers are `iot.core.jobs.execution`'s; this module reads and writes the rows. A change is written by
a conditional update on the version it was computed from, so that of two writers one is told to try again.
"""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet

from iot.bridge.outbox import emit
from iot.core import errors
from iot.core.arn import Scope
from iot.core.jobs.execution import (
    PENDING,
    TERMINAL,
    Execution,
    Status,
    cancel,
    check_details,
    may_retry,
    retry,
    update,
)
from iot.core.message import Message
from iot.models import Job, JobExecution
from iot.services import job_documents, job_events

Answer = dict[str, Any]
Pending = tuple[int | None, frozenset[int]]
_BY_DEVICE = (Status.IN_PROGRESS, Status.SUCCEEDED, Status.FAILED, Status.REJECTED)


def get_pending_job_executions(scope: Scope, *, thing_name: str) -> Answer:
    """List a thing's executions in progress and queued, oldest first, as the device sees them."""
    rows = list(_pending(scope, thing_name))
    return {
        "inProgressJobs": [_summary(row) for row in rows if row.status == Status.IN_PROGRESS],
        "queuedJobs": [_summary(row) for row in rows if row.status == Status.QUEUED],
    }


def start_next_pending_job_execution(
    scope: Scope,
    *,
    thing_name: str,
    status_details: Mapping[str, object] | None = None,
    step_timeout_in_minutes: int | None = None,
) -> Answer:
    """Hand the device its next execution and mark it IN_PROGRESS; an answer without `execution` means there is none."""
    details = check_details(status_details)
    with transaction.atomic():
        row = _next(scope, thing_name, lock=True)
        if row is None:
            return {}
        if row.status == Status.QUEUED:
            fresh = update(
                state_of(row),
                Status.IN_PROGRESS,
                now=time.time(),
                details=details,
                step_timeout=step_timeout_in_minutes,
                in_progress_timeout=_in_progress_timeout(row.job),
            )
            before = pending(scope, thing_name)
            save(row, fresh)
            tell(scope, {thing_name: before})
        return {"execution": view(row, include_document=True)}


def describe_job_execution(
    scope: Scope,
    *,
    thing_name: str,
    job_id: str,
    execution_number: int | None = None,
    include_job_document: bool = True,
) -> Answer:
    """Describe one execution to its device; `$next` names the next one. Raises TerminalStateException."""
    row = _next(scope, thing_name) if job_id == "$next" else _find(scope, thing_name, job_id, execution_number)
    if row is None:
        return {}
    if row.status in TERMINAL:
        raise errors.TerminalStateException(f"Job Execution for job {job_id} has ended as {row.status}")
    return {"execution": view(row, include_document=include_job_document)}


def update_job_execution(
    scope: Scope,
    *,
    thing_name: str,
    job_id: str,
    status: str,
    status_details: Mapping[str, object] | None = None,
    step_timeout_in_minutes: int | None = None,
    expected_version: int | None = None,
    execution_number: int | None = None,
    include_job_execution_state: bool = False,
    include_job_document: bool = False,
) -> Answer:
    """Apply a device's update. Raises as `iot.core.jobs.execution.update` and ResourceNotFoundException."""
    details = check_details(status_details)
    with transaction.atomic():
        row = _find(scope, thing_name, job_id, execution_number, lock=True)
        present, waiting = state_of(row), pending(scope, thing_name)
        try:
            after = update(
                present,
                _status(status),
                now=time.time(),
                details=details,
                expected_version=expected_version,
                step_timeout=step_timeout_in_minutes,
                in_progress_timeout=_in_progress_timeout(row.job),
            )
        except (errors.VersionConflictException, errors.InvalidStateTransitionException) as refusal:
            refusal.members["executionState"] = _state_view(row)
            raise
        save(row, after)
        requeue(row, after)
        tell(scope, {thing_name: waiting})
    answer: Answer = {}
    if include_job_execution_state:
        answer["executionState"] = {
            "status": after.status,
            "statusDetails": dict(after.details),
            "versionNumber": after.version,
        }
    if include_job_document:
        answer["jobDocument"] = job_documents.deliverable(scope, row.job)
    return answer


def cancel_job_execution(
    scope: Scope,
    *,
    thing_name: str,
    job_id: str,
    force: bool = False,
    expected_version: int | None = None,
    status_details: Mapping[str, object] | None = None,
) -> None:
    """Cancel one execution; one in progress only with `force`."""
    details = check_details(status_details)
    with transaction.atomic():
        row = _find(scope, thing_name, job_id, None, lock=True)
        save(
            row, cancel(state_of(row), now=time.time(), force=force, expected_version=expected_version, details=details)
        )
        tell(scope, [thing_name])


def delete_job_execution(
    scope: Scope, *, thing_name: str, job_id: str, execution_number: int, force: bool = False
) -> None:
    """Delete one execution; one that has not ended only with `force`."""
    with transaction.atomic():
        row = _find(scope, thing_name, job_id, execution_number, lock=True)
        if row.status not in TERMINAL and not force:
            raise errors.InvalidStateTransitionException(
                f"Job Execution for job {job_id} and thing {thing_name} has not ended; use force to delete it"
            )
        row.delete()
        tell(scope, [thing_name])


def describe_job_execution_of_fleet(
    scope: Scope, *, thing_name: str, job_id: str, execution_number: int | None = None
) -> Answer:
    """Describe one execution to the control plane."""
    row = _find(scope, thing_name, job_id, execution_number)
    state = state_of(row)
    return {
        "execution": {
            "jobId": job_id,
            "status": row.status,
            "forceCanceled": row.force_canceled,
            "statusDetails": {"detailsMap": row.details},
            "thingArn": scope.arn("thing", thing_name),
            "queuedAt": row.queued_at,
            "startedAt": row.started_at,
            "lastUpdatedAt": row.updated_at,
            "executionNumber": row.number,
            "versionNumber": row.version,
            "approximateSecondsBeforeTimedOut": state.seconds_left(time.time()),
        }
    }


def executions_for_job(scope: Scope, *, job_id: str, status: str | None = None) -> QuerySet[JobExecution]:
    """Select the executions of a job that have been handed out."""
    rows = JobExecution.objects.filter(account=scope.account, region=scope.region, job__job_id=job_id, rolled_out=True)
    return rows.filter(status=status) if status else rows


def executions_for_thing(
    scope: Scope, *, thing_name: str, status: str | None = None, job_id: str | None = None
) -> QuerySet[JobExecution]:
    """Select the executions of a thing that have been handed out, with their jobs."""
    rows = JobExecution.objects.filter(
        account=scope.account, region=scope.region, thing_name=thing_name, rolled_out=True
    ).select_related("job")
    if status:
        rows = rows.filter(status=status)
    return rows.filter(job__job_id=job_id) if job_id else rows


def fleet_summary(row: JobExecution) -> Answer:
    """Answer AWS's JobExecutionSummary for a row."""
    return {
        "status": row.status,
        "queuedAt": row.queued_at,
        "startedAt": row.started_at,
        "lastUpdatedAt": row.updated_at,
        "executionNumber": row.number,
        "retryAttempt": row.attempt or None,
    }


def state_of(row: JobExecution) -> Execution:
    """Read a row as the core's record."""
    return Execution(
        status=Status(row.status),
        details=row.details,
        queued_at=row.queued_at,
        started_at=row.started_at,
        updated_at=row.updated_at,
        version=row.version,
        number=row.number,
        attempt=row.attempt,
        in_progress_until=row.in_progress_until,
        step_until=row.step_until,
        force_canceled=row.force_canceled,
    )


def save(row: JobExecution, state: Execution) -> None:
    """Write the core's record to a row, unless somebody else has changed it meanwhile."""
    fields = {
        "status": state.status,
        "details": dict(state.details),
        "queued_at": state.queued_at,
        "started_at": state.started_at,
        "updated_at": state.updated_at,
        "version": state.version,
        "attempt": state.attempt,
        "in_progress_until": state.in_progress_until,
        "step_until": state.step_until,
        "deadline": state.deadline,
        "force_canceled": state.force_canceled,
    }
    if not JobExecution.objects.filter(pk=row.pk, version=row.version).update(**fields):
        raise errors.VersionConflictException("The execution was changed by somebody else at the same moment")
    if state.status in TERMINAL and row.status not in TERMINAL:
        job_events.execution_ended(row.job, row.thing_name, state)
    for name, value in fields.items():
        setattr(row, name, value)


def requeue(row: JobExecution, state: Execution) -> None:
    """Queue an execution that has failed or timed out once more where the job's retry criteria allow it."""
    criteria = row.job.settings.get("jobExecutionsRetryConfig", {}).get("criteriaList", ())
    if may_retry(state, {one["failureType"]: one["numberOfRetries"] for one in criteria}):
        save(row, retry(state, now=time.time()))


def pending(scope: Scope, thing_name: str) -> Pending:
    """Answer the keys of a thing's pending executions, the next one first."""
    rows = list(_pending(scope, thing_name))
    first = _first(rows)
    return (None if first is None else first.pk, frozenset(row.pk for row in rows))


def tell(scope: Scope, things: Iterable[str] | Mapping[str, Pending]) -> None:
    """Publish `notify` and `notify-next` to things whose pending executions have changed.

    Where what was pending before is known, only what has really changed is published: `notify` when an execution has
    come or gone, `notify-next` when another one is the next.
    """
    now = int(time.time())
    for thing_name in things:
        rows = list(_pending(scope, thing_name))
        following = _first(rows)
        before = things[thing_name] if isinstance(things, Mapping) else None
        prefix = f"$aws/things/{thing_name}/jobs"
        if before is None or before[1] != frozenset(row.pk for row in rows):
            groups: dict[str, list[Answer]] = {}
            for row in rows:
                groups.setdefault(row.status, []).append(_summary(row))
            emit(Message(f"{prefix}/notify", orjson.dumps({"timestamp": now, "jobs": groups}), qos=1))
        if before is None or before[0] != (None if following is None else following.pk):
            notice: Answer = {"timestamp": now}
            if following is not None:
                notice["execution"] = with_document_as_value(view(following, include_document=True))
            emit(Message(f"{prefix}/notify-next", orjson.dumps(notice), qos=1))


def with_document_as_value(execution: Answer) -> Answer:
    """Over MQTT a job's document travels as the JSON value that it is, over HTTP as text."""
    if "jobDocument" not in execution:
        return execution
    return {**execution, "jobDocument": orjson.loads(execution["jobDocument"])}


def view(row: JobExecution, *, include_document: bool) -> Answer:
    """Answer an execution as its device sees it; times are whole epoch seconds, the document is JSON text."""
    answer: Answer = {
        "jobId": row.job.job_id,
        "thingName": row.thing_name,
        "status": row.status,
        "statusDetails": row.details or None,
        **_summary(row),
        "approximateSecondsBeforeTimedOut": state_of(row).seconds_left(time.time()),
    }
    if include_document:
        answer["jobDocument"] = job_documents.deliverable(row.job.scope, row.job)
    return {key: value for key, value in answer.items() if value is not None}


def _summary(row: JobExecution) -> Answer:
    answer: Answer = {
        "jobId": row.job.job_id,
        "queuedAt": int(row.queued_at),
        "lastUpdatedAt": int(row.updated_at),
        "executionNumber": row.number,
        "versionNumber": row.version,
    }
    if row.started_at is not None:
        answer["startedAt"] = int(row.started_at)
    return answer


def _status(name: str) -> Status:
    if name not in _BY_DEVICE:
        raise errors.InvalidRequestException(f"status must be one of {', '.join(_BY_DEVICE)}")
    return Status(name)


def _state_view(row: JobExecution) -> Answer:
    return {"status": row.status, "statusDetails": row.details, "versionNumber": row.version}


def _in_progress_timeout(job: Job) -> int | None:
    minutes: int | None = job.settings.get("timeoutConfig", {}).get("inProgressTimeoutInMinutes")
    return minutes


def _pending(scope: Scope, thing_name: str) -> QuerySet[JobExecution]:
    return (
        JobExecution.objects.filter(
            account=scope.account, region=scope.region, thing_name=thing_name, status__in=PENDING, rolled_out=True
        )
        .select_related("job")
        .order_by("queued_at", "id")
    )


def _first(rows: Iterable[JobExecution]) -> JobExecution | None:
    """Choose the next execution: one in progress first, then in order of creation."""
    return min(rows, key=lambda row: (row.status != Status.IN_PROGRESS, row.queued_at, row.pk), default=None)


def _next(scope: Scope, thing_name: str, *, lock: bool = False) -> JobExecution | None:
    rows = _pending(scope, thing_name)
    return _first(rows.select_for_update(of=("self",)) if lock else rows)


def _find(
    scope: Scope, thing_name: str, job_id: str, execution_number: int | None, *, lock: bool = False
) -> JobExecution:
    rows = executions_for_thing(scope, thing_name=thing_name, job_id=job_id).order_by("-number")
    if execution_number is not None:
        rows = rows.filter(number=execution_number)
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Job Execution does not exist for thing {thing_name} and job {job_id}")
    return row
