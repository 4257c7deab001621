"""The events of jobs and their executions, published where the account has switched them on."""

from iot.core.jobs.execution import Execution
from iot.models import Job
from iot.services import registry_events


def job_changed(job: Job, operation: str) -> None:
    """Publish that a job was completed, canceled or deleted."""
    if not registry_events.is_on(job.scope, "JOB"):
        return
    registry_events.publish(
        job.scope,
        f"job/{job.job_id}/{operation}",
        {
            "eventType": "JOB",
            "operation": operation,
            "jobId": job.job_id,
            "status": job.status,
            "targetSelection": job.selection,
            "targets": job.targets,
            "description": job.description,
            "completedAt": job.completed_at,
            "createdAt": job.created_at,
            "lastUpdatedAt": job.updated_at,
        },
    )


def execution_ended(job: Job, thing_name: str, state: Execution) -> None:
    """Publish that an execution has ended, by the name of how."""
    if not registry_events.is_on(job.scope, "JOB_EXECUTION"):
        return
    operation = state.status.lower()
    registry_events.publish(
        job.scope,
        f"jobExecution/{job.job_id}/{operation}",
        {
            "eventType": "JOB_EXECUTION",
            "operation": operation,
            "jobId": job.job_id,
            "thingArn": job.scope.arn("thing", thing_name),
            "status": state.status,
            "statusDetails": dict(state.details),
        },
    )
