"""Custom authorizers: functions that decide who may connect and by which policies."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.bridge.outbox import announce
from iot.core import errors
from iot.core.arn import Scope
from iot.core.policy.document import compile_policy
from iot.models import Authorizer
from iot.services import account_settings, functions
from iot.services.tags import Given, forget_tags, put_tags

ACTIVE = "ACTIVE"
DEFAULT_SETTING = "default_authorizer"
MINIMUM_KEY_BITS = 2048
MAXIMUM_DOCUMENTS = 10
MAXIMUM_DOCUMENT = 2048
SECONDS = (300, 86_400)
_PRINCIPAL = re.compile(r"[a-zA-Z0-9]{1,128}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an authorizer answered."""

    is_authenticated: bool
    principal_id: str
    policy_documents: tuple[str, ...]
    disconnect_after: int
    refresh_after: int


def authorizers(scope: Scope, *, status: str | None = None) -> QuerySet[Authorizer]:
    """Select authorizers, perhaps by status."""
    rows = Authorizer.objects.filter(account=scope.account, region=scope.region)
    return rows if status is None else rows.filter(status=status)


def find_authorizer(scope: Scope, authorizer_name: str, *, lock: bool = False) -> Authorizer:
    """Find an authorizer. Raises ResourceNotFoundException."""
    rows = authorizers(scope).filter(name=authorizer_name)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Authorizer {authorizer_name} not found")
    return row


def create_authorizer(
    scope: Scope,
    *,
    authorizer_name: str,
    authorizer_function_arn: str,
    token_key_name: str | None = None,
    token_signing_public_keys: dict[str, str] | None = None,
    status: str = "INACTIVE",
    tags: Given | None = None,
    signing_disabled: bool = False,
    enable_caching_for_http: bool = False,
) -> Authorizer:
    """Create an authorizer; one that checks signatures needs the token's key name and public keys."""
    keys = token_signing_public_keys or {}
    if not signing_disabled and not (token_key_name and keys):
        raise errors.InvalidRequestException("Checking signatures needs a token key name and public keys")
    _check_keys(keys)
    try:
        with transaction.atomic():
            row = Authorizer.objects.create(
                account=scope.account,
                region=scope.region,
                name=authorizer_name,
                function_arn=authorizer_function_arn,
                token_key_name=token_key_name or "",
                public_keys=keys,
                status=status,
                signing_disabled=signing_disabled,
                caching_for_http=enable_caching_for_http,
            )
            put_tags(scope, row.arn, tags)
            announce("authorizers", authorizer_name, scope)
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            f"Authorizer {authorizer_name} already exists",
            resourceId=authorizer_name,
            resourceArn=scope.arn("authorizer", authorizer_name),
        ) from None
    return row


def update_authorizer(
    scope: Scope,
    *,
    authorizer_name: str,
    authorizer_function_arn: str | None = None,
    token_key_name: str | None = None,
    token_signing_public_keys: dict[str, str] | None = None,
    status: str | None = None,
    enable_caching_for_http: bool | None = None,
) -> Authorizer:
    """Change what is given. The default authorizer cannot be made inactive."""
    with transaction.atomic():
        row = find_authorizer(scope, authorizer_name, lock=True)
        if status == "INACTIVE" and default_name(scope) == authorizer_name:
            raise errors.InvalidRequestException("The default authorizer cannot be made INACTIVE")
        if token_signing_public_keys is not None:
            _check_keys(token_signing_public_keys)
        changes = {
            "function_arn": authorizer_function_arn,
            "token_key_name": token_key_name,
            "public_keys": token_signing_public_keys,
            "status": status,
            "caching_for_http": enable_caching_for_http,
        }
        for name, value in changes.items():
            if value is not None:
                setattr(row, name, value)
        row.save()
        announce("authorizers", authorizer_name, scope)
    return row


def delete_authorizer(scope: Scope, *, authorizer_name: str) -> None:
    """Delete an authorizer that is inactive and not the default. Raises DeleteConflictException."""
    with transaction.atomic():
        row = find_authorizer(scope, authorizer_name, lock=True)
        if default_name(scope) == authorizer_name:
            raise errors.DeleteConflictException("The default authorizer cannot be deleted")
        if row.status == ACTIVE:
            raise errors.DeleteConflictException(f"Authorizer {authorizer_name} must be INACTIVE to be deleted")
        forget_tags(scope, row.arn)
        row.delete()
        announce("authorizers", authorizer_name, scope)


def set_default_authorizer(scope: Scope, *, authorizer_name: str) -> Authorizer:
    """Let an active authorizer decide where a connection names none. Raises ResourceAlreadyExistsException."""
    with transaction.atomic():
        row = find_authorizer(scope, authorizer_name)
        if row.status != ACTIVE:
            raise errors.InvalidRequestException(f"Authorizer {authorizer_name} must be ACTIVE to be the default")
        if default_name(scope) == authorizer_name:
            raise errors.ResourceAlreadyExistsException(
                f"Authorizer {authorizer_name} is the default already", resourceId=row.name, resourceArn=row.arn
            )
        account_settings.write(scope, DEFAULT_SETTING, authorizer_name)
        announce("authorizers", authorizer_name, scope)
    return row


def clear_default_authorizer(scope: Scope) -> None:
    """Let no authorizer be the default. Raises ResourceNotFoundException."""
    with transaction.atomic():
        name = default_name(scope)
        if not name:
            raise errors.ResourceNotFoundException("There is no default authorizer")
        account_settings.write(scope, DEFAULT_SETTING, "")
        announce("authorizers", name, scope)


def default_name(scope: Scope) -> str:
    """Answer the name of the default authorizer, empty where there is none."""
    return str(account_settings.read(scope, DEFAULT_SETTING, ""))


def find_default_authorizer(scope: Scope) -> Authorizer:
    """Find the default authorizer. Raises ResourceNotFoundException."""
    name = default_name(scope)
    if not name:
        raise errors.ResourceNotFoundException("There is no default authorizer")
    return find_authorizer(scope, name)


def invoke(row: Authorizer, *, token: str | None, signature: str | None, event: dict[str, Any]) -> Verdict:
    """Check a token's signature where the authorizer wants that, then ask its function.

    `event` holds `protocols`, `protocolData` and `connectionMetadata`. Raises UnauthorizedException for a signature
    that does not fit, InvalidResponseException for an answer that is not one.
    """
    verified = not row.signing_disabled
    if verified and not signature_fits(row, token or "", signature or ""):
        raise errors.UnauthorizedException("The token's signature does not fit any of the authorizer's keys")
    body = {**event, "signatureVerified": verified}
    if token is not None:
        body["token"] = token
    return read_verdict(functions.invoke(row.function_arn, body))


def signature_fits(row: Authorizer, token: str, signature: str) -> bool:
    """Say whether a base64 signature of a token was made with the key of one of an authorizer's public keys."""
    try:
        given = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return False
    for pem in row.public_keys.values():
        key = load_pem_public_key(pem.encode())
        if not isinstance(key, rsa.RSAPublicKey):
            continue
        try:
            key.verify(given, token.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return True
    return False


def read_verdict(answer: Any) -> Verdict:
    """Read what a function answered. Raises InvalidResponseException."""
    if not isinstance(answer, dict) or not isinstance(answer.get("isAuthenticated"), bool):
        raise errors.InvalidResponseException("The authorizer's answer has no isAuthenticated")
    if not answer["isAuthenticated"]:
        return Verdict(False, str(answer.get("principalId", "")), (), 0, 0)
    principal = answer.get("principalId")
    if not isinstance(principal, str) or not _PRINCIPAL.fullmatch(principal):
        raise errors.InvalidResponseException("The authorizer's principalId must be 1 to 128 letters and digits")
    return Verdict(
        True,
        principal,
        _documents(answer.get("policyDocuments")),
        _seconds(answer, "disconnectAfterInSeconds"),
        _seconds(answer, "refreshAfterInSeconds"),
    )


def describe(row: Authorizer) -> dict[str, Any]:
    """Answer AWS's AuthorizerDescription."""
    return {
        **summary(row),
        "authorizerFunctionArn": row.function_arn,
        "tokenKeyName": row.token_key_name or None,
        "tokenSigningPublicKeys": row.public_keys or None,
        "status": row.status,
        "creationDate": row.created_at,
        "lastModifiedDate": row.modified_at,
        "signingDisabled": row.signing_disabled,
        "enableCachingForHttp": row.caching_for_http,
    }


def summary(row: Authorizer) -> dict[str, str]:
    """Answer a row of ListAuthorizers."""
    return {"authorizerName": row.name, "authorizerArn": row.arn}


def _check_keys(keys: dict[str, str]) -> None:
    for name, pem in keys.items():
        try:
            key = load_pem_public_key(pem.encode())
        except ValueError:
            raise errors.InvalidRequestException(f"The public key {name} is not a PEM public key") from None
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size < MINIMUM_KEY_BITS:
            raise errors.InvalidRequestException(
                f"The public key {name} must be RSA of at least {MINIMUM_KEY_BITS} bits"
            )


def _documents(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not 1 <= len(found) <= MAXIMUM_DOCUMENTS:
        raise errors.InvalidResponseException(f"The authorizer must answer 1 to {MAXIMUM_DOCUMENTS} policy documents")
    texts = []
    for document in found:
        text = document if isinstance(document, str) else orjson.dumps(document).decode()
        if len(text) > MAXIMUM_DOCUMENT:
            raise errors.InvalidResponseException(f"A policy document has at most {MAXIMUM_DOCUMENT} characters")
        try:
            compile_policy(text)
        except errors.MalformedPolicyException as error:
            raise errors.InvalidResponseException(error.message) from None
        texts.append(text)
    return tuple(texts)


def _seconds(answer: dict[str, Any], member: str) -> int:
    value = answer.get(member)
    least, most = SECONDS
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise errors.InvalidResponseException(f"The authorizer's {member} must be between {least} and {most}")
    return value
