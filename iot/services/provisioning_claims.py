"""Fleet provisioning by claim: certificates whose ownership a token proves, and the provisioning of them."""

import hashlib
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import transaction

from iot.core import errors
from iot.core.arn import Scope
from iot.core.provisioning.template import PolicyPlan
from iot.models import Certificate, CertificateStatus, OwnershipToken, Thing
from iot.services import certificates, functions, pki, policies, provisioning, provisioning_templates

TOKEN_SECONDS = 3600
CLAIM_SECONDS = 300


class InvalidCertificateOwnershipToken(errors.InvalidRequestException):
    """The token is not known, has ended, or has been used; over MQTT it has a code of its own."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A certificate made for a claim, with the token that proves whose it is; the key is not kept."""

    certificate: Certificate
    token: str
    private_key: str | None = None


def create_owned_certificate(scope: Scope, *, csr: str | None = None) -> Owned:
    """Make a certificate for a claim, or for the key of a request; it goes again if nobody provisions it."""
    with transaction.atomic():
        private = None
        if csr is None:
            row, _, private = certificates.create_keys_and_certificate(scope)
        else:
            row = certificates.create_certificate_from_csr(scope, certificate_signing_request=csr)
        return Owned(row, _make_token(scope, row, TOKEN_SECONDS), private)


def provision_by_claim(
    scope: Scope,
    *,
    template_name: str,
    token: str,
    parameters: Mapping[str, str],
    client_id: str = "",
    claim_certificate_id: str = "",
) -> provisioning.Provisioned:
    """Provision the certificate that a token proves the ownership of.

    Raises ResourceNotFoundException, InvalidCertificateOwnershipToken, or AccessDeniedException where the hook refuses.
    """
    template = provisioning_templates.describe_provisioning_template(scope, template_name=template_name)
    if not template.enabled:
        raise errors.AccessDeniedException(f"The provisioning template {template_name} is not enabled")
    owned = OwnershipToken.objects.filter(
        account=scope.account, region=scope.region, digest=_digest(token), expires_at__gt=time.time()
    ).first()
    if owned is None:
        raise InvalidCertificateOwnershipToken("The certificateOwnershipToken is not valid")
    row = certificates.find_certificate(scope, owned.certificate_id)
    given = dict(parameters)
    if template.hook:
        event = {
            "claimCertificateId": claim_certificate_id,
            "certificateId": row.certificate_id,
            "certificatePem": row.pem,
            "templateArn": template.arn,
            "clientId": client_id,
            "parameters": given,
        }
        given |= _ask_hook(template.hook["targetArn"], event)
    body = provisioning_templates.check_body(provisioning_templates.default_body(template))
    with transaction.atomic():
        if not OwnershipToken.objects.filter(pk=owned.pk).delete()[0]:
            raise InvalidCertificateOwnershipToken("The certificateOwnershipToken has been used")
        return provisioning.provision(
            scope, body, {**given, f"{provisioning.PARAMETER_PREFIX}Id": row.certificate_id}, certificate=row
        )


def create_provisioning_claim(scope: Scope, *, template_name: str) -> tuple[Certificate, str, str, datetime]:
    """Make a claim certificate for five minutes; answers it, its public and private key, and when it ends."""
    template = provisioning_templates.describe_provisioning_template(scope, template_name=template_name)
    key = rsa.generate_private_key(public_exponent=65537, key_size=certificates.KEY_BITS)
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=CLAIM_SECONDS)
    pem = pki.issue_device_certificate(settings.DATA_DIR, key.public_key(), end=end)
    with transaction.atomic():
        row = certificates.register(scope, pem=pem, status=CertificateStatus.ACTIVE)
        _make_token(scope, row, CLAIM_SECONDS)
        name = provisioning.provide_policy(scope, PolicyPlan(None, _claim_document(scope, template.name)))
        policies.attach_policy(scope, policy_name=name, target=row.arn)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return row, public.decode(), private.decode(), end


def forget_unclaimed(scope: Scope, now: float | None = None) -> int:
    """Delete certificates whose tokens have ended before anybody provisioned them; answers how many."""
    at = time.time() if now is None else now
    count = 0
    for token in OwnershipToken.objects.filter(account=scope.account, region=scope.region, expires_at__lte=at):
        with transaction.atomic():
            if OwnershipToken.objects.filter(pk=token.pk).delete()[0]:
                count += 1
                _forget(scope, token.certificate_id)
    return count


def _forget(scope: Scope, certificate_id: str) -> None:
    row = certificates.certificates(scope).filter(certificate_id=certificate_id).first()
    if row is None or Thing.objects.filter(principals__principal=row.arn).exists():
        return
    certificates.update_certificate(scope, certificate_id=certificate_id, new_status=CertificateStatus.INACTIVE)
    certificates.delete_certificate(scope, certificate_id=certificate_id, force_delete=True)


def _make_token(scope: Scope, row: Certificate, seconds: int) -> str:
    token = secrets.token_urlsafe(64)
    OwnershipToken.objects.create(
        account=scope.account,
        region=scope.region,
        digest=_digest(token),
        certificate_id=row.certificate_id,
        expires_at=time.time() + seconds,
    )
    return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _ask_hook(target: str, event: dict[str, Any]) -> dict[str, str]:
    try:
        answer = functions.invoke(target, event)
    except errors.AwsError as error:
        raise errors.AccessDeniedException(f"The pre-provisioning hook failed: {error.message}") from None
    if not isinstance(answer, dict) or answer.get("allowProvisioning") is not True:
        raise errors.AccessDeniedException("The pre-provisioning hook does not allow this device")
    overrides = answer.get("parameterOverrides") or {}
    if not isinstance(overrides, dict):
        raise errors.AccessDeniedException("The pre-provisioning hook answered parameters that are no object")
    return {str(name): str(value) for name, value in overrides.items()}


def _claim_document(scope: Scope, template_name: str) -> str:
    """What a claim certificate may do: connect, ask for a certificate, and provision by one template."""
    prefixes = ("$aws/certificates/create/*", "$aws/certificates/create-from-csr/*")
    asked = [*prefixes, f"$aws/provisioning-templates/{template_name}/provision/*"]
    topics = ",".join(f'"{scope.arn("topic", one)}"' for one in asked)
    filters = ",".join(f'"{scope.arn("topicfilter", one)}"' for one in asked)
    return (
        '{"Version":"2012-10-17","Statement":['
        '{"Effect":"Allow","Action":"iot:Connect","Resource":"*"},'
        f'{{"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":[{topics}]}},'
        f'{{"Effect":"Allow","Action":"iot:Subscribe","Resource":[{filters}]}}]}}'
    )
