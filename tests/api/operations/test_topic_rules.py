"""Topic rules over boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

PAYLOAD = {
    "sql": "SELECT * FROM 'topic/*' WHERE something > 0",
    "actions": [{"dynamoDBv2": {"putItem": {"tableName": "table"}, "roleArn": "role"}}],
    "errorAction": {"republish": {"qos": 0, "roleArn": "role", "topic": "errors"}},
    "description": "mine",
    "ruleDisabled": False,
    "awsIotSqlVersion": "2016-03-23",
}


def test_a_rule_is_created_read_replaced_switched_and_deleted(iot: Any) -> None:
    iot.create_topic_rule(ruleName="rule", topicRulePayload=PAYLOAD)
    found = iot.get_topic_rule(ruleName="rule")
    assert found["ruleArn"] == "arn:aws:iot:us-east-1:123456789012:rule/rule"
    assert found["rule"].pop("createdAt")
    assert found["rule"] == {**PAYLOAD, "ruleName": "rule"}
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_topic_rule(ruleName="rule", topicRulePayload=PAYLOAD)
    iot.replace_topic_rule(ruleName="rule", topicRulePayload={"sql": "SELECT a FROM 'b'", "actions": []})
    rule = iot.get_topic_rule(ruleName="rule")["rule"]
    assert (rule["sql"], rule["actions"], rule["awsIotSqlVersion"]) == ("SELECT a FROM 'b'", [], "2015-10-08")
    assert "description" not in rule
    assert "errorAction" not in rule
    iot.disable_topic_rule(ruleName="rule")
    assert iot.get_topic_rule(ruleName="rule")["rule"]["ruleDisabled"] is True
    iot.enable_topic_rule(ruleName="rule")
    assert iot.get_topic_rule(ruleName="rule")["rule"]["ruleDisabled"] is False
    iot.delete_topic_rule(ruleName="rule")
    assert iot.list_topic_rules()["rules"] == []


def test_a_missing_rule_is_unauthorized_as_on_aws(iot: Any) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: iot.get_topic_rule(ruleName="rule"),
        lambda: iot.delete_topic_rule(ruleName="rule"),
        lambda: iot.enable_topic_rule(ruleName="rule"),
        lambda: iot.disable_topic_rule(ruleName="rule"),
        lambda: iot.replace_topic_rule(ruleName="rule", topicRulePayload=PAYLOAD),
    ]
    for call in calls:
        with pytest.raises(iot.exceptions.UnauthorizedException) as error:
            call()
        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 401
        assert error.value.response["Error"]["Message"] == "Access to topic rule 'rule' was denied"


def test_rules_are_listed_by_topic_and_state(iot: Any) -> None:
    for name, pattern in (("one", "a/+"), ("two", "a/#"), ("three", "b")):
        payload = {"sql": f"SELECT * FROM '{pattern}'", "actions": [], "ruleDisabled": name == "two"}
        iot.create_topic_rule(ruleName=name, topicRulePayload=payload)
    listed = iot.list_topic_rules()["rules"]
    assert [one["ruleName"] for one in listed] == ["one", "two", "three"]
    assert [one["topicPattern"] for one in listed] == ["a/+", "a/#", "b"]
    assert listed[0]["createdAt"]
    assert [one["ruleName"] for one in iot.list_topic_rules(topic="a/x")["rules"]] == ["one", "two"]
    assert [one["ruleName"] for one in iot.list_topic_rules(ruleDisabled=True)["rules"]] == ["two"]
    first = iot.list_topic_rules(maxResults=2)
    assert len(iot.list_topic_rules(maxResults=2, nextToken=first["nextToken"])["rules"]) == 1


@pytest.mark.parametrize("sql", ["this is not sql", "", "SELECT * FROM topic", "SELECT * FROM 'a' WHERE (b = 1"])
def test_bad_sql_is_refused_and_leaves_the_rule(iot: Any, sql: str) -> None:
    with pytest.raises(iot.exceptions.SqlParseException):
        iot.create_topic_rule(ruleName="rule", topicRulePayload={"sql": sql, "actions": []})
    iot.create_topic_rule(ruleName="rule", topicRulePayload=PAYLOAD)
    with pytest.raises(iot.exceptions.SqlParseException):
        iot.replace_topic_rule(ruleName="rule", topicRulePayload={"sql": sql, "actions": []})
    assert iot.get_topic_rule(ruleName="rule")["rule"]["sql"] == PAYLOAD["sql"]


def test_a_bad_name_is_told_in_awss_words(iot: Any) -> None:
    with pytest.raises(ClientError) as error:
        iot.create_topic_rule(ruleName="my-rule", topicRulePayload=PAYLOAD)
    assert error.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'my-rule' at 'ruleName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9_]+$"
    )


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"s3": {"bucketName": "b", "key": "k", "roleArn": "r"}, "sns": {"targetArn": "t", "roleArn": "r"}},
        {"republish": {"topic": "a/b", "roleArn": "r"}},
        {"republish": {"topic": "$$aws/things/x/jobs/get", "roleArn": "r"}},
        {"s3": {"bucketName": "b", "key": "${bad(", "roleArn": "r"}},
    ],
)
def test_an_action_that_cannot_be_is_refused(iot: Any, action: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as error:
        iot.create_topic_rule(ruleName="rule", topicRulePayload={"sql": "SELECT * FROM 'a/#'", "actions": [action]})
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert iot.list_topic_rules()["rules"] == []
