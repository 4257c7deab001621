"""Provisioning templates as rows."""

import json
from typing import Any

import pytest

from iot.core import errors
from iot.models import ProvisioningTemplate
from iot.services import provisioning_templates
from tests.services.fleet import SCOPE

pytestmark = pytest.mark.django_db
REFERENCE = {"Ref": "AWS::IoT::Certificate::Id"}
CERTIFICATE = {"Type": "AWS::IoT::Certificate", "Properties": {"CertificateId": REFERENCE, "Status": "Active"}}
THING = {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": "t"}}
BODY = json.dumps({"Resources": {"c": CERTIFICATE}})


def make(name: str = "p", **more: Any) -> ProvisioningTemplate:
    return provisioning_templates.create_provisioning_template(
        SCOPE, template_name=name, template_body=BODY, provisioning_role_arn="role", **more
    )


def test_a_template_begins_with_version_one_as_its_default() -> None:
    row = make()
    assert (row.default_version, row.enabled, row.kind) == (1, False, "FLEET_PROVISIONING")
    assert provisioning_templates.default_body(row) == BODY


def test_version_numbers_are_never_used_again() -> None:
    make()
    for number in (2, 3):
        _, version = provisioning_templates.create_provisioning_template_version(
            SCOPE, template_name="p", template_body=BODY
        )
        assert version.number == number
        provisioning_templates.delete_provisioning_template_version(SCOPE, template_name="p", version_id=number)


def test_limits_and_unknown_names_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioning_templates, "MAXIMUM_TEMPLATES", 1)
    make()
    with pytest.raises(errors.LimitExceededException):
        make("q")
    with pytest.raises(errors.InvalidRequestException, match="10240 bytes"):
        provisioning_templates.check_body(" " * 10_241)
    with pytest.raises(errors.InvalidRequestException, match="Unable to set version 9 as the default"):
        provisioning_templates.update_provisioning_template(SCOPE, template_name="p", default_version_id=9)
    with pytest.raises(errors.InvalidRequestException, match="it is the default version"):
        provisioning_templates.delete_provisioning_template_version(SCOPE, template_name="p", version_id=1)
    with pytest.raises(errors.ResourceNotFoundException, match="Unable to find template version 9"):
        provisioning_templates.delete_provisioning_template_version(SCOPE, template_name="p", version_id=9)
    with pytest.raises(errors.ResourceNotFoundException, match="with ID 9 for template p"):
        provisioning_templates.describe_provisioning_template_version(SCOPE, template_name="p", version_id=9)
    with pytest.raises(errors.ResourceNotFoundException):
        provisioning_templates.delete_provisioning_template(SCOPE, template_name="nowhere")


def certificate(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::IoT::Certificate", "Properties": properties}


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ({"t": THING}, "Template must have certificate resource."),
        ({"c": certificate(CertificateId="abc", Status="Active")}, "CertificateId must contain a reference"),
        ({"c": certificate(CertificateId=REFERENCE, Status="PENDING")}, "must specify a Status of either"),
        ({"c": certificate(CertificateId=REFERENCE, Status={"Ref": "S"})}, "must specify a Status of either"),
        ({"c": {"Type": "AWS::IoT::Certificate"}}, "Properties of a resource cannot be null."),
        ({"c": CERTIFICATE, "t": {**THING, "Properties": None}}, "Properties of a resource cannot be null."),
        ({"a": CERTIFICATE, "b": certificate()}, "Only one certificate resource can be defined"),
        ({"a": certificate(), "b": CERTIFICATE}, "CertificateId must contain a reference"),
    ],
)
def test_a_template_that_is_kept_has_one_certificate_that_is_whole(resources: dict[str, Any], reason: str) -> None:
    with pytest.raises(errors.InvalidRequestException, match=f"^The template body is invalid: .*{reason}"):
        provisioning_templates.check_fleet_body(json.dumps({"Resources": resources}))


@pytest.mark.parametrize("body", ["no json", "[]", '{"Resources": []}', '{"Resources": {"x": 1}}'])
def test_what_is_no_template_is_refused(body: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        provisioning_templates.check_fleet_body(body)
