"""What devices ask about their jobs over HTTPS; over MQTT the policies of topics count, here those of the job actions.

AWS renamed these actions: a policy may speak of `iotjobsdata:…` or, as older ones do, of `iot:…`.
"""

from collections.abc import Callable
from typing import Any

import orjson

from iot.core import errors
from iot.gateway.authorize import Refused, Why
from iot.gateway.requests import Call, Forbidden
from iot.services import job_executions
from iot.services.call import call

NEXT = "$next"
LONGEST_NUMBER = 18  # digits, which the database holds
_MEMBERS: dict[str, tuple[str, type]] = {
    "status": ("status", str),
    "statusDetails": ("status_details", dict),
    "stepTimeoutInMinutes": ("step_timeout_in_minutes", int),
    "expectedVersion": ("expected_version", int),
    "executionNumber": ("execution_number", int),
    "includeJobExecutionState": ("include_job_execution_state", bool),
    "includeJobDocument": ("include_job_document", bool),
}


async def get_pending_job_executions(request: Call, thing_name: str) -> bytes:
    _demand(request, "GetPendingJobExecutions", thing_name)
    return await _ask(request, job_executions.get_pending_job_executions, thing_name=thing_name)


async def describe_job_execution(request: Call, thing_name: str, job_id: str) -> bytes:
    _demand(request, "DescribeJobExecution", thing_name)
    number = request.query.get("executionNumber")
    if number is not None and not (number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise errors.InvalidRequestException("executionNumber must be a number")
    return await _ask(
        request,
        job_executions.describe_job_execution,
        thing_name=thing_name,
        job_id=job_id,
        execution_number=None if number is None else int(number),
        include_job_document=request.query.get("includeJobDocument", "true") != "false",
    )


async def start_next_pending_job_execution(request: Call, thing_name: str) -> bytes:
    _demand(request, "StartNextPendingJobExecution", thing_name)
    given = _members(request.body, "statusDetails", "stepTimeoutInMinutes")
    return await _ask(request, job_executions.start_next_pending_job_execution, thing_name=thing_name, **given)


async def update_job_execution(request: Call, thing_name: str, job_id: str) -> bytes:
    _demand(request, "UpdateJobExecution", thing_name)
    given = _members(request.body, *_MEMBERS)
    if "status" not in given:
        raise errors.InvalidRequestException("status is required")
    return await _ask(request, job_executions.update_job_execution, thing_name=thing_name, job_id=job_id, **given)


async def _ask(request: Call, service: Callable[..., Any], **members: Any) -> bytes:
    """Call a service; on this plane a version conflict has no error of its own."""
    try:
        answer = await call(service, request.shared.scope, **members)
    except errors.VersionConflictException as conflict:
        raise errors.InvalidStateTransitionException(conflict.message) from None
    return orjson.dumps(answer)


def _demand(request: Call, action: str, thing_name: str) -> None:
    """Demand that a policy allows the action under one of its names and none denies it under either."""
    refusals = [
        request.authority.may(f"{prefix}:{action}", "thing", thing_name, request.shared.scope)
        for prefix in ("iotjobsdata", "iot")
    ]
    denied = [refused for refused in refusals if refused is not None and refused.why is Why.POLICY_DENIES]
    refused: Refused | None = denied[0] if denied else refusals[0] if None not in refusals else None
    if refused is not None:
        raise Forbidden(refused)


def _members(body: bytes, *names: str) -> dict[str, Any]:
    """Read members of a JSON body under the names of the services."""
    try:
        given = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise errors.InvalidRequestException("The body is not JSON") from None
    if not isinstance(given, dict):
        raise errors.InvalidRequestException("The body must be a JSON object")
    found: dict[str, Any] = {}
    for name in names:
        value = given.get(name)
        keyword, kind = _MEMBERS[name]
        if value is None:
            continue
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise errors.InvalidRequestException(f"{name} is not of the right type")
        found[keyword] = value
    return found
