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
    with pytest.raises(iot.exceptions.CertificateValidationException, match="issuer of the certificate did not match"):
        iot.register_certificate(certificatePem=pem, caCertificatePem=other.pem)
    twin = issuing.authority()
    registered(iot, twin, setAsActive=True)
    with pytest.raises(iot.exceptions.CertificateValidationException, match="failed verification against"):
        iot.register_certificate(certificatePem=pem, caCertificatePem=twin.pem)
    with pytest.raises(iot.exceptions.CertificateStateException, match="No CA certificate exists"):
        iot.register_certificate(certificatePem=pem, caCertificatePem=issuing.authority("Unknown CA").pem)
    first = iot.register_certificate(certificatePem=pem, caCertificatePem=authority.pem, status="ACTIVE")
    second = iot.register_certificate(certificatePem=authority.issue("two"), caCertificatePem=authority.pem)
    assert described(iot, first["certificateId"])["caCertificateId"] == ca_id
    listed = iot.list_certificates_by_ca(caCertificateId=ca_id)["certificates"]
    assert [one["certificateId"] for one in listed] == [second["certificateId"], first["certificateId"]]
    assert set(listed[0]) == {"certificateArn", "certificateId", "status", "creationDate"}


def test_the_signer_is_found_where_none_is_given(iot: Any) -> None:
    authority = issuing.authority()
    made = iot.register_ca_certificate(caCertificate=authority.pem, certificateMode="SNI_ONLY", setAsActive=True)
    of_it = iot.register_certificate(certificatePem=authority.issue("device"))
    found = described(iot, of_it["certificateId"])
    assert (found["caCertificateId"], found["certificateMode"]) == (made["certificateId"], "SNI_ONLY")
    for call in (iot.register_certificate, iot.register_certificate_without_ca):
        with pytest.raises(iot.exceptions.CertificateStateException, match="PENDING_ACTIVATION"):
            call(certificatePem=authority.issue("pending"), status="PENDING_ACTIVATION")


def test_an_authority_that_is_not_active_takes_no_certificates(iot: Any) -> None:
    authority = issuing.authority()
    ca_id = registered(iot, authority)
    pem = authority.issue("device")
    for given in ({}, {"caCertificatePem": authority.pem}):
        with pytest.raises(iot.exceptions.CertificateStateException, match="The CA certificate is not active"):
            iot.register_certificate(certificatePem=pem, **given)
    without = iot.register_certificate_without_ca(certificatePem=pem)["certificateId"]
    assert "caCertificateId" not in described(iot, without)
    assert iot.list_certificates_by_ca(caCertificateId=ca_id)["certificates"] == []


def test_registering_by_hand_publishes_nothing(iot: Any) -> None:
    authority = issuing.authority()
    registered(iot, authority, setAsActive=True, allowAutoRegistration=True)
    OutboxRow.objects.all().delete()
    iot.register_certificate(certificatePem=authority.issue("device"), caCertificatePem=authority.pem)
    assert not OutboxRow.objects.exists()


def test_a_marker_of_another_list_is_refused(iot: Any) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException, match="marker passed for listCertificateByCA"):
        iot.list_certificates_by_ca(caCertificateId="0" * 64, marker="Zm9v")
