"""Customers' authorities as services."""

from typing import Any

import pytest
from cryptography import x509

from iot.core import errors
from iot.services import ca_certificates
from tests.api import issuing
from tests.services.broker import ELSEWHERE, SCOPE, Broker


def register(authority: issuing.Authority, **options: Any) -> str:
    row = ca_certificates.register_ca_certificate(
        SCOPE, ca_certificate=authority.pem, certificate_mode="SNI_ONLY", **options
    )
    return row.certificate_id


def test_changes_are_announced(broker: Broker) -> None:
    ca_id = register(issuing.authority())
    ca_certificates.update_ca_certificate(SCOPE, certificate_id=ca_id, new_auto_registration_status="ENABLE")
    ca_certificates.delete_ca_certificate(SCOPE, certificate_id=ca_id)
    assert broker.announced() == [("cacertificates", ca_id)] * 3


@pytest.mark.django_db
def test_who_signed_a_certificate_is_found_among_the_active() -> None:
    one, two = issuing.authority("One"), issuing.authority("Two")
    one_id, two_id = register(one, set_as_active=True), register(two)
    of_one = x509.load_pem_x509_certificate(one.issue("device").encode())
    of_two = x509.load_pem_x509_certificate(two.issue("device").encode())
    found = ca_certificates.find_signer(SCOPE, of_one)
    assert found is not None
    assert found.certificate_id == one_id
    assert ca_certificates.find_signer(SCOPE, of_two) is None
    ca_certificates.update_ca_certificate(SCOPE, certificate_id=two_id, new_status="ACTIVE")
    assert ca_certificates.find_signer(SCOPE, of_two) is not None
    assert ca_certificates.find_signer(ELSEWHERE, of_one) is None


@pytest.mark.django_db
def test_an_authority_of_the_same_name_is_not_the_signer() -> None:
    real, false = issuing.authority("Same name"), issuing.authority("Same name")
    register(real, set_as_active=True)
    assert ca_certificates.find_signer(SCOPE, x509.load_pem_x509_certificate(false.issue("d").encode())) is None
    with pytest.raises(errors.CertificateValidationException):
        ca_certificates.register_certificate(SCOPE, certificate_pem=false.issue("d"), ca_certificate_pem=real.pem)


@pytest.mark.django_db
def test_codes_are_each_accounts_own() -> None:
    assert ca_certificates.registration_code(SCOPE) != ca_certificates.registration_code(ELSEWHERE)
