"""Customers' authorities, and the certificates that they sign, over boto3."""

from typing import Any

import pytest

from iot.models import OutboxRow
from tests.api import issuing


def described(iot: Any, certificate_id: str) -> Any:
    return iot.describe_certificate(certificateId=certificate_id)["certificateDescription"]


def registered(iot: Any, authority: issuing.Authority, **options: Any) -> str:
    code = iot.get_registration_code()["registrationCode"]
    made = iot.register_ca_certificate(
        caCertificate=authority.pem, verificationCertificate=authority.issue(code), **options
    )
    return str(made["certificateId"])


def test_the_registration_code_is_stable_until_it_is_deleted(iot: Any) -> None:
    code = iot.get_registration_code()["registrationCode"]
    assert len(bytes.fromhex(code)) == 32
    assert iot.get_registration_code()["registrationCode"] == code
    iot.delete_registration_code()
    assert iot.get_registration_code()["registrationCode"] != code


def test_an_authority_is_registered_described_changed_and_deleted(iot: Any) -> None:
    authority = issuing.authority()
    config = {"templateBody": "{}", "roleArn": "arn:aws:iam::123456789012:role/jitp"}
    ca_id = registered(iot, authority, setAsActive=True, allowAutoRegistration=True, registrationConfig=config)
    found = iot.describe_ca_certificate(certificateId=ca_id)
    assert found["registrationConfig"] == config
    description = found["certificateDescription"]
    assert (description["status"], description["autoRegistrationStatus"]) == ("ACTIVE", "ENABLE")
    assert (description["certificatePem"], description["certificateMode"]) == (authority.pem, "DEFAULT")
    assert description["certificateArn"].endswith(f":cacert/{ca_id}")
    with pytest.raises(iot.exceptions.CertificateStateException) as error:
        iot.delete_ca_certificate(certificateId=ca_id)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 406
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as exists:
        registered(iot, authority)
    assert exists.value.response["resourceId"] == ca_id
    iot.update_ca_certificate(certificateId=ca_id, newStatus="INACTIVE", newAutoRegistrationStatus="DISABLE")
    description = iot.describe_ca_certificate(certificateId=ca_id)["certificateDescription"]
    assert (description["status"], description["autoRegistrationStatus"]) == ("INACTIVE", "DISABLE")
    iot.update_ca_certificate(certificateId=ca_id, removeAutoRegistration=True)
    assert "registrationConfig" not in iot.describe_ca_certificate(certificateId=ca_id)
    assert [one["certificateId"] for one in iot.list_ca_certificates()["certificates"]] == [ca_id]
    iot.delete_ca_certificate(certificateId=ca_id)
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_ca_certificate(certificateId=ca_id)


def test_default_mode_demands_the_code_signed_by_the_authority(iot: Any) -> None:
    authority, other = issuing.authority(), issuing.authority("Other CA")
    code = iot.get_registration_code()["registrationCode"]
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.register_ca_certificate(caCertificate=authority.pem)
    with pytest.raises(iot.exceptions.RegistrationCodeValidationException):
        iot.register_ca_certificate(caCertificate=authority.pem, verificationCertificate=authority.issue("else"))
    with pytest.raises(iot.exceptions.CertificateValidationException):
        iot.register_ca_certificate(caCertificate=authority.pem, verificationCertificate=other.issue(code))
    no_authority = issuing.authority(ca=False)
    with pytest.raises(iot.exceptions.CertificateValidationException):
        registered(iot, no_authority)


def test_sni_only_mode_takes_no_verification(iot: Any) -> None:
    authority = issuing.authority()
    with pytest.raises(iot.exceptions.InvalidRequestException):
        registered(iot, authority, certificateMode="SNI_ONLY")
    made = iot.register_ca_certificate(caCertificate=authority.pem, certificateMode="SNI_ONLY")
    found = iot.describe_ca_certificate(certificateId=made["certificateId"])["certificateDescription"]
    assert found["certificateMode"] == "SNI_ONLY"


def test_a_certificate_is_registered_under_the_authority_that_signed_it(iot: Any) -> None:
    authority, other = issuing.authority(), issuing.authority("Other CA")
    ca_id = registered(iot, authority, setAsActive=True)
    registered(iot, other, setAsActive=True)
    pem = authority.issue("device")
    for wrong in (other.pem, issuing.authority("Unknown CA").pem):
        with pytest.raises(iot.exceptions.CertificateValidationException):
            iot.register_certificate(certificatePem=pem, caCertificatePem=wrong)
    first = iot.register_certificate(certificatePem=pem, caCertificatePem=authority.pem, status="ACTIVE")
    second = iot.register_certificate(certificatePem=authority.issue("two"), caCertificatePem=authority.pem)
    assert described(iot, first["certificateId"])["caCertificateId"] == ca_id
    listed = iot.list_certificates_by_ca(caCertificateId=ca_id)["certificates"]
    assert [one["certificateId"] for one in listed] == [second["certificateId"], first["certificateId"]]


def test_an_authority_that_registers_by_itself_tells_of_it(iot: Any) -> None:
    authority = issuing.authority()
    ca_id = registered(iot, authority, setAsActive=True, allowAutoRegistration=True)
    OutboxRow.objects.all().delete()
    iot.register_certificate(certificatePem=authority.issue("device"), caCertificatePem=authority.pem)
    (row,) = OutboxRow.objects.all()
    assert f"$aws/events/certificates/registered/{ca_id}".encode() in bytes(row.messages)
    iot.update_ca_certificate(certificateId=ca_id, newStatus="INACTIVE")
    OutboxRow.objects.all().delete()
    iot.register_certificate(certificatePem=authority.issue("quiet"), caCertificatePem=authority.pem)
    assert not OutboxRow.objects.exists()
