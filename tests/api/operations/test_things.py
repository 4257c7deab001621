"""Things over boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def code(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def message(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Message"])


def test_a_thing_is_created_described_and_listed(iot: Any) -> None:
    made = iot.create_thing(thingName="lamp", attributePayload={"attributes": {"room": "hall"}})
    assert made["thingArn"] == "arn:aws:iot:us-east-1:123456789012:thing/lamp"
    found = iot.describe_thing(thingName="lamp")
    assert found["thingId"] == made["thingId"]
    assert (found["version"], found["attributes"], found["defaultClientId"]) == (1, {"room": "hall"}, "lamp")
    assert "thingTypeName" not in found
    assert "billingGroupName" not in found
    assert [one["thingName"] for one in iot.list_things()["things"]] == ["lamp"]


def test_the_same_thing_again_answers_the_one_that_is_there(iot: Any) -> None:
    first = iot.create_thing(thingName="lamp", attributePayload={"attributes": {"room": "hall"}})
    again = iot.create_thing(thingName="lamp", attributePayload={"attributes": {"room": "hall"}})
    assert again["thingId"] == first["thingId"]
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as error:
        iot.create_thing(thingName="lamp")
    assert error.value.response["resourceArn"] == first["thingArn"]


def test_attributes_are_replaced_merged_and_removed(iot: Any) -> None:
    iot.create_thing(thingName="lamp", attributePayload={"attributes": {"a": "1", "b": "2"}})
    iot.update_thing(thingName="lamp", attributePayload={"attributes": {"c": "3"}, "merge": True})
    assert iot.describe_thing(thingName="lamp")["attributes"] == {"a": "1", "b": "2", "c": "3"}
    iot.update_thing(thingName="lamp", attributePayload={"attributes": {"a": ""}, "merge": True})
    assert iot.describe_thing(thingName="lamp")["attributes"] == {"b": "2", "c": "3"}
    iot.update_thing(thingName="lamp", attributePayload={"attributes": {"d": "4", "b": ""}})
    assert iot.describe_thing(thingName="lamp")["attributes"] == {"d": "4"}
    assert iot.describe_thing(thingName="lamp")["version"] == 4


def test_a_stale_version_is_refused(iot: Any) -> None:
    iot.create_thing(thingName="lamp")
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.update_thing(thingName="lamp", attributePayload={"attributes": {}}, expectedVersion=2)
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.delete_thing(thingName="lamp", expectedVersion=7)
    iot.delete_thing(thingName="lamp", expectedVersion=1)


def test_deleting_a_thing_that_does_not_exist_succeeds(iot: Any) -> None:
    assert iot.delete_thing(thingName="nobody")["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_thing(thingName="nobody")


def test_pages_are_stable_and_the_last_has_no_token(iot: Any) -> None:
    for number in range(6):
        iot.create_thing(thingName=f"t{number}")
    first = iot.list_things(maxResults=3)
    iot.delete_thing(thingName="t1")
    iot.create_thing(thingName="t6")
    second = iot.list_things(maxResults=3, nextToken=first["nextToken"])
    assert [one["thingName"] for one in second["things"]] == ["t3", "t4", "t5"]
    third = iot.list_things(maxResults=3, nextToken=second["nextToken"])
    assert [one["thingName"] for one in third["things"]] == ["t6"]
    assert "nextToken" not in third
    assert "nextToken" not in iot.list_things(maxResults=6)


def test_a_token_of_another_list_is_refused(iot: Any) -> None:
    for number in range(2):
        iot.create_thing(thingName=f"t{number}")
    token = iot.list_things(maxResults=1)["nextToken"]
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.list_thing_types(nextToken=token)
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.list_things(nextToken="made up")


@pytest.mark.parametrize("name", ["site", "a.b", "x__startswith", "a:b/c@d"])
def test_things_are_found_by_an_attribute_whatever_its_name(iot: Any, name: str) -> None:
    from iot.core.arn import Scope
    from iot.services import things

    scope = Scope("123456789012", "us-east-1")
    for value in ("north", "northwest", "south"):
        things.create_thing(scope, thing_name=f"t-{value}", attribute_payload={"attributes": {name: value}})
    exact = things.things(scope, attribute_name=name, attribute_value="north")
    assert [row.name for row in exact] == ["t-north"]
    begins = things.things(scope, attribute_name=name, attribute_value="north", prefix=True)
    assert {row.name for row in begins} == {"t-north", "t-northwest"}


def test_a_thing_without_a_type_has_three_attributes_at_most(iot: Any) -> None:
    attributes = {f"a{number}": "x" for number in range(4)}
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_thing(thingName="lamp", attributePayload={"attributes": attributes})
    iot.create_thing_type(thingTypeName="kind")
    iot.create_thing(thingName="lamp", thingTypeName="kind", attributePayload={"attributes": attributes})
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.update_thing(thingName="lamp", removeThingType=True)


def test_a_bad_name_is_refused_in_the_words_of_awss_framework(iot: Any) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException) as error:
        iot.create_thing(thingName="not a name")
    assert message(error) == (
        "1 validation error detected: Value 'not a name' at 'thingName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+"
    )


def test_a_thing_with_a_principal_is_not_deleted(iot: Any) -> None:
    certificate = iot.create_keys_and_certificate(setAsActive=True)
    iot.create_thing(thingName="lamp")
    iot.attach_thing_principal(thingName="lamp", principal=certificate["certificateArn"])
    with pytest.raises(iot.exceptions.InvalidRequestException) as error:
        iot.delete_thing(thingName="lamp")
    assert message(error) == "Cannot delete. Thing lamp is still attached to one or more principals"
    iot.detach_thing_principal(thingName="lamp", principal=certificate["certificateArn"])
    iot.delete_thing(thingName="lamp")


def test_an_exclusive_principal_belongs_to_one_thing(iot: Any) -> None:
    principal = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    for name in ("one", "two"):
        iot.create_thing(thingName=name)
    iot.attach_thing_principal(thingName="one", principal=principal, thingPrincipalType="EXCLUSIVE_THING")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.attach_thing_principal(thingName="two", principal=principal)
    assert iot.list_thing_principals_v2(thingName="one")["thingPrincipalObjects"] == [
        {"principal": principal, "thingPrincipalType": "EXCLUSIVE_THING"}
    ]
    assert iot.list_principal_things_v2(principal=principal)["principalThingObjects"] == [
        {"thingName": "one", "thingPrincipalType": "EXCLUSIVE_THING"}
    ]
    assert iot.list_principal_things(principal=principal)["things"] == ["one"]
    assert iot.list_thing_principals(thingName="one")["principals"] == [principal]


def test_an_unknown_certificate_cannot_be_attached(iot: Any) -> None:
    iot.create_thing(thingName="lamp")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.attach_thing_principal(thingName="lamp", principal=f"arn:aws:iot:us-east-1:123456789012:cert/{'0' * 64}")


def test_regions_and_accounts_do_not_see_each_other(db: None) -> None:
    from tests.api import harness

    key = harness.new_key()
    here = harness.client(key=key)
    there = harness.client(key=key, region="eu-west-1")
    others = harness.client(key=harness.new_key(account="210987654321"))
    here.create_thing(thingName="lamp")
    assert there.list_things()["things"] == []
    assert others.list_things()["things"] == []
    assert there.create_thing(thingName="lamp")["thingArn"] == "arn:aws:iot:eu-west-1:123456789012:thing/lamp"
    assert others.create_thing(thingName="lamp")["thingArn"] == "arn:aws:iot:us-east-1:210987654321:thing/lamp"
