"""Certificates registered on sight. The whole way is tested through the gateway; here, what each case is told."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from iot.core.arn import Scope
from iot.models import CaCertificate, Certificate
from iot.services import certificates, pki
from iot.services.ca_certificates import subject_key
from iot.services.gateway_registration import register_on_sight

pytestmark = pytest.mark.django_db
SCOPE = Scope("123456789012", "us-east-1")


@pytest.fixture
def certificate(tmp_path: Path) -> x509.Certificate:
    pki.create_authority(tmp_path)
    pem = pki.issue_device_certificate(tmp_path, ec.generate_private_key(ec.SECP256R1()).public_key())
    return x509.load_pem_x509_certificate(pem.encode())


def register_authority(directory: Path, *, auto: bool) -> None:
    pem = (directory / "ca.pem").read_text()
    authority = x509.load_pem_x509_certificate(pem.encode())
    CaCertificate.objects.create(
        account=SCOPE.account,
        region=SCOPE.region,
        certificate_id=pki.certificate_id(authority),
        pem=pem,
        status="ACTIVE",
        auto_registration=auto,
        subject_key=subject_key(authority),
        not_before=authority.not_valid_before_utc,
        not_after=authority.not_valid_after_utc,
    )


def test_without_an_authority_nothing_is_registered(certificate: x509.Certificate) -> None:
    assert "no registered authority" in register_on_sight(SCOPE, certificate)
    assert not Certificate.objects.exists()


def test_an_authority_that_does_not_register_registers_nothing(certificate: x509.Certificate, tmp_path: Path) -> None:
    register_authority(tmp_path, auto=False)
    assert "does not register" in register_on_sight(SCOPE, certificate)
    assert not Certificate.objects.exists()


def test_one_that_does_has_it_wait_for_activation(certificate: x509.Certificate, tmp_path: Path) -> None:
    register_authority(tmp_path, auto=True)
    assert "waits for its activation" in register_on_sight(SCOPE, certificate)
    assert Certificate.objects.get().status == "PENDING_ACTIVATION"
    assert register_on_sight(SCOPE, certificate) == "The certificate is PENDING_ACTIVATION"


def test_one_that_is_known_is_told_by_its_status(certificate: x509.Certificate) -> None:
    pem = certificate.public_bytes(Encoding.PEM).decode()
    certificates.register(SCOPE, pem=pem, status="REVOKED")
    assert register_on_sight(SCOPE, certificate) == "The certificate is REVOKED"
