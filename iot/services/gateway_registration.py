"""Certificates that nobody has registered, signed by an authority that registers by itself (JITR and JITP)."""

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from iot.core import errors
from iot.core.arn import Scope
from iot.models import CertificateStatus
from iot.services import ca_certificates, certificates, pki, provisioning, registry_events


def register_on_sight(scope: Scope, certificate: x509.Certificate) -> str:
    """Register a certificate that a device showed, waiting for its activation; answers what became of it, for people.

    Whoever listens to `$aws/events/certificates/registered/…` activates it; until then it may not connect.
    """
    certificate_id = pki.certificate_id(certificate)
    row = certificates.certificates(scope).filter(certificate_id=certificate_id).first()
    if row is not None:
        return f"The certificate is {row.status}"
    authority = ca_certificates.find_signer(scope, certificate)
    if authority is None:
        return "The certificate is not registered, and no registered authority has signed it"
    if not authority.auto_registration:
        return "The certificate is not registered, and its authority does not register by itself"
    try:
        with transaction.atomic():
            row = certificates.register(
                scope,
                pem=certificate.public_bytes(Encoding.PEM).decode(),
                status=CertificateStatus.PENDING_ACTIVATION,
                mode=authority.mode,
                ca_certificate_id=authority.certificate_id,
            )
            if provisioning.provision_on_sight(scope, authority, row) is not None:
                return "The certificate is registered and provisioned now: connect again"
            registry_events.certificate_registered(row)
    except errors.ResourceAlreadyExistsException:
        return "The certificate has just been registered"
    except errors.AwsError as error:
        return f"The certificate could not be provisioned: {error.message}"
    return "The certificate is registered now and waits for its activation"
