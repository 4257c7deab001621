"""Who calls the API: by AWS Signature Version 4, or by a bearer token; a browser's cookie never counts."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from iot.api.errors import RequestRefused
from iot.api.model import SERVICES
from iot.core.arn import Scope
from iot.services import access, signatures
from iot.services.access import Identity

CACHE_SECONDS = 2.0
CACHE_SIZE = 1000
_INVALID = "The security token included in the request is invalid."
_cache: dict[str, tuple[float, Identity | None]] = {}


@dataclass(frozen=True, slots=True)
class Authenticated:
    """An authenticated request: whose, for which scope, and for which service (None where a token did not say)."""

    identity: Identity
    scope: Scope
    service: str | None
    is_authenticated: bool = True


class SignatureOrToken(BaseAuthentication):
    """DRF's seat for authentication."""

    def authenticate(self, request: Request) -> tuple[Any, None]:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if header.startswith("Bearer "):
            return by_token(header[7:].strip()), None
        return by_signature(request._request), None

    def authenticate_header(self, request: Request) -> str:
        return signatures.ALGORITHM


def by_token(token: str) -> Authenticated:
    """Authenticate by a bearer token."""
    identity = _remembered(f"Bearer {access.digest(token)}", lambda: access.find_bearer_token(token))
    if identity is None:
        raise RequestRefused("UnrecognizedClientException", "The bearer token is not valid or has expired.")
    return Authenticated(identity, Scope(identity.account, settings.REGION), None)


def by_signature(request: Any) -> Authenticated:
    """Authenticate by the signature of a request as it came over the wire."""
    given = signatures.Request(
        method=request.method,
        path=raw_path(request),
        query=request.META.get("QUERY_STRING", ""),
        headers=headers_of(request),
        body_digest=hashlib.sha256(request.body).hexdigest(),
    )
    signed = signatures.read(given)
    key_id = signed.access_key_id
    identity = _remembered(key_id, lambda: access.find_access_key(key_id))
    service = SERVICES.get(signed.service)
    try:
        signatures.check(given, signed, identity.secret if identity else None, datetime.now(UTC))
    except signatures.SignatureError as error:
        if error.code == "UnrecognizedClientException" and service == "iot-data":
            raise RequestRefused("ForbiddenException", "Forbidden") from None
        raise
    if identity is None or service is None:
        raise RequestRefused(
            "InvalidSignatureException", f"Credential should be scoped to one of: {', '.join(SERVICES)}"
        )
    _check_session(identity, signatures.session_token(given))
    return Authenticated(identity, Scope(identity.account, signed.region), service)


def headers_of(request: Any) -> dict[str, str]:
    """Answer a request's headers by their names in lower case."""
    known: dict[str, str] | None = request.__dict__.get("_lowered")
    if known is not None:
        return known
    found = request._lowered = {
        name[5:].replace("_", "-").lower(): value for name, value in request.META.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if name in request.META:
            found[name.replace("_", "-").lower()] = request.META[name]
    return found


def raw_path(request: Any) -> str:
    """Answer the path of a request as it came over the wire."""
    scope = getattr(request, "scope", None)
    if scope is not None and scope.get("raw_path"):
        return str(scope["raw_path"].decode("latin-1")).partition("?")[0]
    return str(request.get_full_path_info()).partition("?")[0]


def _check_session(identity: Identity, token: str) -> None:
    """Demand the session token of a temporary key, and of no other."""
    if not identity.token_digest:
        if token:
            raise RequestRefused("UnrecognizedClientException", _INVALID)
        return
    if not hmac.compare_digest(access.digest(token), identity.token_digest):
        raise RequestRefused("UnrecognizedClientException", _INVALID)
    if identity.expires_at is not None and identity.expires_at <= datetime.now(UTC):
        raise RequestRefused("ExpiredTokenException", "The security token included in the request is expired")


def _remembered(key: str, find: Any) -> Identity | None:
    """Find an identity, remembered for two seconds so that a burst of calls asks the database once."""
    now = time.monotonic()
    known = _cache.get(key)
    if known is not None and known[0] > now:
        return known[1]
    if len(_cache) > CACHE_SIZE:
        _cache.clear()
    identity: Identity | None = find()
    _cache[key] = (now + CACHE_SECONDS, identity)
    return identity
