"""Job requests over MQTT. An answer goes to the connection that asked: without a subscription, and to nobody else."""

import time
from typing import Any

import orjson

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.topic import Reserved
from iot.reserved.replies import to_sender
from iot.services import job_executions, job_notices

Body = dict[str, Any]

_CODES = {
    "InvalidRequestException": "InvalidRequest",
    "InvalidStateTransitionException": "InvalidStateTransition",
    "ResourceNotFoundException": "ResourceNotFound",
    "TerminalStateException": "TerminalStateReached",
    "ThrottlingException": "RequestThrottled",
    "VersionConflictException": "VersionMismatch",
}
_WITH_STATE = ("InvalidStateTransition", "VersionMismatch")
MAXIMUM_TOKEN_BYTES = 64


def answer_request(scope: Scope, request: Reserved, message: Message) -> Message:
    """Carry out one request and make the message that answers it."""
    body: Body = {}
    try:
        body = _parse(message.payload)
        found = _ask(scope, request, body)
        outcome = "accepted"
    except errors.AwsError as error:
        found, outcome = _refusal(error), "rejected"
    found["timestamp"] = int(time.time())
    if isinstance(body.get("clientToken"), str):
        found["clientToken"] = body["clientToken"]
    return to_sender(f"{message.topic}/{outcome}", orjson.dumps(found), message.sender)


def _ask(scope: Scope, request: Reserved, body: Body) -> Body:
    thing, job = request.subject, request.detail
    if request.operation == "start-next":
        found = job_executions.start_next_pending_job_execution(
            scope, thing_name=thing, **_chosen(body, statusDetails=dict, stepTimeoutInMinutes=int)
        )
    elif not job:
        return job_executions.get_pending_job_executions(scope, thing_name=thing)
    elif request.operation == "get":
        found = job_executions.describe_job_execution(
            scope, thing_name=thing, job_id=job, **_chosen(body, executionNumber=int, includeJobDocument=bool)
        )
    else:
        return _update(scope, thing, job, body)
    if "execution" in found:
        found["execution"] = job_notices.with_document_as_value(found["execution"])
    return found


def _update(scope: Scope, thing: str, job: str, body: Body) -> Body:
    chosen = _chosen(
        body,
        status=str,
        statusDetails=dict,
        stepTimeoutInMinutes=int,
        expectedVersion=int,
        executionNumber=int,
        includeJobExecutionState=bool,
        includeJobDocument=bool,
    )
    if "status" not in chosen:
        raise errors.InvalidRequestException("status is required")
    found = job_executions.update_job_execution(scope, thing_name=thing, job_id=job, **chosen)
    return job_notices.with_document_as_value(found)


def _chosen(body: Body, **kinds: type) -> Body:
    """Take the members that a request may have, by the names of the service's keywords; each must be of its kind."""
    found: Body = {}
    for name, kind in kinds.items():
        value = body.get(name)
        if value is None:
            continue
        if kind is int and isinstance(value, str) and value.lstrip("-").isdecimal():
            value = int(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise errors.InvalidRequestException(f"{name} has the wrong type")
        found[_keyword(name)] = value
    return found


def _keyword(name: str) -> str:
    return "".join(f"_{character.lower()}" if character.isupper() else character for character in name)


def _parse(payload: bytes) -> Body:
    try:
        body = orjson.loads(payload) if payload.strip() else {}
    except orjson.JSONDecodeError:
        raise _InvalidJson("The request is not valid JSON") from None
    if not isinstance(body, dict):
        raise _InvalidJson("The request is not a JSON object")
    token = body.get("clientToken")
    if token is not None and (not isinstance(token, str) or len(token.encode()) > MAXIMUM_TOKEN_BYTES):
        raise errors.InvalidRequestException(f"clientToken must be a text of at most {MAXIMUM_TOKEN_BYTES} bytes")
    return body


class _InvalidJson(errors.AwsError):
    """A request that is no JSON object; it has a code of its own."""


def _refusal(error: errors.AwsError) -> Body:
    code = "InvalidJson" if isinstance(error, _InvalidJson) else _CODES.get(error.code, "InternalError")
    found: Body = {"code": code, "message": error.message}
    if code in _WITH_STATE and "executionState" in error.members:
        found["executionState"] = error.members["executionState"]
    return found
