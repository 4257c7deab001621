"""Device certificates: made here, registered from outside, activated, revoked, deleted."""

import uuid
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.models import Certificate, CertificateStatus, PolicyAttachment, ThingPrincipal
from iot.services import pki

KEY_BITS = 2048
CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


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
        fits = _is_strong(request.public_key()) and _proves_key(request)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        fits = False
    if not fits:
        raise errors.InvalidRequestException("CSR violates constraints")
    pem = pki.issue_device_certificate(settings.DATA_DIR, request.public_key(), request.subject or None)
    return _store(scope, pem, _initial(set_as_active))


def register(scope: Scope, *, pem: str, status: str, mode: str = "DEFAULT", ca_certificate_id: str = "") -> Certificate:
    """Register a certificate that was made elsewhere. Raises ResourceAlreadyExistsException, CertificateValidation…"""
    return _store(scope, pem, status, mode=mode, ca_certificate_id=ca_certificate_id)


def register_certificate_without_ca(scope: Scope, *, certificate_pem: str, status: str) -> Certificate:
    """Register a certificate for clients that name their endpoint (SNI), whoever signed it."""
    check_registrable(status)
    return register(scope, pem=certificate_pem, status=status, mode="SNI_ONLY")


def check_registrable(status: str) -> None:
    """Demand a status that a certificate may be registered with by hand."""
    if status == CertificateStatus.PENDING_ACTIVATION:
        raise errors.CertificateStateException("Not allowed to register certificate with PENDING_ACTIVATION status")
    if status == CertificateStatus.PENDING_TRANSFER:
        raise errors.InvalidRequestException(f"The status {status} cannot be set by hand")


def find_certificate(scope: Scope, certificate_id: str, *, lock: bool = False) -> Certificate:
    """Find a certificate. Raises ResourceNotFoundException."""
    rows = certificates(scope).filter(certificate_id=certificate_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"CertificateId {certificate_id} does not exist")
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
        "certificateMode": row.mode,
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
        "creationDate": row.created_at,
    }


def load_pem(pem: str) -> x509.Certificate:
    """Read a certificate. Raises CertificateValidationException."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise errors.CertificateValidationException(f"The certificate is not valid: {error}") from None


def _is_strong(key: CertificatePublicKeyTypes) -> bool:
    """Say whether AWS IoT takes a key: RSA of 2,048 bits or more, or ECC on P-256, P-384 or P-521."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= KEY_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def _proves_key(request: x509.CertificateSigningRequest) -> bool:
    """Say whether a request is signed with its own key; SHA-1, which older tools use, proves that as well."""
    key, algorithm = request.public_key(), request.signature_hash_algorithm
    if not isinstance(key, rsa.RSAPublicKey) or not isinstance(algorithm, hashes.SHA1):
        return request.is_signature_valid
    try:
        key.verify(request.signature, request.tbs_certrequest_bytes, padding.PKCS1v15(), algorithm)
    except InvalidSignature:
        return False
    return True


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
