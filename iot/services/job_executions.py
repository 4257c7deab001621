"""Job executions: what devices do with them, and what the control plane sees of them.

The states and timers are `iot.core.jobs.execution`'s; this module reads and writes the rows. A change is written by
a conditional update on the version it was computed from, so that of two writers one is told to try again.
"""

import time
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.core.jobs.execution import (
    TERMINAL,
    Execution,
    Status,
    cancel,
    check_details,
    may_retry,
    retry,
    update,
)
from iot.models import Job, JobExecution
from iot.services import job_documents, job_events, job_notices

Answer = dict[str, Any]
_BY_DEVICE = (Status.IN_PROGRESS, Status.SUCCEEDED, Status.FAILED, Status.REJECTED)


def get_pending_job_executions(scope: Scope, *, thing_name: str) -> Answer:
    """List a thing's executions in progress and queued, oldest first, as the device sees them."""
    rows = list(job_notices.pending_rows(scope, thing_name))
    return {
        "inProgressJobs": [job_notices.summary(row) for row in rows if row.status == Status.IN_PROGRESS],
        "queuedJobs": [job_notices.summary(row) for row in rows if row.status == Status.QUEUED],
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
                job_notices.state_of(row),
                Status.IN_PROGRESS,
                now=time.time(),
                details=details,
                step_timeout=step_timeout_in_minutes,
                in_progress_timeout=_in_progress_timeout(row.job),
            )
            before = job_notices.pending(scope, thing_name)
            save(row, fresh)
            job_notices.tell(scope, {thing_name: before})
        return {"execution": job_notices.view(row, include_document=True)}


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
    return {"execution": job_notices.view(row, include_document=include_job_document)}


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
    details, wanted = check_details(status_details), _status(status)
    with transaction.atomic():
        row = _find(scope, thing_name, job_id, execution_number, lock=True)
        present, waiting = job_notices.state_of(row), job_notices.pending(scope, thing_name)
        try:
            after = update(
                present,
                wanted,
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
        job_notices.tell(scope, {thing_name: waiting})
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
        row = _find_of_fleet(scope, thing_name, job_id, None, lock=True)
        save(
            row,
            cancel(
                job_notices.state_of(row),
                now=time.time(),
                force=force,
                expected_version=expected_version,
                details=details,
            ),
        )
        job_notices.tell(scope, [thing_name])


def delete_job_execution(
    scope: Scope, *, thing_name: str, job_id: str, execution_number: int, force: bool = False
) -> None:
    """Delete one execution; one that has not ended only with `force`."""
    with transaction.atomic():
        row = _find_of_fleet(scope, thing_name, job_id, execution_number, lock=True)
        if row.status not in TERMINAL and not force:
            raise errors.InvalidStateTransitionException(
                f"Job execution for thing {thing_name} within job {job_id} in status {row.status} cannot be deleted "
                "without force flag."
            )
        job_events.execution_deleted(row)
        row.delete()
        job_notices.tell(scope, [thing_name])


def describe_job_execution_of_fleet(
    scope: Scope, *, thing_name: str, job_id: str, execution_number: int | None = None
) -> Answer:
    """Describe one execution to the control plane."""
    row = _find_of_fleet(scope, thing_name, job_id, execution_number)
    state = job_notices.state_of(row)
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
    scope: Scope,
    *,
    thing_name: str,
    status: str | None = None,
    job_id: str | None = None,
    namespace_id: str | None = None,
) -> QuerySet[JobExecution]:
    """Select the executions of a thing that have been handed out, with their jobs."""
    rows = JobExecution.objects.filter(
        account=scope.account, region=scope.region, thing_name=thing_name, rolled_out=True
    ).select_related("job")
    if status:
        rows = rows.filter(status=status)
    if namespace_id:
        rows = rows.filter(job__settings__namespaceId=namespace_id)
    return rows.filter(job__job_id=job_id) if job_id else rows


def fleet_summary(row: JobExecution) -> Answer:
    """Answer AWS's JobExecutionSummary for a row."""
    return {
        "status": row.status,
        "queuedAt": row.queued_at,
        "startedAt": row.started_at,
        "lastUpdatedAt": row.updated_at,
        "executionNumber": row.number,
        "retryAttempt": job_notices.state_of(row).attempt or None,
    }


def save(row: JobExecution, state: Execution) -> None:
    """Write the core's record to a row, unless somebody else has changed it meanwhile."""
    fields = {
        "status": state.status,
        "details": dict(state.details),
        "queued_at": state.queued_at,
        "started_at": state.started_at,
        "updated_at": state.updated_at,
        "version": state.version,
        "retries": dict(state.retries),
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


def _status(name: str) -> Status:
    if name not in set(Status):
        raise errors.InvalidRequestException(f"status must be one of {', '.join(_BY_DEVICE)}")
    if name not in _BY_DEVICE:
        raise errors.InvalidStateTransitionException(f"The status of job execution cannot be changed to be {name}")
    return Status(name)


def _state_view(row: JobExecution) -> Answer:
    return {"status": row.status, "statusDetails": row.details, "versionNumber": row.version}


def _in_progress_timeout(job: Job) -> int | None:
    minutes: int | None = job.settings.get("timeoutConfig", {}).get("inProgressTimeoutInMinutes")
    return minutes


def _next(scope: Scope, thing_name: str, *, lock: bool = False) -> JobExecution | None:
    rows = job_notices.pending_rows(scope, thing_name)
    return job_notices.first(rows.select_for_update(of=("self",)) if lock else rows)


def _find(
    scope: Scope, thing_name: str, job_id: str, execution_number: int | None, *, lock: bool = False
) -> JobExecution:
    rows = executions_for_thing(scope, thing_name=thing_name, job_id=job_id).order_by("-number")
    if execution_number is not None:
        rows = rows.filter(number=execution_number)
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Job {job_id} not found for {thing_name}")
    return row


def _find_of_fleet(
    scope: Scope, thing_name: str, job_id: str, execution_number: int | None, *, lock: bool = False
) -> JobExecution:
    """Find an execution for the control plane, which words it otherwise."""
    try:
        return _find(scope, thing_name, job_id, execution_number, lock=lock)
    except errors.ResourceNotFoundException:
        known = Job.objects.filter(account=scope.account, region=scope.region, job_id=job_id).exists()
        raise errors.ResourceNotFoundException(
            f"Job execution for thing {thing_name} cannot be found within job {job_id}."
            if known
            else f"Job execution cannot be found as the Job {job_id} does not exist."
        ) from None
