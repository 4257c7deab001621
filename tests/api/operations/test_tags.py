"""Tags over boto3."""

from collections.abc import Callable
from typing import Any

import pytest

TAGS = [{"Key": "owner", "Value": "me"}, {"Key": "empty", "Value": ""}]
RULE = {"sql": "SELECT * FROM 'a'", "actions": []}


def made(iot: Any, kind: str) -> str:
    """Make a resource of a kind with tags and answer its ARN."""
    if kind == "thinggroup":
        return str(iot.create_thing_group(thingGroupName="g", tags=TAGS)["thingGroupArn"])
    if kind == "thingtype":
        return str(iot.create_thing_type(thingTypeName="t", tags=TAGS)["thingTypeArn"])
    if kind == "billinggroup":
        return str(iot.create_billing_group(billingGroupName="b", tags=TAGS)["billingGroupArn"])
    if kind == "policy":
        return str(iot.create_policy(policyName="p", policyDocument="{}", tags=TAGS)["policyArn"])
    if kind == "rolealias":
        return str(
            iot.create_role_alias(roleAlias="r", roleArn="arn:aws:iam::123456789012:role/r", tags=TAGS)["roleAliasArn"]
        )
    if kind == "rule":
        iot.create_topic_rule(ruleName="r", topicRulePayload=RULE, tags="owner=me&empty=")
        return str(iot.get_topic_rule(ruleName="r")["ruleArn"])
    return str(iot.create_domain_configuration(domainConfigurationName="d", tags=TAGS)["domainConfigurationArn"])


KINDS = ["thinggroup", "thingtype", "billinggroup", "policy", "rolealias", "rule", "domainconfiguration"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_is_made_with_tags_and_they_can_be_changed(iot: Any, kind: str) -> None:
    arn = made(iot, kind)
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == TAGS
    iot.tag_resource(resourceArn=arn, tags=[{"Key": "owner", "Value": "you"}, {"Key": "new", "Value": "x"}])
    iot.untag_resource(resourceArn=arn, tagKeys=["empty", "unknown"])
    found = {tag["Key"]: tag["Value"] for tag in iot.list_tags_for_resource(resourceArn=arn)["tags"]}
    assert found == {"owner": "you", "new": "x"}


def test_things_and_certificates_have_no_tags(iot: Any) -> None:
    arn = iot.create_thing(thingName="lamp")["thingArn"]
    calls: list[Callable[[], Any]] = [
        lambda: iot.tag_resource(resourceArn=arn, tags=TAGS),
        lambda: iot.list_tags_for_resource(resourceArn=arn),
    ]
    for call in calls:
        with pytest.raises(iot.exceptions.InvalidRequestException, match="Invalid resource type in ARN: thing"):
            call()


def test_an_unknown_resource_lists_none_and_takes_none(iot: Any) -> None:
    arn = "arn:aws:iot:us-east-1:123456789012:policy/nobody"
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == []
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.tag_resource(resourceArn=arn, tags=TAGS)
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.tag_resource(resourceArn="not an arn", tags=TAGS)


@pytest.mark.parametrize("key", ["aws:x", "AWS:x", "Aws:"])
def test_keys_of_awss_own_are_refused(iot: Any, key: str) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_thing_type(thingTypeName="t", tags=[{"Key": key, "Value": "v"}])
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_thing_type(thingTypeName="t")


def test_fifty_tags_are_allowed(iot: Any) -> None:
    arn = made(iot, "thingtype")
    iot.tag_resource(resourceArn=arn, tags=[{"Key": f"k{number}", "Value": ""} for number in range(48)])
    with pytest.raises(iot.exceptions.InvalidRequestException, match="Too many tags"):
        iot.tag_resource(resourceArn=arn, tags=[{"Key": "one more", "Value": ""}])
    iot.untag_resource(resourceArn=arn, tagKeys=["k0"])
    iot.tag_resource(resourceArn=arn, tags=[{"Key": "twice", "Value": value} for value in ("first", "last")])
    assert {"Key": "twice", "Value": "last"} in iot.list_tags_for_resource(resourceArn=arn)["tags"]
