"""Provisioning of certificates that are seen first (JITP), and registration of those without a template (JITR)."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from iot.core.arn import Scope
from iot.models import CaCertificate, Certificate, CertificateStatus, Thing
from iot.services import ca_certificates, gateway_registration, pki, provisioning, provisioning_templates
from tests.api import issuing

SCOPE = Scope("123456789012", "us-east-1")
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "AWS::IoT::Certificate::CommonName": {"Type": "String"},
        "AWS::IoT::Certificate::Id": {"Type": "String"},
    },
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "AWS::IoT::Certificate::CommonName"}}},
        "certificate": {
            "Type": "AWS::IoT::Certificate",
            "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "ACTIVE"},
        },
    },
}
WAITING = "The certificate is registered now and waits for its activation"
AGAIN = "The certificate is registered and provisioned now: connect again"


@pytest.fixture
def authority(db: None, tmp_path: Path, settings: Any) -> issuing.Authority:
    settings.DATA_DIR = tmp_path
    pki.create_authority(tmp_path)
    made = issuing.authority()
    ca_certificates.register_ca_certificate(
        SCOPE, ca_certificate=made.pem, set_as_active=True, allow_auto_registration=True, certificate_mode="SNI_ONLY"
    )
    return made


def seen(authority: issuing.Authority, common_name: str = "dev-1") -> str:
    certificate = x509.load_pem_x509_certificate(authority.issue(common_name).encode())
    return gateway_registration.register_on_sight(SCOPE, certificate)


def configure(**config: str) -> None:
    CaCertificate.objects.update(registration_config=config)


def test_without_a_template_a_certificate_waits_for_its_activation(authority: issuing.Authority) -> None:
    assert seen(authority) == WAITING
    assert Certificate.objects.get().status == CertificateStatus.PENDING_ACTIVATION


def test_with_a_template_it_is_provisioned_from_its_subject(authority: issuing.Authority) -> None:
    configure(templateBody=json.dumps(TEMPLATE), roleArn="role")
    assert seen(authority, "pump-7") == AGAIN
    row = Certificate.objects.get()
    assert row.status == CertificateStatus.ACTIVE
    assert Thing.objects.get(name="pump-7").principals.get().principal == row.arn


def test_the_template_may_be_named(authority: issuing.Authority) -> None:
    provisioning_templates.create_provisioning_template(
        SCOPE, template_name="jitp", template_body=json.dumps(TEMPLATE), provisioning_role_arn="role", type="JITP"
    )
    configure(templateName="jitp")
    assert seen(authority, "pump-8") == AGAIN
    assert Thing.objects.filter(name="pump-8").exists()


def test_what_cannot_be_provisioned_is_not_registered_either(authority: issuing.Authority) -> None:
    template = {
        **TEMPLATE,
        "Parameters": {**TEMPLATE["Parameters"], "AWS::IoT::Certificate::Country": {"Type": "String"}},
    }
    configure(templateBody=json.dumps(template))
    assert "could not be provisioned" in seen(authority)
    assert not Certificate.objects.exists()


def test_a_template_asks_about_the_subject(authority: issuing.Authority) -> None:
    seen(authority, "dev-2")
    row = Certificate.objects.get()
    assert provisioning.subject_parameters(row) == {
        "AWS::IoT::Certificate::Id": row.certificate_id,
        "AWS::IoT::Certificate::CommonName": "dev-2",
    }
