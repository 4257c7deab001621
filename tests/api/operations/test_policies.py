"""Policies, their versions and attachments, over boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}})


def test_a_policy_comes_back_byte_for_byte(iot: Any) -> None:
    text = '{ "Statement" :  [] }\n'
    made = iot.create_policy(policyName="p", policyDocument=text)
    assert (made["policyDocument"], made["policyVersionId"]) == (text, "1")
    found = iot.get_policy(policyName="p")
    assert (found["policyDocument"], found["defaultVersionId"]) == (text, "1")
    assert iot.get_policy_version(policyName="p", policyVersionId="1")["policyDocument"] == text
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_policy(policyName="p", policyDocument=text)


@pytest.mark.parametrize("text", ["not json", "[]", '{"Statement": [{"Effect": "Maybe"}]}', "{" + " " * 10])
def test_a_malformed_policy_is_refused(iot: Any, text: str) -> None:
    with pytest.raises(iot.exceptions.MalformedPolicyException):
        iot.create_policy(policyName="p", policyDocument=text)


def test_five_versions_are_kept_and_ids_are_not_used_again(iot: Any) -> None:
    iot.create_policy(policyName="p", policyDocument="{}")
    for number in range(2, 6):
        assert iot.create_policy_version(policyName="p", policyDocument="{}")["policyVersionId"] == str(number)
    with pytest.raises(iot.exceptions.VersionsLimitExceededException) as error:
        iot.create_policy_version(policyName="p", policyDocument="{}")
    assert error.value.response["Error"]["Message"] == "The policy p already has the maximum number of versions (5)"
    iot.delete_policy_version(policyName="p", policyVersionId="5")
    made = iot.create_policy_version(policyName="p", policyDocument=ALLOW, setAsDefault=True)
    assert (made["policyVersionId"], made["isDefaultVersion"]) == ("6", True)
    assert iot.get_policy(policyName="p")["policyDocument"] == ALLOW
    iot.set_default_policy_version(policyName="p", policyVersionId="2")
    versions = iot.list_policy_versions(policyName="p")["policyVersions"]
    assert [one["versionId"] for one in versions if one["isDefaultVersion"]] == ["2"]
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.get_policy_version(policyName="p", policyVersionId="5")


def test_the_default_version_is_not_deleted(iot: Any) -> None:
    iot.create_policy(policyName="p", policyDocument="{}")
    with pytest.raises(ClientError) as error:
        iot.delete_policy_version(policyName="p", policyVersionId="1")
    assert error.value.response["Error"]["Message"] == "Cannot delete the default version of a policy"


def test_a_policy_in_use_is_not_deleted(iot: Any) -> None:
    target = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    iot.create_policy(policyName="p", policyDocument="{}")
    iot.create_policy_version(policyName="p", policyDocument="{}")
    iot.attach_policy(policyName="p", target=target)
    iot.attach_policy(policyName="p", target=target)
    with pytest.raises(iot.exceptions.DeleteConflictException, match="attached to one or more principals"):
        iot.delete_policy(policyName="p")
    iot.detach_policy(policyName="p", target=target)
    iot.detach_policy(policyName="p", target=target)
    with pytest.raises(iot.exceptions.DeleteConflictException, match="one or more policy versions"):
        iot.delete_policy(policyName="p")
    iot.delete_policy_version(policyName="p", policyVersionId="2")
    iot.delete_policy(policyName="p")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.get_policy(policyName="p")


def test_the_older_calls_see_the_same_attachments(iot: Any) -> None:
    principal = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    iot.create_policy(policyName="p", policyDocument="{}")
    iot.attach_principal_policy(policyName="p", principal=principal)
    assert iot.list_policy_principals(policyName="p")["principals"] == [principal]
    assert iot.list_targets_for_policy(policyName="p")["targets"] == [principal]
    older = iot.list_principal_policies(principal=principal)["policies"]
    assert older == iot.list_attached_policies(target=principal)["policies"]
    assert [one["policyName"] for one in older] == ["p"]
    iot.detach_principal_policy(policyName="p", principal=principal)
    assert iot.list_attached_policies(target=principal)["policies"] == []


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("us-east-1:12345678-1234-1234-1234-123456789012", 200),
        (f"arn:aws:iot:us-east-1:123456789012:cert/{'0' * 64}", 404),
        ("arn:aws:iot:us-east-1:123456789012:thinggroup/nobody", 404),
        (f"arn:aws:iot:us-east-1:210987654321:cert/{'0' * 64}", 403),
        ("arn:aws:iot:us-east-1:123456789012:thing/lamp", 400),
        ("nonsense", 400),
    ],
)
def test_targets_of_policies(iot: Any, target: str, status: int) -> None:
    iot.create_policy(policyName="p", policyDocument="{}")
    if status == 200:
        assert iot.attach_policy(policyName="p", target=target)["ResponseMetadata"]["HTTPStatusCode"] == 200
        return
    with pytest.raises(ClientError, match=target) as error:
        iot.attach_policy(policyName="p", target=target)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_policies_of_ancestors_are_listed_recursively(iot: Any) -> None:
    iot.create_thing_group(thingGroupName="root")
    child = iot.create_thing_group(thingGroupName="child", parentGroupName="root")["thingGroupArn"]
    for name in ("root", "child"):
        iot.create_policy(policyName=f"of-{name}", policyDocument="{}")
        iot.attach_policy(policyName=f"of-{name}", target=f"arn:aws:iot:us-east-1:123456789012:thinggroup/{name}")
    listed = iot.list_attached_policies(target=child, recursive=True)["policies"]
    assert {one["policyName"] for one in listed} == {"of-root", "of-child"}
    assert [one["policyName"] for one in iot.list_attached_policies(target=child)["policies"]] == ["of-child"]
