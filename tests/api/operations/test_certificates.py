"""Device certificates over boto3."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from iot.models import Certificate, CertificateStatus
from tests.api import issuing

OLDER = (Path(issuing.__file__).parent / "signed_with_sha1.csr").read_text()


def created(iot: Any, **options: Any) -> Any:
    return iot.create_keys_and_certificate(**{"setAsActive": True, **options})


def described(iot: Any, certificate_id: str) -> Any:
    return iot.describe_certificate(certificateId=certificate_id)["certificateDescription"]


def test_keys_and_a_certificate_are_made_and_the_private_key_is_not_kept(iot: Any) -> None:
    made = created(iot)
    assert made["keyPair"]["PrivateKey"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert made["keyPair"]["PublicKey"].startswith("-----BEGIN PUBLIC KEY-----")
    assert made["certificateArn"] == f"arn:aws:iot:us-east-1:123456789012:cert/{made['certificateId']}"
    found = described(iot, made["certificateId"])
    assert (found["status"], found["certificatePem"]) == ("ACTIVE", made["certificatePem"])
    assert found["validity"]["notAfter"].year == 2049
    assert found["ownedBy"] == "123456789012"
    row = Certificate.objects.get()
    assert all(made["keyPair"]["PrivateKey"] not in str(getattr(row, field.attname)) for field in row._meta.fields)
    assert described(iot, created(iot, setAsActive=False)["certificateId"])["status"] == "INACTIVE"


def test_the_same_request_twice_gives_two_certificates(iot: Any) -> None:
    request = issuing.request("device 7")
    ids = {iot.create_certificate_from_csr(certificateSigningRequest=request)["certificateId"] for _ in range(2)}
    assert len(ids) == 2
    issued = x509.load_pem_x509_certificate(described(iot, ids.pop())["certificatePem"].encode())
    assert issued.subject.rfc4514_string() == "CN=device 7"
    assert not issued.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


@pytest.mark.parametrize(
    "request_text",
    [
        "nonsense",
        "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END",
        issuing.request("weak", rsa.generate_private_key(public_exponent=65537, key_size=1024)),
        issuing.request("curve", ec.generate_private_key(ec.SECP256K1())),
        OLDER[:-60] + "AAAA" + OLDER[-56:],
    ],
    ids=["no-pem", "cut-off", "short-key", "other-curve", "wrong-signature"],
)
def test_a_bad_request_is_refused(iot: Any, request_text: str) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException, match="CSR violates constraints"):
        iot.create_certificate_from_csr(certificateSigningRequest=request_text)


def test_a_request_that_older_tools_signed_is_taken(iot: Any) -> None:
    assert "SHA1" in type(x509.load_pem_x509_csr(OLDER.encode()).signature_hash_algorithm).__name__
    iot.create_certificate_from_csr(certificateSigningRequest=OLDER)


def test_a_certificate_is_deleted_when_nothing_needs_it(iot: Any) -> None:
    made = created(iot)
    certificate_id, arn = made["certificateId"], made["certificateArn"]
    iot.create_policy(policyName="p", policyDocument="{}")
    iot.attach_policy(policyName="p", target=arn)
    iot.create_thing(thingName="lamp")
    iot.attach_thing_principal(thingName="lamp", principal=arn)
    with pytest.raises(iot.exceptions.CertificateStateException) as error:
        iot.delete_certificate(certificateId=certificate_id, forceDelete=True)
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 406
    iot.update_certificate(certificateId=certificate_id, newStatus="REVOKED")
    with pytest.raises(iot.exceptions.DeleteConflictException, match="Things must be detached"):
        iot.delete_certificate(certificateId=certificate_id, forceDelete=True)
    iot.detach_thing_principal(thingName="lamp", principal=arn)
    with pytest.raises(iot.exceptions.DeleteConflictException, match="policies must be detached"):
        iot.delete_certificate(certificateId=certificate_id)
    iot.delete_certificate(certificateId=certificate_id, forceDelete=True)
    assert iot.list_certificates()["certificates"] == []
    assert iot.list_targets_for_policy(policyName="p")["targets"] == []
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.delete_certificate(certificateId=certificate_id)


def test_the_same_certificate_registered_again_keeps_its_id(iot: Any) -> None:
    made = created(iot, setAsActive=False)
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException) as error:
        iot.register_certificate_without_ca(certificatePem=made["certificatePem"], status="ACTIVE")
    assert error.value.response["resourceId"] == made["certificateId"]
    assert error.value.response["resourceArn"] == made["certificateArn"]
    iot.delete_certificate(certificateId=made["certificateId"])
    again = iot.register_certificate(certificatePem=made["certificatePem"], setAsActive=True)
    assert again["certificateId"] == made["certificateId"]
    assert described(iot, again["certificateId"])["status"] == "ACTIVE"


def test_a_certificate_that_is_none_is_refused(iot: Any) -> None:
    with pytest.raises(iot.exceptions.CertificateValidationException):
        iot.register_certificate_without_ca(certificatePem="no certificate")


@pytest.mark.parametrize("status", [CertificateStatus.PENDING_TRANSFER, CertificateStatus.PENDING_ACTIVATION])
def test_a_status_of_the_services_own_is_not_set_by_hand(iot: Any, status: str) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.update_certificate(certificateId=created(iot)["certificateId"], newStatus=status)
