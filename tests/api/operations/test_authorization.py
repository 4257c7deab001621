"""Effective policies and tests of authorization over boto3."""

import json
from typing import Any

import pytest

ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}})


DENY = json.dumps({"Statement": [{"Effect": "Deny", "Action": "iot:Publish", "Resource": "*secret*"}]})


TOPIC = "arn:aws:iot:us-east-1:123456789012:topic/"


@pytest.fixture
def principal(iot: Any) -> str:
    """A certificate with ALLOW, attached to a thing whose group's parent has DENY."""
    arn = str(iot.create_keys_and_certificate(setAsActive=True)["certificateArn"])
    root = iot.create_thing_group(thingGroupName="root")["thingGroupArn"]
    iot.create_thing_group(thingGroupName="child", parentGroupName="root")
    iot.create_thing(thingName="lamp")
    iot.add_thing_to_thing_group(thingGroupName="child", thingName="lamp")
    iot.attach_thing_principal(thingName="lamp", principal=arn)
    for name, document, target in (("allow", ALLOW, arn), ("deny", DENY, root)):
        iot.create_policy(policyName=name, policyDocument=document)
        iot.attach_policy(policyName=name, target=target)
    return arn


def test_effective_policies_are_those_of_certificate_thing_and_groups(iot: Any, principal: str) -> None:
    found = iot.get_effective_policies(principal=principal)["effectivePolicies"]
    assert {one["policyName"]: one["policyDocument"] for one in found} == {"allow": ALLOW, "deny": DENY}
    of_thing = iot.get_effective_policies(thingName="lamp")["effectivePolicies"]
    assert [one["policyName"] for one in of_thing] == ["deny"]
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.get_effective_policies()
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.get_effective_policies(thingName="nobody")


def decisions(iot: Any, principal: str, **options: Any) -> list[str]:
    infos = [{"actionType": "PUBLISH", "resources": [f"{TOPIC}a", f"{TOPIC}secret"]}]
    found = iot.test_authorization(principal=principal, authInfos=infos, **options)["authResults"]
    assert [one["authInfo"]["resources"] for one in found] == [[f"{TOPIC}a"], [f"{TOPIC}secret"]]
    return [one["authDecision"] for one in found]


def test_authorization_is_tested_with_policies_added_and_left_out(iot: Any, principal: str) -> None:
    assert decisions(iot, principal) == ["ALLOWED", "EXPLICIT_DENY"]
    assert decisions(iot, principal, policyNamesToSkip=["deny"]) == ["ALLOWED", "ALLOWED"]
    assert decisions(iot, principal, policyNamesToSkip=["allow"]) == ["IMPLICIT_DENY", "EXPLICIT_DENY"]
    iot.create_policy(policyName="more", policyDocument=ALLOW)
    assert decisions(iot, principal, policyNamesToSkip=["allow"], policyNamesToAdd=["more"])[0] == "ALLOWED"
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        decisions(iot, principal, policyNamesToAdd=["nobody"])


def test_a_test_of_authorization_names_policies_and_missing_values(iot: Any, principal: str) -> None:
    text = json.dumps(
        {
            "Statement": {
                "Effect": "Allow",
                "Action": "iot:Connect",
                "Resource": "arn:aws:iot:*:*:client/${iot:Connection.Thing.ThingName}",
            }
        }
    )
    iot.create_policy(policyName="own", policyDocument=text)
    infos = [{"actionType": "CONNECT", "resources": ["arn:aws:iot:us-east-1:123456789012:client/lamp"]}]
    options = {"principal": principal, "authInfos": infos, "policyNamesToSkip": ["allow"], "policyNamesToAdd": ["own"]}
    (unnamed,) = iot.test_authorization(**options)["authResults"]
    assert unnamed["authDecision"] == "IMPLICIT_DENY"
    assert unnamed["missingContextValues"] == ["iot:Connection.Thing.ThingName"]
    assert {one["policyName"] for one in unnamed["denied"]["implicitDeny"]["policies"]} == {"own", "deny"}
    (named,) = iot.test_authorization(**options, clientId="lamp")["authResults"]
    assert named["authDecision"] == "ALLOWED"
    assert [one["policyName"] for one in named["allowed"]["policies"]] == ["own"]
