"""Topic rules as services."""

from typing import Any

import pytest

from iot.core import errors
from iot.services import topic_rules
from tests.services.broker import ELSEWHERE, SCOPE, Broker

PAYLOAD: dict[str, Any] = {"sql": "SELECT * FROM 'a'", "actions": []}


def test_every_change_is_announced(broker: Broker) -> None:
    topic_rules.create_topic_rule(SCOPE, rule_name="r", topic_rule_payload=PAYLOAD)
    topic_rules.replace_topic_rule(SCOPE, rule_name="r", topic_rule_payload=PAYLOAD)
    topic_rules.set_enabled(SCOPE, rule_name="r", enabled=False)
    topic_rules.delete_topic_rule(SCOPE, rule_name="r")
    assert broker.announced() == [("rules", "r")] * 4


def test_a_refused_change_is_not_announced(broker: Broker) -> None:
    with pytest.raises(errors.SqlParseException):
        topic_rules.create_topic_rule(SCOPE, rule_name="r", topic_rule_payload={"sql": "no", "actions": []})
    assert broker.announced() == []


@pytest.mark.django_db
def test_rules_are_each_accounts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    topic_rules.create_topic_rule(SCOPE, rule_name="r", topic_rule_payload=PAYLOAD)
    with pytest.raises(errors.UnauthorizedException):
        topic_rules.find_topic_rule(ELSEWHERE, "r")
    monkeypatch.setattr(topic_rules, "MAXIMUM_RULES", 1)
    topic_rules.create_topic_rule(ELSEWHERE, rule_name="r", topic_rule_payload=PAYLOAD)
    with pytest.raises(errors.LimitExceededException):
        topic_rules.create_topic_rule(SCOPE, rule_name="second", topic_rule_payload=PAYLOAD)


@pytest.mark.parametrize(
    "topic", ["$$gateway/disconnect/ZA", "$$changed/rules/eA", "$$aws/events/presence/connected/d", "$$SYS/x"]
)
def test_a_rule_cannot_republish_to_topics_of_ours(topic: str) -> None:
    republish = {"republish": {"topic": topic, "roleArn": "arn:aws:iam::123456789012:role/r"}}
    with pytest.raises(errors.InvalidRequestException, match="reserved topic"):
        topic_rules.create_topic_rule(SCOPE, rule_name="r", topic_rule_payload={**PAYLOAD, "actions": [republish]})


@pytest.mark.django_db
def test_a_rule_is_bounded_as_a_whole() -> None:
    with pytest.raises(errors.InvalidRequestException, match="131072 bytes"):
        topic_rules.create_topic_rule(
            SCOPE, rule_name="r", topic_rule_payload={**PAYLOAD, "description": "x" * 131_072}
        )
