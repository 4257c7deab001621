"""Device certificates: made here, registered from outside, activated, revoked, deleted."""

import uuid
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import Certificate, CertificateStatus, PolicyAttachment, ThingPrincipal
from iot.services import pki

KEY_BITS = 2048


def certificates(scope: Scope) -> QuerySet[Certificate]:
    """Select the certificates of a scope."""
    return Certificate.objects.filter(account=scope.account, region=scope.region)


def create_keys_and_certificate(scope: Scope, *, set_as_active: bool = False) -> tuple[Certificate, str, str]:
    """Make a key pair and a certificate; answers it with the public and the private key, which are not kept."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    row = _store(scope, pki.issue_device_certificate(settings.DATA_DIR, key.public_key()), _initial(set_as_active))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return row, public.decode(), private.decode()


def create_certificate_from_csr(
    scope: Scope, *, certificate_signing_request: str, set_as_active: bool = False
) -> Certificate:
    """Issue a certificate for a request's key; only its key and subject count."""
    try:
        request = x509.load_pem_x509_csr(certificate_signing_request.encode())
        if not request.is_signature_valid:
            raise ValueError("its signature does not fit its key")
    except (ValueError, TypeError, InvalidSignature) as error:
        raise errors.InvalidRequestException(f"The certificate signing request is not valid: {error}") from None
    pem = pki.issue_device_certificate(settings.DATA_DIR, request.public_key(), request.subject or None)
    return _store(scope, pem, _initial(set_as_active))


def register(scope: Scope, *, pem: str, status: str, mode: str = "DEFAULT", ca_certificate_id: str = "") -> Certificate:
    """Register a certificate that was made elsewhere. Raises ResourceAlreadyExistsException, CertificateValidation…"""
    return _store(scope, pem, status, mode=mode, ca_certificate_id=ca_certificate_id)


def find_certificate(scope: Scope, certificate_id: str, *, lock: bool = False) -> Certificate:
    """Find a certificate. Raises ResourceNotFoundException."""
    rows = certificates(scope).filter(certificate_id=certificate_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Certificate with id {certificate_id} not found")
    return row


def update_certificate(scope: Scope, *, certificate_id: str, new_status: str) -> Certificate:
    """Set a certificate's status; in force on live connections within seconds."""
    if new_status in (CertificateStatus.PENDING_TRANSFER, CertificateStatus.PENDING_ACTIVATION):
        raise errors.InvalidRequestException(f"The status {new_status} cannot be set by hand")
    with transaction.atomic():
        row = find_certificate(scope, certificate_id, lock=True)
        if row.status != new_status:
            row.status = new_status
            row.version += 1
            row.save(update_fields=["status", "version", "modified_at"])
        announce("certificates", certificate_id, scope)
    return row


def delete_certificate(scope: Scope, *, certificate_id: str, force_delete: bool = False) -> None:
    """Delete a certificate that is not active, has no things and, unless forced, no policies."""
    with transaction.atomic():
        row = find_certificate(scope, certificate_id, lock=True)
        if row.status == CertificateStatus.ACTIVE:
            raise errors.CertificateStateException(
                f"Certificate must be deactivated (not ACTIVE) before deletion. Id: {certificate_id}",
                resourceId=certificate_id,
            )
        if ThingPrincipal.objects.filter(principal=row.arn).exists():
            raise errors.DeleteConflictException(
                f"Things must be detached before deletion (arn: {row.arn})",
            )
        attached = PolicyAttachment.objects.filter(target=row.arn)
        if attached.exists() and not force_delete:
            raise errors.DeleteConflictException(
                f"Certificate policies must be detached before deletion (arn: {row.arn})"
            )
        attached.delete()
        row.delete()
        announce("certificates", certificate_id, scope)


def describe(row: Certificate) -> dict[str, Any]:
    """Answer AWS's CertificateDescription."""
    return {
        **summary(row),
        "caCertificateId": row.ca_certificate_id or None,
        "certificatePem": row.pem,
        "ownedBy": row.account,
        "lastModifiedDate": row.modified_at,
        "customerVersion": row.version,
        "generationId": row.generation_id,
        "validity": {"notBefore": row.not_before, "notAfter": row.not_after},
        "transferData": {},
    }


def summary(row: Certificate) -> dict[str, Any]:
    """Answer a row of ListCertificates."""
    return {
        "certificateArn": row.arn,
        "certificateId": row.certificate_id,
        "status": row.status,
        "certificateMode": row.mode,
        "creationDate": row.created_at,
    }


def load_pem(pem: str) -> x509.Certificate:
    """Read a certificate. Raises CertificateValidationException."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise errors.CertificateValidationException(f"The certificate is not valid: {error}") from None


def _initial(set_as_active: bool) -> str:
    return CertificateStatus.ACTIVE if set_as_active else CertificateStatus.INACTIVE


def _store(scope: Scope, pem: str, status: str, *, mode: str = "DEFAULT", ca_certificate_id: str = "") -> Certificate:
    certificate = load_pem(pem)
    certificate_id = pki.certificate_id(certificate)
    try:
        with transaction.atomic():
            row = Certificate.objects.create(
                account=scope.account,
                region=scope.region,
                certificate_id=certificate_id,
                pem=pem,
                status=status,
                mode=mode,
                ca_certificate_id=ca_certificate_id,
                subject=certificate.subject.rfc4514_string(),
                generation_id=str(uuid.uuid4()),
                not_before=certificate.not_valid_before_utc,
                not_after=certificate.not_valid_after_utc,
            )
            announce("certificates", certificate_id, scope)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            "The certificate is already provisioned or registered",
            resourceId=certificate_id,
            resourceArn=scope.arn("cert", certificate_id),
        ) from None
    return row
