"""Dry runs and backtests: what a statement makes of messages, while no action runs."""

from typing import Any

from iot.api.extensions import SERVICE
from iot.api.registry import Answer, Caller, operation
from iot.core.message import Message, Properties, Sender
from iot.core.sql import NEW_VERSION
from iot.services import rule_trials
from iot.services.backtests import backtest

DEFAULT_MESSAGES = 100


@operation("TestRule", service=SERVICE, slow=True)
def test_rule(
    caller: Caller,
    *,
    sql: str,
    topic: str,
    aws_iot_sql_version: str = NEW_VERSION,
    payload: str = "",
    binary_payload: bytes | None = None,
    client_id: str = "n/a",
    user_properties: list[dict[str, str]] | None = None,
    templates: list[str] | None = None,
) -> Answer:
    pairs = tuple((one["name"], one["value"]) for one in user_properties or ())
    message = Message(
        topic,
        payload.encode() if binary_payload is None else binary_payload,
        properties=Properties(user_properties=pairs),
        sender=Sender(client_id),
    )
    return _told(
        rule_trials.try_rule(
            caller.scope, sql=sql, version=aws_iot_sql_version, message=message, templates=templates or ()
        )
    )


@operation("BacktestRule", service=SERVICE, slow=True)
def backtest_rule(
    caller: Caller,
    *,
    sql: str,
    aws_iot_sql_version: str = NEW_VERSION,
    topic_filter: str | None = None,
    max_results: int = DEFAULT_MESSAGES,
    templates: list[str] | None = None,
) -> Answer:
    found = backtest(
        caller.scope,
        sql=sql,
        version=aws_iot_sql_version,
        templates=templates or (),
        topic_filter=topic_filter,
        limit=max_results,
    )
    return {
        "results": [
            {"receivedAt": one.at, "topic": one.message.topic, "payload": one.message.payload, **_told(one.trial)}
            for one in found
        ]
    }


def _told(trial: rule_trials.Trial) -> dict[str, Any]:
    if trial.fault:
        return {"matched": False, "error": {"message": trial.fault, "line": trial.line, "column": trial.column}}
    return {
        "error": {"message": trial.failure} if trial.failure else None,
        "topicFilter": trial.topic_filter,
        "topicMatched": trial.topic_matches,
        "payloadIsJson": trial.payload_is_json,
        "terms": [
            {
                "line": one.line,
                "operator": one.operator,
                "left": one.left,
                "right": one.right,
                "passed": one.passed,
            }
            for one in trial.comparisons
        ],
        "matched": trial.topic_matches and trial.passed,
        "output": trial.output if trial.passed else None,
        "outputIsJson": trial.output_is_json if trial.passed else None,
        "templates": [
            {"template": one.text, "value": None if one.failure else one.value, "error": one.failure or None}
            for one in trial.templates
        ],
    }
