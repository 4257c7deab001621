"""Orders to try an action: checked as if the rule were saved."""

import base64
from typing import Any

import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message, Properties, Sender
from iot.services import action_trials

SCOPE = Scope("123456789012", "us-east-1")
SAMPLE = Message("a/b", b"\xff", properties=Properties(user_properties=(("k", "v"),)), sender=Sender("d1"))


def order(action: dict[str, Any], sql: str = "SELECT * FROM 'a/#'") -> dict[str, Any]:
    return action_trials.order(SCOPE, rule_name="r", sql=sql, version="2016-03-23", action=action, message=SAMPLE)


def test_an_order_holds_all_that_the_bridge_needs() -> None:
    action = {"sqs": {"queueUrl": "https://q", "roleArn": "r"}}
    assert order(action) == {
        "account": "123456789012",
        "region": "us-east-1",
        "rule": "r",
        "sql": "SELECT * FROM 'a/#'",
        "version": "2016-03-23",
        "action": action,
        "isErrorAction": False,
        "topic": "a/b",
        "payload": base64.b64encode(b"\xff").decode(),
        "clientId": "d1",
        "userProperties": (("k", "v"),),
    }


def test_a_local_action_is_ordered_as_the_bridge_knows_it() -> None:
    assert order({"table": {"name": "readings", "maximumRows": 5}})["action"] == {
        "thingstead": {"table": {"name": "readings", "maximumRows": 5}}
    }


def test_an_error_action_is_checked_and_ordered_as_one() -> None:
    def told(action: dict[str, Any]) -> Any:
        sql = "SELECT * FROM 'a/#'"
        return action_trials.order(
            SCOPE, rule_name="r", sql=sql, version="2016-03-23", action=action, message=SAMPLE, is_error_action=True
        )

    assert told({"http": {"url": "https://e.example"}})["isErrorAction"]
    with pytest.raises(errors.InvalidRequestException):
        told({"http": {"url": "https://e.example", "enableBatching": True}})


@pytest.mark.parametrize(
    "action",
    [
        {"file": {"name": "../secret_key"}},
        {"table": {"name": "t", "maximumRows": "many"}},
        {"republish": {"topic": "$changed/rules/x", "roleArn": "r"}},
        {"sqs": {"queueUrl": "${nothing(", "roleArn": "r"}},
    ],
)
def test_what_could_not_be_saved_cannot_be_tried(action: dict[str, Any]) -> None:
    with pytest.raises(errors.AwsError):
        order(action)


def test_a_statement_must_be_one() -> None:
    with pytest.raises(errors.SqlParseException):
        order({"republish": {"topic": "x", "roleArn": "r"}}, sql="SELECT")
