"""Topic rule destinations over boto3."""

from typing import Any

import pytest

from iot.models import TopicRuleDestination

HTTP = {"httpUrlConfiguration": {"confirmationUrl": "https://example.com/hook"}}


def token() -> str:
    return str(TopicRuleDestination.objects.get().token)


def test_a_destination_is_created_confirmed_switched_and_deleted(iot: Any) -> None:
    made = iot.create_topic_rule_destination(destinationConfiguration=HTTP)["topicRuleDestination"]
    assert made["status"] == "IN_PROGRESS"
    assert made["httpUrlProperties"] == {"confirmationUrl": "https://example.com/hook"}
    arn = made["arn"]
    iot.confirm_topic_rule_destination(confirmationToken=token())
    assert iot.get_topic_rule_destination(arn=arn)["topicRuleDestination"]["status"] == "ENABLED"
    iot.update_topic_rule_destination(arn=arn, status="DISABLED")
    (listed,) = iot.list_topic_rule_destinations()["destinationSummaries"]
    assert (listed["arn"], listed["status"]) == (arn, "DISABLED")
    assert listed["httpUrlSummary"] == {"confirmationUrl": "https://example.com/hook"}
    iot.delete_topic_rule_destination(arn=arn)
    assert iot.list_topic_rule_destinations()["destinationSummaries"] == []
    with pytest.raises(iot.exceptions.UnauthorizedException):
        iot.get_topic_rule_destination(arn=arn)


def test_a_destination_is_made_for_a_rules_url(iot: Any) -> None:
    payload = {"sql": "SELECT * FROM 'a'", "actions": [{"http": {"url": "https://example.com/hook/deeper"}}]}
    iot.create_topic_rule(ruleName="r", topicRulePayload=payload)
    (listed,) = iot.list_topic_rule_destinations()["destinationSummaries"]
    assert listed["httpUrlSummary"] == {"confirmationUrl": "https://example.com/hook/deeper"}


def test_a_second_destination_of_a_url_is_refused(iot: Any) -> None:
    iot.create_topic_rule_destination(destinationConfiguration=HTTP)
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_topic_rule_destination(destinationConfiguration=HTTP)


def test_pages_end_where_they_should(iot: Any) -> None:
    for number in range(3):
        url = f"https://example.com/{number}"
        iot.create_topic_rule_destination(destinationConfiguration={"httpUrlConfiguration": {"confirmationUrl": url}})
    first = iot.list_topic_rule_destinations(maxResults=2)
    second = iot.list_topic_rule_destinations(maxResults=2, nextToken=first["nextToken"])
    assert len(first["destinationSummaries"]) == 2
    assert len(second["destinationSummaries"]) == 1
    assert "nextToken" not in second
