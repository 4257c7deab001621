"""Operations of our own about rules: failures, dry runs, backtests, tables that rules write, and figures."""

from typing import Any

from iot.api.shapes import described, in_path, in_query, plain, structure

_RULE = in_path("ruleName", "RuleName")
_FAILURE = in_path("failureId", "Number")
_TABLE = in_path("tableName", "TableName")
_PAGE = in_query(nextToken="Text", maxResults="PageSize")

OPERATIONS: dict[str, Any] = {
    one["name"]: one
    for one in (
        described(
            "ListRuleFailures",
            "GET",
            "/rule-failures",
            "Lists what rules failed at, newest first, perhaps of one rule, or only what waits or is dead.",
        ),
        described(
            "GetRuleFailure", "GET", "/rule-failures/{failureId}", "Gets a failure with its message and its request."
        ),
        described("RetryRuleFailure", "POST", "/rule-failures/{failureId}/retry", "Tries a failed request again now."),
        described("DiscardRuleFailure", "DELETE", "/rule-failures/{failureId}", "Throws a failure away."),
        described(
            "RetryRuleFailures",
            "POST",
            "/rules/{ruleName}/failures/retry",
            "Tries all failed requests of a rule again.",
        ),
        described("DiscardRuleFailures", "DELETE", "/rules/{ruleName}/failures", "Throws all failures of a rule away."),
        described(
            "TestRule",
            "POST",
            "/rule-trials",
            "Evaluates a statement, and templates of actions, for a message; no action runs.",
        ),
        described(
            "BacktestRule",
            "POST",
            "/rule-backtests",
            "Evaluates a statement for the last messages that were recorded on its FROM, newest first; no action runs.",
        ),
        described("ListTables", "GET", "/tables", "Lists the tables that rules write to."),
        described("ListTableRows", "GET", "/tables/{tableName}/rows", "Lists the rows of a table, newest first."),
        described(
            "GetRuleMetrics",
            "GET",
            "/rules/{ruleName}/metrics",
            "Gets the figures of a rule and of each of its actions, of all time or since a time of the last 14 days.",
        ),
    )
}

_SUMMARY = plain(
    failureId="Number",
    ruleName="Text",
    state="FailureState",
    action="Text",
    actionIndex="Whole",
    resource="Text",
    topic="Text",
    traceId="Text",
    reason="Text",
    attempts="Whole",
    createdAt="Moment",
    lastTriedAt="Moment",
    nextTryAt="Moment",
)
_STATEMENT = plain(sql="Statement", awsIotSqlVersion="SqlVersion", templates="Templates")
_TRIAL = plain(
    error="TrialError",
    topicFilter="Text",
    topicMatched="Truth",
    payloadIsJson="Truth",
    terms="TrialTerms",
    matched="Truth",
    output="Text",
    outputIsJson="Truth",
    templates="RenderedTemplates",
)
_COUNTS = plain(succeeded="Number", failed="Number", retried="Number")

SHAPES: dict[str, Any] = {
    "RuleName": {"type": "string", "max": 128, "min": 1, "pattern": "[a-zA-Z0-9_]+"},
    "TableName": {"type": "string", "max": 64, "min": 1, "pattern": "[a-zA-Z0-9_-]+"},
    "FailureState": {"type": "string", "enum": ["WAITING", "DEAD"]},
    "SqlVersion": {"type": "string", "enum": ["2015-10-08", "2016-03-23", "beta"]},
    "Statement": {"type": "string", "max": 16384, "min": 1},
    "Template": {"type": "string", "max": 4096},
    "Templates": {"type": "list", "member": {"shape": "Template"}, "max": 50},
    "PageSize": {"type": "integer", "max": 250, "min": 1},
    "TrialCount": {"type": "integer", "max": 500, "min": 1},
    "Number": {"type": "long", "min": 0},
    "Whole": {"type": "integer"},
    "Fraction": {"type": "double"},
    "Moment": {"type": "double"},
    "Truth": {"type": "boolean"},
    "Pairs": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
    "Counts": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Number"}},
    "RuleFailure": structure(_SUMMARY),
    "RuleFailures": {"type": "list", "member": {"shape": "RuleFailure"}},
    "ListRuleFailuresRequest": structure({**in_query(ruleName="RuleName", state="FailureState"), **_PAGE}),
    "ListRuleFailuresResponse": structure(plain(failures="RuleFailures", nextToken="Text")),
    "GetRuleFailureRequest": structure(_FAILURE, ["failureId"]),
    "GetRuleFailureResponse": structure(
        {**_SUMMARY, **plain(clientId="Text", payload="Json", userProperties="PropertyList", request="Text")}
    ),
    "Property": structure(plain(name="Text", value="Text"), ["name", "value"]),
    "PropertyList": {"type": "list", "member": {"shape": "Property"}, "max": 100},
    "RetryRuleFailureRequest": structure(_FAILURE, ["failureId"]),
    "RetryRuleFailureResponse": structure(plain(count="Number")),
    "DiscardRuleFailureRequest": structure(_FAILURE, ["failureId"]),
    "DiscardRuleFailureResponse": structure(plain(count="Number")),
    "RetryRuleFailuresRequest": structure(_RULE, ["ruleName"]),
    "RetryRuleFailuresResponse": structure(plain(count="Number")),
    "DiscardRuleFailuresRequest": structure(_RULE, ["ruleName"]),
    "DiscardRuleFailuresResponse": structure(plain(count="Number")),
    "TestRuleRequest": structure(
        {
            **_STATEMENT,
            **plain(topic="Text", payload="Text", binaryPayload="Json", clientId="Text", userProperties="PropertyList"),
        },
        ["sql", "topic"],
    ),
    "TestRuleResponse": structure(_TRIAL),
    "TrialError": structure(plain(message="Text", line="Whole", column="Whole")),
    "TrialTerm": structure(plain(line="Whole", operator="Text", left="Text", right="Text", passed="Truth")),
    "TrialTerms": {"type": "list", "member": {"shape": "TrialTerm"}},
    "RenderedTemplate": structure(plain(template="Text", value="Text", error="Text")),
    "RenderedTemplates": {"type": "list", "member": {"shape": "RenderedTemplate"}},
    "BacktestRuleRequest": structure(
        {**_STATEMENT, **plain(topicFilter="Text", maxResults="TrialCount")},
        ["sql"],
    ),
    "BacktestRuleResponse": structure(plain(results="PastTrials")),
    "PastTrial": structure({**_TRIAL, **plain(receivedAt="Moment", topic="Text", payload="Json")}),
    "PastTrials": {"type": "list", "member": {"shape": "PastTrial"}},
    "ListTablesRequest": structure({}),
    "ListTablesResponse": structure(plain(tables="Tables")),
    "Table": structure(plain(tableName="Text", rows="Number", first="Number", last="Number")),
    "Tables": {"type": "list", "member": {"shape": "Table"}},
    "ListTableRowsRequest": structure({**_TABLE, **in_query(since="Number", until="Number"), **_PAGE}, ["tableName"]),
    "ListTableRowsResponse": structure(plain(rows="TableRows", nextToken="Text")),
    "TableRow": structure(plain(at="Number", ruleName="Text", topic="Text", traceId="Text", data="Text")),
    "TableRows": {"type": "list", "member": {"shape": "TableRow"}},
    "GetRuleMetricsRequest": structure({**_RULE, **in_query(since="Number")}, ["ruleName"]),
    "GetRuleMetricsResponse": structure(
        {
            **plain(ruleName="Text", matched="Number", passed="Number", ran="Number", evaluationErrors="Number"),
            **_COUNTS,
            **plain(errorActionsSucceeded="Number", errorActionsFailed="Number", actions="ActionFigureList"),
        }
    ),
    "ActionFigures": structure({**plain(action="Text", ran="Number", latency="Latency"), **_COUNTS}),
    "ActionFigureList": {"type": "list", "member": {"shape": "ActionFigures"}},
    "Latency": structure(plain(totalSeconds="Fraction", averageSeconds="Fraction", within="Counts")),
}
