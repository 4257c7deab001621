"""Provisioning templates and claims over boto3."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from iot.core.arn import Scope
from iot.models import Certificate, OwnershipToken
from iot.services import provisioning_claims
from tests.api.harness import ACCOUNT, REGION

SCOPE = Scope(ACCOUNT, REGION)
ROLE = "arn:aws:iam::123456789012:role/provisioning"
PROPERTIES = {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "Active"}
RESOURCES = {"certificate": {"Type": "AWS::IoT::Certificate", "Properties": PROPERTIES}}
BODY = json.dumps({"Resources": RESOURCES})


def make(iot: Any, **more: Any) -> Any:
    return iot.create_provisioning_template(
        templateName="fleet", templateBody=BODY, provisioningRoleArn=ROLE, enabled=True, **more
    )


def test_a_template_is_made_described_listed_changed_and_deleted(iot: Any) -> None:
    made = make(iot, description="All", tags=[{"Key": "k", "Value": "v"}])
    assert (made["templateName"], made["defaultVersionId"]) == ("fleet", 1)
    assert made["templateArn"].endswith(":provisioningtemplate/fleet")
    found = iot.describe_provisioning_template(templateName="fleet")
    assert (found["templateBody"], found["enabled"], found["type"]) == (BODY, True, "FLEET_PROVISIONING")
    assert [one["templateName"] for one in iot.list_provisioning_templates()["templates"]] == ["fleet"]
    assert iot.list_tags_for_resource(resourceArn=made["templateArn"])["tags"] == [{"Key": "k", "Value": "v"}]
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        make(iot)
    hook = {"targetArn": "arn:aws:lambda:us-east-1:123456789012:function:hook", "payloadVersion": "2020-04-01"}
    iot.update_provisioning_template(templateName="fleet", enabled=False, description="x", preProvisioningHook=hook)
    found = iot.describe_provisioning_template(templateName="fleet")
    assert (found["enabled"], found["description"], found["preProvisioningHook"]) == (False, "x", hook)
    iot.update_provisioning_template(templateName="fleet", removePreProvisioningHook=True, provisioningRoleArn=ROLE)
    assert "preProvisioningHook" not in iot.describe_provisioning_template(templateName="fleet")
    iot.delete_provisioning_template(templateName="fleet")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_provisioning_template(templateName="fleet")


def test_a_template_has_versions(iot: Any) -> None:
    make(iot)
    other = json.dumps({"Resources": RESOURCES, "DeviceConfiguration": {"a": "b"}})
    made = iot.create_provisioning_template_version(templateName="fleet", templateBody=other, setAsDefault=True)
    assert (made["versionId"], made["isDefaultVersion"]) == (2, True)
    assert iot.describe_provisioning_template_version(templateName="fleet", versionId=1)["templateBody"] == BODY
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.delete_provisioning_template_version(templateName="fleet", versionId=2)
    iot.update_provisioning_template(templateName="fleet", defaultVersionId=1)
    iot.delete_provisioning_template_version(templateName="fleet", versionId=2)
    assert [one["versionId"] for one in iot.list_provisioning_template_versions(templateName="fleet")["versions"]] == [
        1
    ]
    for _ in range(4):
        iot.create_provisioning_template_version(templateName="fleet", templateBody=other)
    with pytest.raises(iot.exceptions.VersionsLimitExceededException):
        iot.create_provisioning_template_version(templateName="fleet", templateBody=other)
    iot.delete_provisioning_template(templateName="fleet")


@pytest.mark.parametrize("body", ["no json", "{}", json.dumps({"Resources": {"x": {"Type": "AWS::S3::Bucket"}}})])
def test_a_malformed_template_is_refused(iot: Any, body: str) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_provisioning_template(templateName="x", templateBody=body, provisioningRoleArn=ROLE)


def test_a_claim_is_a_certificate_for_five_minutes_that_may_only_provision(iot: Any) -> None:
    make(iot)
    claim = iot.create_provisioning_claim(templateName="fleet")
    assert 0 < (claim["expiration"] - datetime.now(UTC)).total_seconds() <= 300
    described = iot.describe_certificate(certificateId=claim["certificateId"])["certificateDescription"]
    assert (described["status"], described["validity"]["notAfter"]) == ("ACTIVE", claim["expiration"])
    policy = iot.list_attached_policies(target=described["certificateArn"])["policies"][0]
    document = json.loads(iot.get_policy(policyName=policy["policyName"])["policyDocument"])
    assert (
        f"{SCOPE.arn('topic', '$aws/provisioning-templates/fleet/provision/*')}" in document["Statement"][1]["Resource"]
    )
    OwnershipToken.objects.update(expires_at=0)
    assert provisioning_claims.forget_unclaimed(SCOPE) == 1
    assert not Certificate.objects.exists()
