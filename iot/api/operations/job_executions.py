"""What devices ask about their jobs over HTTPS."""

from collections.abc import Callable

from iot.api.registry import Answer, Caller, operation
from iot.core import errors
from iot.services import job_executions, job_rollout

SERVICE = "iot-jobs-data"


@operation("GetPendingJobExecutions", SERVICE)
def get_pending_job_executions(caller: Caller, *, thing_name: str) -> Answer:
    return job_executions.get_pending_job_executions(caller.scope, thing_name=thing_name)


@operation("StartNextPendingJobExecution", SERVICE)
def start_next_pending_job_execution(
    caller: Caller,
    *,
    thing_name: str,
    status_details: dict[str, str] | None = None,
    step_timeout_in_minutes: int | None = None,
) -> Answer:
    return _asked(
        lambda: job_executions.start_next_pending_job_execution(
            caller.scope,
            thing_name=thing_name,
            status_details=status_details,
            step_timeout_in_minutes=step_timeout_in_minutes,
        )
    )


@operation("DescribeJobExecution", SERVICE)
def describe_job_execution(
    caller: Caller,
    *,
    job_id: str,
    thing_name: str,
    include_job_document: bool = True,
    execution_number: int | None = None,
) -> Answer:
    return job_executions.describe_job_execution(
        caller.scope,
        thing_name=thing_name,
        job_id=job_id,
        include_job_document=include_job_document,
        execution_number=execution_number,
    )


@operation("UpdateJobExecution", SERVICE)
def update_job_execution(
    caller: Caller,
    *,
    job_id: str,
    thing_name: str,
    status: str,
    status_details: dict[str, str] | None = None,
    step_timeout_in_minutes: int | None = None,
    expected_version: int | None = None,
    include_job_execution_state: bool = False,
    include_job_document: bool = False,
    execution_number: int | None = None,
) -> Answer:
    answer = _asked(
        lambda: job_executions.update_job_execution(
            caller.scope,
            thing_name=thing_name,
            job_id=job_id,
            status=status,
            status_details=status_details,
            step_timeout_in_minutes=step_timeout_in_minutes,
            expected_version=expected_version,
            include_job_execution_state=include_job_execution_state,
            include_job_document=include_job_document,
            execution_number=execution_number,
        )
    )
    job_rollout.settle(caller.scope, job_id)
    return answer


def _asked(ask: Callable[[], Answer]) -> Answer:
    """On this plane a version conflict has no error of its own."""
    try:
        return ask()
    except errors.VersionConflictException as conflict:
        raise errors.InvalidStateTransitionException(conflict.message) from None
