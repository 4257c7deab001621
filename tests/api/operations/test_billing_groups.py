"""Billing groups over boto3."""

from typing import Any

import pytest


def test_a_billing_group_is_made_described_changed_and_deleted(iot: Any) -> None:
    properties = {"billingGroupDescription": "mine"}
    made = iot.create_billing_group(billingGroupName="b", billingGroupProperties=properties)
    assert made["billingGroupArn"] == "arn:aws:iot:us-east-1:123456789012:billinggroup/b"
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_billing_group(billingGroupName="b", billingGroupProperties=properties)
    changed = {"billingGroupDescription": "yours"}
    assert iot.update_billing_group(billingGroupName="b", billingGroupProperties=changed)["version"] == 2
    found = iot.describe_billing_group(billingGroupName="b")
    assert (found["billingGroupProperties"], found["version"]) == (changed, 2)
    assert found["billingGroupMetadata"]["creationDate"]
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.delete_billing_group(billingGroupName="b", expectedVersion=1)
    iot.delete_billing_group(billingGroupName="b", expectedVersion=2)
    for call in (iot.describe_billing_group, iot.delete_billing_group):
        with pytest.raises(iot.exceptions.ResourceNotFoundException):
            call(billingGroupName="b")


def test_billing_groups_are_listed_in_pages_and_by_prefix(iot: Any) -> None:
    for number in range(5):
        iot.create_billing_group(billingGroupName=f"b{number}")
    iot.create_billing_group(billingGroupName="other")
    first = iot.list_billing_groups(maxResults=2, namePrefixFilter="b")
    rest = iot.list_billing_groups(maxResults=3, namePrefixFilter="b", nextToken=first["nextToken"])
    assert [one["groupName"] for one in first["billingGroups"] + rest["billingGroups"]] == [
        f"b{number}" for number in range(5)
    ]
    assert "nextToken" not in rest


def test_a_thing_is_in_one_billing_group_at_most(iot: Any) -> None:
    arns = [iot.create_billing_group(billingGroupName=name)["billingGroupArn"] for name in ("one", "two")]
    arn = iot.create_thing(thingName="lamp", billingGroupName="one")["thingArn"]
    assert iot.list_things_in_billing_group(billingGroupName="one")["things"] == ["lamp"]
    iot.add_thing_to_billing_group(billingGroupArn=arns[1], thingArn=arn)
    assert iot.list_things_in_billing_group(billingGroupName="one")["things"] == []
    assert iot.describe_thing(thingName="lamp")["billingGroupName"] == "two"
    iot.remove_thing_from_billing_group(billingGroupName="one", thingName="lamp")
    assert iot.describe_thing(thingName="lamp")["billingGroupName"] == "two"
    iot.remove_thing_from_billing_group(billingGroupArn=arns[1], thingArn=arn)
    assert "billingGroupName" not in iot.describe_thing(thingName="lamp")


def test_deleting_a_billing_group_leaves_its_things(iot: Any) -> None:
    iot.create_billing_group(billingGroupName="b")
    iot.create_thing(thingName="lamp", billingGroupName="b")
    iot.delete_billing_group(billingGroupName="b")
    assert "billingGroupName" not in iot.describe_thing(thingName="lamp")


def test_an_unknown_billing_group_is_told(iot: Any) -> None:
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.create_thing(thingName="lamp", billingGroupName="nobody")
