"""What a device has pending, as the device sees it, and telling it when that changes."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from django.db.models import QuerySet

from iot.bridge.outbox import emit
from iot.core.arn import Scope
from iot.core.jobs.execution import PENDING, Execution, Status
from iot.core.message import Message
from iot.models import JobExecution
from iot.services import job_documents

Answer = dict[str, Any]
Attempt = tuple[int, int]
Pending = tuple[Attempt | None, frozenset[Attempt]]


def pending(scope: Scope, thing_name: str) -> Pending:
    """Answer the attempts that a thing has pending: the next one, and all."""
    return _attempts(list(pending_rows(scope, thing_name)))


def tell(scope: Scope, things: Iterable[str] | Mapping[str, Pending]) -> None:
    """Publish `notify` and `notify-next` to things whose pending executions have changed.

    Where what was pending before is known, only what has really changed is published: `notify` when an execution has
    come or gone, `notify-next` when another one is the next. What is tried again has gone and come.
    """
    now = int(time.time())
    for thing_name in things:
        rows = list(pending_rows(scope, thing_name))
        before = things[thing_name] if isinstance(things, Mapping) else None
        after = _attempts(rows)
        prefix = f"$aws/things/{thing_name}/jobs"
        if before is None or before[1] != after[1]:
            groups: dict[str, list[Answer]] = {}
            for row in rows:
                groups.setdefault(row.status, []).append(summary(row))
            emit(Message(f"{prefix}/notify", orjson.dumps({"timestamp": now, "jobs": groups}), qos=1))
        if before is None or before[0] != after[0]:
            notice: Answer = {"timestamp": now}
            if following := first(rows):
                notice["execution"] = with_document_as_value(view(following, include_document=True))
            emit(Message(f"{prefix}/notify-next", orjson.dumps(notice), qos=1))


def pending_rows(scope: Scope, thing_name: str) -> QuerySet[JobExecution]:
    """Select a thing's executions in progress and queued, with their jobs."""
    return (
        JobExecution.objects.filter(
            account=scope.account, region=scope.region, thing_name=thing_name, status__in=PENDING, rolled_out=True
        )
        .select_related("job")
        .order_by("queued_at", "id")
    )


def first(rows: Iterable[JobExecution]) -> JobExecution | None:
    """Choose the next execution: one in progress first, then in order of creation."""
    return min(rows, key=lambda row: (row.status != Status.IN_PROGRESS, row.queued_at, row.pk), default=None)


def _attempts(rows: list[JobExecution]) -> Pending:
    keys = {row.pk: (row.pk, state_of(row).attempt) for row in rows}
    following = first(rows)
    return None if following is None else keys[following.pk], frozenset(keys.values())


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
        **summary(row),
        "approximateSecondsBeforeTimedOut": state_of(row).seconds_left(time.time()),
    }
    if include_document:
        answer["jobDocument"] = job_documents.deliverable(row.job.scope, row.job)
    return {key: value for key, value in answer.items() if value is not None}


def summary(row: JobExecution) -> Answer:
    """Answer the shape JobExecutionSummary of the device's plane."""
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
        retries=row.retries,
        in_progress_until=row.in_progress_until,
        step_until=row.step_until,
        force_canceled=row.force_canceled,
    )
