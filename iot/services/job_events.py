"""The events of jobs and their executions, published where the account has switched them on."""

from django.db.models import Count

from iot.core.jobs.execution import Execution, Status
from iot.models import Job, JobExecution
from iot.services import registry_events

_STATUSES = {
    "cancellation_in_progress": "CANCELLATION_IN_PROGRESS",
    "deletion_in_progress": "DELETION_IN_PROGRESS",
    "deleted": "DELETED",
}
_COUNTED = {
    "numberOfCanceledThings": Status.CANCELED,
    "numberOfRejectedThings": Status.REJECTED,
    "numberOfFailedThings": Status.FAILED,
    "numberOfRemovedThings": Status.REMOVED,
    "numberOfSucceededThings": Status.SUCCEEDED,
    "numberOfTimedOutThings": Status.TIMED_OUT,
}


def counts(job: Job) -> dict[Status, int]:
    """Answer how many of the executions that were handed out are in each state."""
    rows = job.executions.filter(rolled_out=True).values_list("status").annotate(Count("id"))
    return {Status(status): count for status, count in rows}


def job_changed(job: Job, operation: str) -> None:
    """Publish what becomes of a job, or begins to: completed, canceled, deletion_in_progress, …"""
    if not registry_events.is_on(job.scope, "JOB"):
        return
    members = {
        "eventType": "JOB",
        "operation": operation,
        "jobId": job.job_id,
        "status": _STATUSES.get(operation, job.status),
        "forceCanceled": job.force_canceled or None,
        "targetSelection": job.selection,
        "targets": job.targets,
        "description": job.description,
        "completedAt": _milliseconds(job.completed_at),
        "createdAt": _milliseconds(job.created_at),
        "lastUpdatedAt": _milliseconds(job.updated_at),
        "comment": job.comment or None,
    }
    if operation in ("completed", "canceled"):
        found = counts(job)
        members["jobProcessDetails"] = {name: found.get(status, 0) for name, status in _COUNTED.items()}
    registry_events.publish(
        job.scope, f"job/{job.job_id}/{operation}", {name: one for name, one in members.items() if one is not None}
    )


def execution_ended(job: Job, thing_name: str, state: Execution) -> None:
    """Publish that an execution has ended, by the name of how."""
    _execution_changed(job, thing_name, state.status.lower(), state.status, dict(state.details))


def execution_deleted(row: JobExecution) -> None:
    """Publish that an execution is deleted; its status is the one that it had."""
    _execution_changed(row.job, row.thing_name, "deleted", row.status, row.details)


def executions_deleted(job: Job) -> None:
    """Publish that all executions of a job are deleted, which may be many."""
    if registry_events.is_on(job.scope, "JOB_EXECUTION"):
        for row in job.executions.filter(rolled_out=True).iterator():
            _execution_changed(job, row.thing_name, "deleted", row.status, row.details)


def _execution_changed(job: Job, thing_name: str, operation: str, status: str, details: dict[str, str]) -> None:
    if not registry_events.is_on(job.scope, "JOB_EXECUTION"):
        return
    registry_events.publish(
        job.scope,
        f"jobExecution/{job.job_id}/{operation}",
        {
            "eventType": "JOB_EXECUTION",
            "operation": operation,
            "jobId": job.job_id,
            "thingArn": job.scope.arn("thing", thing_name),
            "status": status,
            "statusDetails": details,
        },
    )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
