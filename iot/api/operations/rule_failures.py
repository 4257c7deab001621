"""What rules failed at: looked at, tried again, thrown away."""

from typing import Any

from iot.api.extensions import SERVICE
from iot.api.registry import Answer, Caller, operation
from iot.core import errors
from iot.services import rule_failures
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("ListRuleFailures", service=SERVICE)
def list_rule_failures(
    caller: Caller,
    *,
    rule_name: str | None = None,
    state: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
) -> Answer:
    dead = None if state is None else state == "DEAD"
    rows = rule_failures.failures(caller.scope, rule_name=rule_name, dead=dead)
    page, token = paginate(
        rows, scope=caller.scope, kind="rule-failures", token=next_token, limit=max_results, newest_first=True
    )
    return {"failures": [_summary(row) for row in page], "nextToken": token}


@operation("GetRuleFailure", service=SERVICE)
def get_rule_failure(caller: Caller, *, failure_id: int) -> Answer:
    row = rule_failures.find_failure(caller.scope, failure_id)
    found = {**_summary(row), "request": bytes(row.request).decode()}
    message = rule_failures.message_of(row)
    if message is not None:
        found["payload"] = message.payload
        found["clientId"] = None if message.sender is None else message.sender.client_id
        found["userProperties"] = [{"name": name, "value": value} for name, value in message.properties.user_properties]
    return found


@operation("RetryRuleFailure", service=SERVICE)
def retry_rule_failure(caller: Caller, *, failure_id: int) -> Answer:
    rule_failures.find_failure(caller.scope, failure_id)
    count = rule_failures.retry(caller.scope, failure_ids=[failure_id])
    if not count:
        raise errors.ConflictException("The statement could not be evaluated: there is no request to try again")
    return {"count": count}


@operation("RetryRuleFailures", service=SERVICE)
def retry_rule_failures(caller: Caller, *, rule_name: str) -> Answer:
    return {"count": rule_failures.retry(caller.scope, rule_name=rule_name)}


@operation("DiscardRuleFailure", service=SERVICE)
def discard_rule_failure(caller: Caller, *, failure_id: int) -> Answer:
    rule_failures.find_failure(caller.scope, failure_id)
    return {"count": rule_failures.discard(caller.scope, failure_ids=[failure_id])}


@operation("DiscardRuleFailures", service=SERVICE)
def discard_rule_failures(caller: Caller, *, rule_name: str) -> Answer:
    return {"count": rule_failures.discard(caller.scope, rule_name=rule_name)}


def _summary(row: Any) -> dict[str, Any]:
    return {
        "failureId": row.pk,
        "ruleName": row.rule,
        "state": "DEAD" if row.next_at is None else "WAITING",
        "action": row.action or None,
        "actionIndex": row.action_index if row.action else None,
        "resource": row.resource or None,
        "topic": row.topic,
        "traceId": row.trace or None,
        "reason": row.reason,
        "attempts": row.attempts,
        "createdAt": row.created_at,
        "lastTriedAt": row.last_at,
        "nextTryAt": row.next_at,
    }
