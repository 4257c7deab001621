"""Certificates as services."""

import pytest
from cryptography import x509

from iot.core import errors
from iot.models import CertificateStatus
from iot.services import certificates
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def test_every_change_of_a_certificate_is_announced(broker: Broker, data_directory: object) -> None:
    row, public, private = certificates.create_keys_and_certificate(SCOPE)
    assert broker.announced() == [("certificates", row.certificate_id)]
    certificates.update_certificate(SCOPE, certificate_id=row.certificate_id, new_status=CertificateStatus.ACTIVE)
    certificates.update_certificate(SCOPE, certificate_id=row.certificate_id, new_status=CertificateStatus.REVOKED)
    certificates.delete_certificate(SCOPE, certificate_id=row.certificate_id)
    assert broker.announced() == [("certificates", row.certificate_id)] * 3
    assert "PRIVATE" in private
    assert "PRIVATE" not in public


@pytest.mark.django_db
def test_a_certificate_belongs_to_its_account(data_directory: object) -> None:
    row, _, _ = certificates.create_keys_and_certificate(SCOPE)
    with pytest.raises(errors.ResourceNotFoundException):
        certificates.find_certificate(ELSEWHERE, row.certificate_id)
    elsewhere = certificates.register(ELSEWHERE, pem=row.pem, status="ACTIVE", mode="SNI_ONLY")
    assert elsewhere.certificate_id == row.certificate_id
    assert elsewhere.arn != row.arn


@pytest.mark.django_db
def test_setting_the_same_status_again_is_no_new_version(data_directory: object) -> None:
    row, _, _ = certificates.create_keys_and_certificate(SCOPE)
    for status, version in (("INACTIVE", 1), ("ACTIVE", 2), ("ACTIVE", 2)):
        assert (
            certificates.update_certificate(SCOPE, certificate_id=row.certificate_id, new_status=status).version
            == version
        )


@pytest.mark.django_db
def test_a_certificate_is_for_the_key_that_comes_with_it(data_directory: object) -> None:
    row, public, _ = certificates.create_keys_and_certificate(SCOPE)
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    assert x509.load_pem_x509_certificate(row.pem.encode()).public_key() == load_pem_public_key(public.encode())
