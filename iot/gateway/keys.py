"""By a signature of an access key (SigV4), in the header or in the query, as browsers and SDKs send it.

The session token is added to a WebSocket's query after signing, and some clients sign the host without its port: the
signature is checked in each form that a client may have meant.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from iot.core.mqtt.events import Cause
from iot.gateway.authenticate import Admitted, NotAuthenticated
from iot.gateway.principals import Principal, policy_set
from iot.services import access, signatures
from iot.services.access import Identity
from iot.services.call import call

SERVICES = frozenset({"iotdevicegateway", "iotdata", "iot-jobs-data"})
LIFETIME = 24 * 3600.0
REMEMBERED_SECONDS = 2.0
REMEMBERED = 1_000
_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:*","Resource":"*"}]}'
_READ = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":["iot:Connect","iot:Subscribe","iot:Receive",'
    '"iot:Get*","iot:List*"],"Resource":"*"}]}'
)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came: the raw path and query, headers in lower case, and the body."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""

    @property
    def is_signed(self) -> bool:
        header = self.headers.get("authorization", "")
        return header.startswith(signatures.ALGORITHM) or "X-Amz-Algorithm=" in self.query


class Keys:
    """The access keys of the cloud, each remembered for a moment."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._found: dict[str, tuple[float, Identity | None]] = {}
        self._changes = 0

    async def admit(self, request: SignedRequest) -> Admitted:
        """Find who signed a request. Raises NotAuthenticated."""
        given = signatures.Request(
            request.method, request.path, request.query, request.headers, hashlib.sha256(request.body).hexdigest()
        )
        try:
            signed = signatures.read(given)
            identity = await self.find(signed.access_key_id)
            _check(given, signed, identity)
        except signatures.SignatureError as error:
            raise NotAuthenticated(error.message) from None
        if identity is None or identity.account != self._account or signed.service not in SERVICES:
            raise NotAuthenticated(f"The signature must be for one of {', '.join(sorted(SERVICES))} in this account")
        return self._admitted(signed.access_key_id, identity)

    async def find(self, access_key_id: str) -> Identity | None:
        """Find a key, remembered for two seconds."""
        now = time.monotonic()
        remembered = self._found.get(access_key_id)
        if remembered is not None and remembered[0] > now:
            return remembered[1]
        changes, identity = -1, None
        while changes != self._changes:  # a change may overtake the answer
            changes = self._changes
            identity = await call(access.find_access_key, access_key_id)
        if len(self._found) >= REMEMBERED:
            self._found.clear()
        self._found[access_key_id] = (now + REMEMBERED_SECONDS, identity)
        return identity

    def forget(self, access_key_id: str) -> None:
        """Ask the registry the next time."""
        self._changes += 1
        self._found.pop(access_key_id, None)

    def principal(self, access_key_id: str, identity: Identity) -> Principal:
        """Make the principal of a key: its own policy or all, and for a viewer nothing that changes anything."""
        documents = [("access key", identity.policy or _ALL)]
        if not access.may_change(identity.role):
            documents.append(("viewer", _READ))
        return Principal(id=access_key_id, policies=policy_set(tuple(documents)), is_certificate=False)

    def _admitted(self, access_key_id: str, identity: Identity) -> Admitted:
        principal = self.principal(access_key_id, identity)
        return Admitted(principal, seconds=LIFETIME, at_end=Cause.WEBSOCKET_TTL_EXPIRATION)


def _check(given: signatures.Request, signed: signatures.Signed, identity: Identity | None) -> None:
    secret, now = identity.secret if identity is not None else None, datetime.now(UTC)
    error: signatures.SignatureError | None = None
    for form in _forms(given):
        try:
            signatures.check(form, signed, secret, now)
        except signatures.SignatureError as found:
            error = error or found
        else:
            return
    if error is not None:
        raise error


def _forms(given: signatures.Request) -> Iterator[signatures.Request]:
    yield given
    host: Any = given.headers.get("host", "")
    bare = replace(given, headers={**given.headers, "host": host.rpartition(":")[0] or host})
    queries = {given.query, _without_token(given.query)}
    for query in queries:
        for form in (given, bare):
            if (found := replace(form, query=query)) != given:
                yield found


def _without_token(query: str) -> str:
    if not any(name == "X-Amz-Security-Token" for name, _ in parse_qsl(query, keep_blank_values=True)):
        return query
    return "&".join(part for part in query.split("&") if not part.startswith("X-Amz-Security-Token="))
