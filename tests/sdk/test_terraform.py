"""The calls that Terraform's AWS provider makes over the life of each resource, in its order."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.services import pki
from tests.api import harness, issuing

TAGS = [{"Key": "managed", "Value": "terraform"}]
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["iot:*"], "Resource": "*"}]}
)
ROLE = "arn:aws:iam::123456789012:role/devices"


@pytest.fixture
def iot(db: None, tmp_path: Path, settings: Any) -> Iterator[Any]:
    pki.create_authority(tmp_path)
    settings.DATA_DIR = tmp_path
    harness.forget()
    yield harness.client()
    harness.forget()


def gone(call: Callable[..., Any], name: str = "ResourceNotFoundException", **parameters: Any) -> None:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    assert error.value.response["Error"]["Code"] == name


def tags_of(iot: Any, arn: str) -> Any:
    return iot.list_tags_for_resource(resourceArn=arn)["tags"]


def test_thing(iot: Any) -> None:
    iot.create_thing_type(thingTypeName="kind")
    iot.create_thing(thingName="lamp", thingTypeName="kind", attributePayload={"attributes": {"a": "1"}})
    found = iot.describe_thing(thingName="lamp")
    assert {"thingName", "thingArn", "defaultClientId", "version", "thingTypeName", "attributes"} <= set(found)
    iot.update_thing(
        thingName="lamp", attributePayload={"attributes": {"b": "2"}, "merge": False}, removeThingType=True
    )
    assert "thingTypeName" not in iot.describe_thing(thingName="lamp")
    iot.delete_thing(thingName="lamp")
    gone(iot.describe_thing, thingName="lamp")


def test_thing_type(iot: Any) -> None:
    properties = {"thingTypeDescription": "a kind", "searchableAttributes": ["a"]}
    arn = iot.create_thing_type(thingTypeName="kind", thingTypeProperties=properties, tags=TAGS)["thingTypeArn"]
    assert iot.describe_thing_type(thingTypeName="kind")["thingTypeProperties"] == properties
    assert tags_of(iot, arn) == TAGS
    iot.deprecate_thing_type(thingTypeName="kind", undoDeprecate=False)
    iot.delete_thing_type(thingTypeName="kind")
    gone(iot.describe_thing_type, thingTypeName="kind")


def test_thing_group_and_membership(iot: Any) -> None:
    iot.create_thing_group(thingGroupName="parent")
    properties = {"thingGroupDescription": "mine", "attributePayload": {"attributes": {"a": "1"}}}
    made = iot.create_thing_group(
        thingGroupName="group", parentGroupName="parent", thingGroupProperties=properties, tags=TAGS
    )
    found = iot.describe_thing_group(thingGroupName="group")
    assert found["thingGroupProperties"] == properties
    assert found["thingGroupMetadata"]["rootToParentThingGroups"][0]["groupName"] == "parent"
    assert tags_of(iot, made["thingGroupArn"]) == TAGS
    iot.update_thing_group(
        thingGroupName="group",
        expectedVersion=found["version"],
        thingGroupProperties={"thingGroupDescription": "", "attributePayload": {"attributes": {}}},
    )
    iot.create_thing(thingName="lamp")
    iot.add_thing_to_thing_group(thingGroupName="group", thingName="lamp", overrideDynamicGroups=True)
    pages = iot.get_paginator("list_thing_groups_for_thing").paginate(thingName="lamp")
    assert [one["groupName"] for page in pages for one in page["thingGroups"]] == ["group"]
    iot.remove_thing_from_thing_group(thingGroupName="group", thingName="lamp")
    iot.delete_thing_group(thingGroupName="group")
    gone(iot.describe_thing_group, thingGroupName="group")


def test_policy_and_attachment(iot: Any) -> None:
    arn = iot.create_policy(policyName="p", policyDocument=DOCUMENT, tags=TAGS)["policyArn"]
    assert json.loads(iot.get_policy(policyName="p")["policyDocument"]) == json.loads(DOCUMENT)
    assert tags_of(iot, arn) == TAGS
    for _ in range(6):
        versions = iot.list_policy_versions(policyName="p")["policyVersions"]
        if len(versions) >= 5:
            oldest = min((one for one in versions if not one["isDefaultVersion"]), key=lambda one: one["createDate"])
            iot.delete_policy_version(policyName="p", policyVersionId=oldest["versionId"])
        iot.create_policy_version(policyName="p", policyDocument=DOCUMENT, setAsDefault=True)
    target = iot.create_keys_and_certificate(setAsActive=True)["certificateArn"]
    iot.attach_policy(policyName="p", target=target)
    pages = iot.get_paginator("list_attached_policies").paginate(target=target, recursive=False)
    assert [one["policyName"] for page in pages for one in page["policies"]] == ["p"]
    iot.detach_policy(policyName="p", target=target)
    for one in iot.list_policy_versions(policyName="p")["policyVersions"]:
        if not one["isDefaultVersion"]:
            iot.delete_policy_version(policyName="p", policyVersionId=one["versionId"])
    iot.delete_policy(policyName="p")
    gone(iot.get_policy, policyName="p")


@pytest.mark.parametrize("kind", ["keys", "csr", "registered", "without a CA"])
def test_certificate_and_its_attachment_to_a_thing(iot: Any, kind: str) -> None:
    authority = issuing.authority()
    if kind == "keys":
        made = iot.create_keys_and_certificate(setAsActive=True)
    elif kind == "csr":
        made = iot.create_certificate_from_csr(certificateSigningRequest=issuing.request("d"), setAsActive=True)
    elif kind == "registered":
        iot.register_ca_certificate(caCertificate=authority.pem, certificateMode="SNI_ONLY", setAsActive=True)
        made = iot.register_certificate(
            certificatePem=authority.issue("d"), caCertificatePem=authority.pem, setAsActive=True
        )
    else:
        made = iot.register_certificate_without_ca(certificatePem=authority.issue("d"), status="ACTIVE")
    certificate_id, arn = made["certificateId"], made["certificateArn"]
    description = iot.describe_certificate(certificateId=certificate_id)["certificateDescription"]
    assert (description["status"], description["certificateArn"]) == ("ACTIVE", arn)
    iot.create_thing(thingName="lamp")
    iot.attach_thing_principal(thingName="lamp", principal=arn, thingPrincipalType="EXCLUSIVE_THING")
    pages = iot.get_paginator("list_thing_principals_v2").paginate(thingName="lamp")
    assert [one["principal"] for page in pages for one in page["thingPrincipalObjects"]] == [arn]
    iot.detach_thing_principal(thingName="lamp", principal=arn)
    iot.update_certificate(certificateId=certificate_id, newStatus="INACTIVE")
    iot.delete_certificate(certificateId=certificate_id)
    gone(iot.describe_certificate, certificateId=certificate_id)


def test_topic_rule(iot: Any) -> None:
    payload = {
        "sql": "SELECT * FROM 'a/b'",
        "awsIotSqlVersion": "2016-03-23",
        "ruleDisabled": False,
        "description": "mine",
        "actions": [
            {"sns": {"targetArn": "arn:aws:sns:us-east-1:123456789012:t", "roleArn": ROLE, "messageFormat": "RAW"}}
        ],
        "errorAction": {"sqs": {"queueUrl": "https://q", "roleArn": ROLE, "useBase64": False}},
    }
    iot.create_topic_rule(ruleName="r", topicRulePayload=payload, tags="managed=terraform")
    found = iot.get_topic_rule(ruleName="r")
    assert {key: found["rule"][key] for key in payload} == payload
    assert tags_of(iot, found["ruleArn"]) == TAGS
    iot.replace_topic_rule(ruleName="r", topicRulePayload={**payload, "description": "yours"})
    iot.tag_resource(resourceArn=found["ruleArn"], tags=[{"Key": "more", "Value": ""}])
    iot.untag_resource(resourceArn=found["ruleArn"], tagKeys=["managed"])
    iot.delete_topic_rule(ruleName="r")
    gone(iot.get_topic_rule, "UnauthorizedException", ruleName="r")


def test_role_alias_and_billing_group(iot: Any) -> None:
    arn = iot.create_role_alias(roleAlias="r", roleArn=ROLE, credentialDurationSeconds=900, tags=TAGS)["roleAliasArn"]
    assert iot.describe_role_alias(roleAlias="r")["roleAliasDescription"]["roleAliasArn"] == arn
    iot.update_role_alias(roleAlias="r", roleArn=f"{ROLE}2", credentialDurationSeconds=1800)
    iot.delete_role_alias(roleAlias="r")
    gone(iot.describe_role_alias, roleAlias="r")
    made = iot.create_billing_group(
        billingGroupName="b", billingGroupProperties={"billingGroupDescription": "mine"}, tags=TAGS
    )
    found = iot.describe_billing_group(billingGroupName="b")
    assert (found["billingGroupId"], found["version"]) == (made["billingGroupId"], 1)
    iot.update_billing_group(
        billingGroupName="b", billingGroupProperties={"billingGroupDescription": "x"}, expectedVersion=1
    )
    iot.delete_billing_group(billingGroupName="b", expectedVersion=2)
    gone(iot.describe_billing_group, billingGroupName="b")


def test_logging_options_and_event_configurations(iot: Any) -> None:
    iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="WARN", disableAllLogs=False)
    assert iot.get_v2_logging_options()["defaultLogLevel"] == "WARN"
    wanted = {name: {"Enabled": name == "THING"} for name in iot.describe_event_configurations()["eventConfigurations"]}
    iot.update_event_configurations(eventConfigurations=wanted)
    assert iot.describe_event_configurations()["eventConfigurations"] == wanted


def test_ca_certificate(iot: Any) -> None:
    authority = issuing.authority()
    code = iot.get_registration_code()["registrationCode"]
    ca_id = iot.register_ca_certificate(
        caCertificate=authority.pem,
        verificationCertificate=authority.issue(code),
        setAsActive=True,
        allowAutoRegistration=True,
        registrationConfig={"roleArn": ROLE, "templateBody": "{}"},
        certificateMode="DEFAULT",
        tags=TAGS,
    )["certificateId"]
    found = iot.describe_ca_certificate(certificateId=ca_id)
    assert found["certificateDescription"]["generationId"]
    assert tags_of(iot, found["certificateDescription"]["certificateArn"]) == TAGS
    iot.update_ca_certificate(certificateId=ca_id, newStatus="INACTIVE", newAutoRegistrationStatus="DISABLE")
    iot.delete_ca_certificate(certificateId=ca_id)
    gone(iot.describe_ca_certificate, certificateId=ca_id)


def test_authorizer(iot: Any) -> None:
    made = iot.create_authorizer(
        authorizerName="a",
        authorizerFunctionArn="arn:aws:lambda:us-east-1:123456789012:function:f",
        signingDisabled=True,
        status="ACTIVE",
        enableCachingForHttp=True,
        tags=TAGS,
    )
    found = iot.describe_authorizer(authorizerName="a")["authorizerDescription"]
    assert (found["authorizerArn"], found["enableCachingForHttp"]) == (made["authorizerArn"], True)
    iot.update_authorizer(authorizerName="a", status="INACTIVE")
    iot.delete_authorizer(authorizerName="a")
    gone(iot.describe_authorizer, authorizerName="a")


def test_domain_configuration(iot: Any) -> None:
    iot.create_domain_configuration(
        domainConfigurationName="d",
        domainName="iot.example.com",
        serviceType="DATA",
        serverCertificateArns=["arn:aws:acm:us-east-1:123456789012:certificate/1"],
        authenticationType="AWS_X509",
        applicationProtocol="SECURE_MQTT",
        tags=TAGS,
    )
    found = iot.describe_domain_configuration(domainConfigurationName="d")
    assert (found["authenticationType"], found["applicationProtocol"]) == ("AWS_X509", "SECURE_MQTT")
    iot.update_domain_configuration(domainConfigurationName="d", domainConfigurationStatus="DISABLED")
    iot.delete_domain_configuration(domainConfigurationName="d")
    gone(iot.describe_domain_configuration, domainConfigurationName="d")


def test_endpoint_and_registration_code_data_sources(iot: Any, settings: Any) -> None:
    assert iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"] == settings.ENDPOINT
    assert iot.get_registration_code()["registrationCode"]


def test_topic_rule_destination_and_indexing_configuration(iot: Any) -> None:
    made = iot.create_topic_rule_destination(
        destinationConfiguration={"httpUrlConfiguration": {"confirmationUrl": "https://hooks.example.com/confirm"}}
    )["topicRuleDestination"]
    found = iot.get_topic_rule_destination(arn=made["arn"])["topicRuleDestination"]
    assert found["arn"] == made["arn"]
    iot.update_topic_rule_destination(arn=made["arn"], status="DISABLED")
    iot.delete_topic_rule_destination(arn=made["arn"])
    iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "REGISTRY"})
    configured = iot.get_indexing_configuration()["thingIndexingConfiguration"]
    assert configured["thingIndexingMode"] == "REGISTRY"
