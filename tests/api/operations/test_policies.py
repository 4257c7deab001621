"""Policies, their versions and attachments, over boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}})

HERE = "arn:aws:iot:us-east-1:123456789012"
NO_GROUP = "Cannot find requested thing group for accountId: 123456789012 and thing group name: "
CROSS_ACCOUNT = "Cross account not allowed. Please check the account of the resource specified."


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
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert error.value.response["Error"]["Message"] == "Cannot delete a default policy version (name=p, versionId=1)"


def test_a_policy_in_use_is_not_deleted(iot: Any) -> None:
    target = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    iot.create_policy(policyName="p", policyDocument="{}")
    iot.create_policy_version(policyName="p", policyDocument="{}")
    iot.attach_policy(policyName="p", target=target)
    iot.attach_policy(policyName="p", target=target)
    with pytest.raises(iot.exceptions.DeleteConflictException, match="multiple versions of the policy exist"):
        iot.delete_policy(policyName="p")
    iot.delete_policy_version(policyName="p", policyVersionId="2")
    with pytest.raises(iot.exceptions.DeleteConflictException, match="attached to one or more principals"):
        iot.delete_policy(policyName="p")
    iot.detach_policy(policyName="p", target=target)
    iot.detach_policy(policyName="p", target=target)
    iot.delete_policy(policyName="p")
    iot.detach_policy(policyName="p", target=target)
    with pytest.raises(iot.exceptions.ResourceNotFoundException, match="Policy not found"):
        iot.detach_principal_policy(policyName="p", principal=target)
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
    ("target", "status", "message"),
    [
        (f"{HERE}:cert/{'0' * 64}", 404, "The certificate given in the principal does not exist."),
        (f"{HERE}:thinggroup/nobody", 404, f"{NO_GROUP}nobody"),
        (f"arn:aws:iot:us-east-1:210987654321:cert/{'0' * 64}", 403, CROSS_ACCOUNT),
        (f"arn:aws:iot:eu-west-1:123456789012:cert/{'0' * 64}", 400, "Invalid Target"),
        (f"{HERE}:thing/lamp", 400, f"Invalid Target: {HERE}:thing/lamp"),
        ("nonsense", 400, "Invalid Target"),
    ],
)
def test_what_cannot_be_a_target_is_refused(iot: Any, target: str, status: int, message: str) -> None:
    iot.create_policy(policyName="p", policyDocument="{}")
    with pytest.raises(ClientError) as error:
        iot.attach_policy(policyName="p", target=target)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error.value.response["Error"]["Message"] == message


@pytest.mark.parametrize(
    ("principal", "status", "message"),
    [
        (f"{HERE}:cert/{'0' * 64}", 404, "The certificate given in the principal does not exist."),
        (f"arn:aws:iot:us-east-1:210987654321:cert/{'0' * 64}", 403, CROSS_ACCOUNT),
        (f"{HERE}:thinggroup/g", 400, "The given ARN does not represent a cert"),
        ("arn:aws:iot:cert/none", 400, "ARN not in proper syntax."),
        ("nonsense", 400, "Invalid principal type"),
    ],
)
def test_the_older_call_refuses_in_words_of_its_own(iot: Any, principal: str, status: int, message: str) -> None:
    iot.create_policy(policyName="p", policyDocument="{}")
    with pytest.raises(ClientError) as error:
        iot.attach_principal_policy(policyName="p", principal=principal)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert error.value.response["Error"]["Message"] == message


def test_cognito_identities_are_targets_and_the_older_call_takes_arns_of_any_region(iot: Any) -> None:
    iot.create_policy(policyName="p", policyDocument="{}")
    identity = "us-east-1:12345678-1234-1234-1234-123456789012"
    elsewhere = iot.create_keys_and_certificate()["certificateArn"].replace("us-east-1", "eu-west-1")
    iot.attach_policy(policyName="p", target=identity)
    for principal in (identity, elsewhere):
        iot.attach_principal_policy(policyName="p", principal=principal)
    assert iot.list_targets_for_policy(policyName="p")["targets"] == [identity, elsewhere]


def test_policies_of_ancestors_are_listed_recursively(iot: Any) -> None:
    iot.create_thing_group(thingGroupName="root")
    child = iot.create_thing_group(thingGroupName="child", parentGroupName="root")["thingGroupArn"]
    for name in ("root", "child"):
        iot.create_policy(policyName=f"of-{name}", policyDocument="{}")
        iot.attach_policy(policyName=f"of-{name}", target=f"arn:aws:iot:us-east-1:123456789012:thinggroup/{name}")
    listed = iot.list_attached_policies(target=child, recursive=True)["policies"]
    assert {one["policyName"] for one in listed} == {"of-root", "of-child"}
    assert [one["policyName"] for one in iot.list_attached_policies(target=child)["policies"]] == ["of-child"]
