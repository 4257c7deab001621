"""Who calls the API: by AWS Signature Version 4, or by a bearer token; a browser's cookie never counts."""

import hashlib
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
        header = request.headers.get("authorization", "")
        if header.startswith("Bearer "):
            return self._by_token(header[7:].strip()), None
        return self._by_signature(request), None

    def authenticate_header(self, request: Request) -> str:
        return signatures.ALGORITHM

    def _by_token(self, token: str) -> Authenticated:
        identity = access.find_bearer_token(token)
        if identity is None:
            raise RequestRefused("UnrecognizedClientException", "The bearer token is not valid or has expired.")
        return Authenticated(identity, Scope(identity.account, settings.REGION), None)

    def _by_signature(self, request: Request) -> Authenticated:
        raw = request._request
        given = signatures.Request(
            method=raw.method or "GET",
            path=raw_path(raw),
            query=raw.META.get("QUERY_STRING", ""),
            headers={name.lower(): value for name, value in raw.headers.items()},
            body_digest=hashlib.sha256(raw.body).hexdigest(),
        )
        signed = signatures.read(given)
        identity = _find(signed.access_key_id)
        signatures.check(given, signed, identity.secret if identity else None, datetime.now(UTC))
        if identity is None or signed.service not in SERVICES:
            raise RequestRefused(
                "InvalidSignatureException", f"Credential should be scoped to one of: {', '.join(SERVICES)}"
            )
        return Authenticated(identity, Scope(identity.account, signed.region), SERVICES[signed.service])


def raw_path(request: Any) -> str:
    """Answer the path of a request as it came over the wire."""
    scope = getattr(request, "scope", None)
    if scope is not None and scope.get("raw_path"):
        return str(scope["raw_path"].decode("latin-1")).partition("?")[0]
    return str(request.get_full_path_info()).partition("?")[0]


def _find(access_key_id: str) -> Identity | None:
    """Find a key, remembered for two seconds so that a burst of calls asks the database once."""
    now = time.monotonic()
    remembered = _cache.get(access_key_id)
    if remembered is not None and remembered[0] > now:
        return remembered[1]
    if len(_cache) > 1000:
        _cache.clear()
    identity = access.find_access_key(access_key_id)
    _cache[access_key_id] = (now + CACHE_SECONDS, identity)
    return identity
