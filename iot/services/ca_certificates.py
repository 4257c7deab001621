"""Certificate authorities that an account brings along, and the code that proves it holds their keys.

A CA in DEFAULT mode needs a verification certificate: signed by it, with the account's registration code as its
common name. One in SNI_ONLY mode must have none.
"""

import hashlib
import secrets
import uuid
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import CaCertificate, Certificate, CertificateStatus, RegistrationCode
from iot.services import certificates, pki
from iot.services.tags import Given, forget_tags, put_tags

SNI_ONLY = "SNI_ONLY"


def ca_certificates(scope: Scope) -> QuerySet[CaCertificate]:
    """Select the authorities of a scope."""
    return CaCertificate.objects.filter(account=scope.account, region=scope.region)


def find_ca_certificate(scope: Scope, certificate_id: str, *, lock: bool = False) -> CaCertificate:
    """Find an authority. Raises ResourceNotFoundException."""
    rows = ca_certificates(scope).filter(certificate_id=certificate_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException("Requested CA Certificate does not exist.")
    return row


def registration_code(scope: Scope) -> str:
    """Answer the account's registration code, the same until it is deleted."""
    row, _ = RegistrationCode.objects.get_or_create(
        account=scope.account, region=scope.region, defaults={"code": secrets.token_hex(32)}
    )
    return row.code


def delete_registration_code(scope: Scope) -> None:
    """Forget the registration code; the next one is another."""
    RegistrationCode.objects.filter(account=scope.account, region=scope.region).delete()


def register_ca_certificate(
    scope: Scope,
    *,
    ca_certificate: str,
    verification_certificate: str | None = None,
    set_as_active: bool = False,
    allow_auto_registration: bool = False,
    registration_config: dict[str, Any] | None = None,
    tags: Given | None = None,
    certificate_mode: str = "DEFAULT",
) -> CaCertificate:
    """Register an authority. Raises CertificateValidation…, RegistrationCodeValidation…, ResourceAlreadyExists…"""
    certificate = certificates.load_pem(ca_certificate)
    _check_authority(certificate)
    _check_verification(scope, certificate, verification_certificate, certificate_mode)
    certificate_id = pki.certificate_id(certificate)
    try:
        with transaction.atomic():
            row = CaCertificate.objects.create(
                account=scope.account,
                region=scope.region,
                certificate_id=certificate_id,
                pem=ca_certificate,
                status=CertificateStatus.ACTIVE if set_as_active else CertificateStatus.INACTIVE,
                mode=certificate_mode,
                auto_registration=allow_auto_registration,
                registration_config=registration_config or {},
                subject_key=subject_key(certificate),
                generation_id=str(uuid.uuid4()),
                not_before=certificate.not_valid_before_utc,
                not_after=certificate.not_valid_after_utc,
            )
            put_tags(scope, row.arn, tags)
            announce("cacertificates", certificate_id, scope)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            "The CA certificate is already registered",
            resourceId=certificate_id,
            resourceArn=scope.arn("cacert", certificate_id),
        ) from None
    return row


def update_ca_certificate(
    scope: Scope,
    *,
    certificate_id: str,
    new_status: str | None = None,
    new_auto_registration_status: str | None = None,
    registration_config: dict[str, Any] | None = None,
    remove_auto_registration: bool = False,
) -> None:
    """Change an authority's status, and whether and how certificates of it register themselves."""
    with transaction.atomic():
        row = find_ca_certificate(scope, certificate_id, lock=True)
        if new_status is not None:
            row.status = new_status
        if new_auto_registration_status is not None:
            row.auto_registration = new_auto_registration_status == "ENABLE"
        if registration_config is not None:
            row.registration_config = registration_config
        if remove_auto_registration:
            row.auto_registration = False
            row.registration_config = registration_config or {}
        row.version += 1
        row.save()
        announce("cacertificates", certificate_id, scope)


def delete_ca_certificate(scope: Scope, *, certificate_id: str) -> None:
    """Delete an authority that is not active. Raises CertificateStateException."""
    with transaction.atomic():
        row = find_ca_certificate(scope, certificate_id, lock=True)
        if row.status == CertificateStatus.ACTIVE:
            raise errors.CertificateStateException(
                f"CA certificate must be deactivated (not ACTIVE) before deletion. Id: {certificate_id}",
                resourceId=certificate_id,
            )
        forget_tags(scope, row.arn)
        row.delete()
        announce("cacertificates", certificate_id, scope)


def certificates_of(scope: Scope, *, ca_certificate_id: str) -> QuerySet[Certificate]:
    """Select the device certificates that an authority has signed."""
    return certificates.certificates(scope).filter(ca_certificate_id=ca_certificate_id)


def register_certificate(
    scope: Scope, *, certificate_pem: str, ca_certificate_pem: str | None = None, status: str = "INACTIVE"
) -> Certificate:
    """Register a certificate of a registered authority, given or found by its signature, or of no such authority.

    Raises CertificateStateException where the authority given is not registered, or the signing one not active, and
    CertificateValidationException where the one given has not signed it.
    """
    certificates.check_registrable(status)
    certificate = certificates.load_pem(certificate_pem)
    if ca_certificate_pem is None:
        authority = _signer_among(ca_certificates(scope), certificate)
    else:
        authority = _given_signer(scope, certificate, certificates.load_pem(ca_certificate_pem))
    if authority is not None and authority.status != CertificateStatus.ACTIVE:
        raise errors.CertificateStateException("The CA certificate is not active")
    return certificates.register(
        scope,
        pem=certificate_pem,
        status=status,
        mode=authority.mode if authority else "DEFAULT",
        ca_certificate_id=authority.certificate_id if authority else "",
    )


def find_signer(scope: Scope, certificate: x509.Certificate) -> CaCertificate | None:
    """Find the active authority that has signed a certificate, by the name and the key of its issuer."""
    return _signer_among(ca_certificates(scope).filter(status=CertificateStatus.ACTIVE), certificate)


def describe(row: CaCertificate) -> dict[str, Any]:
    """Answer AWS's CACertificateDescription."""
    return {
        **summary(row),
        "certificatePem": row.pem,
        "ownedBy": row.account,
        "autoRegistrationStatus": "ENABLE" if row.auto_registration else "DISABLE",
        "lastModifiedDate": row.modified_at,
        "customerVersion": row.version,
        "generationId": row.generation_id,
        "validity": {"notBefore": row.not_before, "notAfter": row.not_after},
        "certificateMode": row.mode,
    }


def summary(row: CaCertificate) -> dict[str, Any]:
    """Answer a row of ListCACertificates."""
    return {
        "certificateArn": row.arn,
        "certificateId": row.certificate_id,
        "status": row.status,
        "creationDate": row.created_at,
    }


def subject_key(certificate: x509.Certificate) -> str:
    """Answer the SHA-256 of a certificate's public key."""
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(key).hexdigest()


def _check_authority(certificate: x509.Certificate) -> None:
    try:
        is_authority = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        is_authority = False
    if not is_authority:
        raise errors.CertificateValidationException("The certificate is not a CA certificate: BasicConstraints CA:TRUE")


def _check_verification(scope: Scope, certificate: x509.Certificate, pem: str | None, mode: str) -> None:
    if mode == SNI_ONLY:
        if pem is not None:
            raise errors.InvalidRequestException(
                "Cannot provide verification certificate for registering CA Certificates in SNI_ONLY mode"
            )
        return
    if pem is None:
        raise errors.InvalidRequestException(
            "Need to provide verification certificate for registering CA Certificates in DEFAULT mode"
        )
    try:
        verification = certificates.load_pem(pem)
    except errors.CertificateValidationException:
        raise errors.InvalidRequestException("Contents of the Verification Certificate are not correct") from None
    names = verification.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names or names[0].value != registration_code(scope):
        raise errors.RegistrationCodeValidationException(
            "Registration code provided in the CN field of verification certificate is invalid."
        )
    _demand_issuer(certificate, verification)


def _given_signer(scope: Scope, certificate: x509.Certificate, authority: x509.Certificate) -> CaCertificate:
    row = ca_certificates(scope).filter(certificate_id=pki.certificate_id(authority)).first()
    if row is None:
        raise errors.CertificateStateException("No CA certificate exists for the given certificate")
    _demand_issuer(authority, certificate)
    return row


def _signer_among(rows: QuerySet[CaCertificate], certificate: x509.Certificate) -> CaCertificate | None:
    return next((row for row in rows if _has_signed(certificates.load_pem(row.pem), certificate)), None)


def _demand_issuer(authority: x509.Certificate, certificate: x509.Certificate) -> None:
    if certificate.issuer != authority.subject:
        raise errors.CertificateValidationException(
            "The issuer of the certificate did not match the subject of the provided CA certificate."
        )
    if not _has_signed(authority, certificate):
        raise errors.CertificateValidationException(
            "The signature of the certificate failed verification against the provided CA certificate."
        )


def _has_signed(authority: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
