"""What happened: refusals, the audit, and figures."""

import json
from typing import Any

from iot.api.extensions import SERVICE
from iot.api.registry import Answer, Caller, operation
from iot.services import audit, metrics, refusals
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("ListRefusals", service=SERVICE)
def list_refusals(
    caller: Caller,
    *,
    client_id: str | None = None,
    action: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
) -> Answer:
    rows = refusals.refusals(caller.scope, client_id=client_id)
    if action is not None:
        rows = rows.filter(action=action)
    page, token = paginate(
        rows, scope=caller.scope, kind="refusals", token=next_token, limit=max_results, newest_first=True
    )
    return {"refusals": [_refusal(row) for row in page], "nextToken": token}


@operation("ListAuditEntries", service=SERVICE)
def list_audit_entries(
    caller: Caller,
    *,
    text: str | None = None,
    channel: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
) -> Answer:
    rows = audit.matching(caller.scope, text) if text else audit.entries(caller.scope)
    if channel is not None:
        rows = rows.filter(channel=channel)
    page, token = paginate(
        rows, scope=caller.scope, kind="audit", token=next_token, limit=max_results, newest_first=True
    )
    return {"entries": [_entry(row) for row in page], "nextToken": token}


@operation("GetMetric", service=SERVICE)
def get_metric(caller: Caller, *, metric_name: str, since: int, dimension: str = "") -> Answer:
    points = metrics.series(caller.scope, metric_name, since, dimension)
    return {"points": [{"minute": minute, "value": value} for minute, value in points]}


def _refusal(row: Any) -> dict[str, Any]:
    return {
        "at": row.at,
        "firstAt": row.first_at,
        "count": row.count,
        "clientId": row.client_id,
        "principal": row.principal,
        "address": row.address,
        "action": row.action,
        "resource": row.resource,
        "reason": row.reason,
        "policyName": row.policy or None,
        "statementIndex": row.statement_index,
    }


def _entry(row: Any) -> dict[str, Any]:
    return {
        "at": row.at.timestamp(),
        "actor": row.actor,
        "channel": row.channel,
        "address": row.address,
        "operation": row.operation,
        "resource": row.resource,
        "outcome": row.outcome,
        "requestId": row.request_id,
        "before": None if row.before is None else json.dumps(row.before, ensure_ascii=False),
        "after": None if row.after is None else json.dumps(row.after, ensure_ascii=False),
    }
