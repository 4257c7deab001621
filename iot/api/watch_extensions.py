"""Operations of our own about what happened: refusals, the audit, and figures minute by minute."""

from typing import Any

from iot.api.shapes import described, in_path, in_query, plain, structure

_PAGE = in_query(nextToken="Text", maxResults="PageSize")

OPERATIONS: dict[str, Any] = {
    one["name"]: one
    for one in (
        described(
            "ListRefusals", "GET", "/refusals", "Lists what clients were not allowed to do, and why, newest first."
        ),
        described("ListAuditEntries", "GET", "/audit-entries", "Lists who changed what, newest first."),
        described(
            "GetMetric",
            "GET",
            "/metrics/{metricName}",
            "Gets a figure minute by minute since a time of the last 14 days; a rule's with its name as dimension.",
        ),
    )
}

SHAPES: dict[str, Any] = {
    "ListRefusalsRequest": structure({**in_query(clientId="Text", action="Text"), **_PAGE}),
    "ListRefusalsResponse": structure(plain(refusals="Refusals", nextToken="Text")),
    "Refusal": structure(
        plain(
            at="Moment",
            firstAt="Moment",
            count="Number",
            clientId="Text",
            principal="Text",
            address="Text",
            action="Text",
            resource="Text",
            reason="Text",
            policyName="Text",
            statementIndex="Whole",
        )
    ),
    "Refusals": {"type": "list", "member": {"shape": "Refusal"}},
    "ListAuditEntriesRequest": structure({**in_query(text="Text", channel="Text"), **_PAGE}),
    "ListAuditEntriesResponse": structure(plain(entries="AuditEntries", nextToken="Text")),
    "AuditEntry": structure(
        plain(
            at="Moment",
            actor="Text",
            channel="Text",
            address="Text",
            operation="Text",
            resource="Text",
            outcome="Text",
            requestId="Text",
            before="Text",
            after="Text",
        )
    ),
    "AuditEntries": {"type": "list", "member": {"shape": "AuditEntry"}},
    "MetricName": {"type": "string", "max": 100, "min": 1, "pattern": "[a-zA-Z0-9.]+"},
    "GetMetricRequest": structure(
        {**in_path("metricName", "MetricName"), **in_query(since="Number", dimension="Text")}, ["metricName", "since"]
    ),
    "GetMetricResponse": structure(plain(points="MetricPoints")),
    "MetricPoint": structure(plain(minute="Number", value="Fraction")),
    "MetricPoints": {"type": "list", "member": {"shape": "MetricPoint"}},
}
