"""By a custom authorizer: a function of the account's owner says who it is, by which policies and for how long.

Which authorizer is asked, and its token, stand in HTTP headers, in the query, or in the query at the end of an MQTT
username. A verdict is kept for its connection, asked for anew when it says so, and ends the connection when it says so.
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.serialization import Encoding

from iot.core import errors
from iot.core.arn import Scope
from iot.core.mqtt.events import Cause
from iot.core.mqtt.packets import Connect
from iot.gateway.authenticate import Admitted, NotAuthenticated
from iot.gateway.domains import OWN, Domain
from iot.gateway.principals import Principal, policy_set
from iot.gateway.stream import Peer
from iot.services import authorizers
from iot.services.authorizers import Verdict
from iot.services.call import call

NAME = "x-amz-customauthorizer-name"
SIGNATURE = "x-amz-customauthorizer-signature"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a client shows to an authorizer; `protocol` is http or mqtt, `http` and `mqtt` what the function is told."""

    protocol: str
    peer: Peer
    parameters: Mapping[str, str]
    http: Mapping[str, Any] | None = None
    mqtt: Mapping[str, Any] | None = None
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def event(self) -> dict[str, Any]:
        """Answer AWS's request document, but for what the authorizer itself adds."""
        data: dict[str, Any] = {"tls": {"serverName": self.peer.server_name}}
        if self.peer.certificate is not None:
            data["tls"]["x509CertificatePem"] = self.peer.certificate.public_bytes(Encoding.PEM).decode()
        if self.http is not None:
            data["http"] = dict(self.http)
        if self.mqtt is not None:
            data["mqtt"] = dict(self.mqtt)
        return {
            "protocols": ["tls", self.protocol],
            "protocolData": data,
            "connectionMetadata": {"id": self.identifier},
        }


class Authorizers:
    """The custom authorizers of a scope."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    async def admit(self, shown: Shown, domain: Domain = OWN) -> Admitted:
        """Ask the authorizer that the client names, or its domain's, or the default one. Raises NotAuthenticated."""
        named = domain.authorizer_for(shown.parameters.get(NAME))
        try:
            name, is_kept, verdict = await call(_ask, self._scope, named, shown)
        except errors.AwsError as error:
            raise NotAuthenticated(f"Custom authorizer: {error.message}") from None
        if not verdict.is_authenticated:
            raise NotAuthenticated(f"The authorizer {name} says no", verdict.principal_id)

        async def renew() -> Admitted:
            return await self.admit(shown, domain)

        return Admitted(
            Principal(
                id=verdict.principal_id,
                policies=policy_set(
                    tuple((f"{name} #{index + 1}", text) for index, text in enumerate(verdict.policy_documents))
                ),
                is_certificate=False,
            ),
            seconds=verdict.disconnect_after,
            at_end=Cause.CUSTOMAUTH_TTL_EXPIRATION,
            renew=renew,
            renew_after=verdict.refresh_after,
            is_kept=is_kept,
        )


def from_connect(connect: Connect, peer: Peer, http: Mapping[str, Any] | None = None) -> Shown:
    """Read what an MQTT device shows: the query at the end of its username, and of the request of its WebSocket."""
    username = connect.username or ""
    parameters = {name.lower(): value for name, value in (http or {}).get("parameters", {}).items()}
    parameters.update(_query(username.partition("?")[2]))
    return Shown(
        protocol="mqtt",
        peer=peer,
        parameters=parameters,
        http=None if http is None else {key: value for key, value in http.items() if key != "parameters"},
        mqtt={
            "username": username,
            "password": base64.b64encode(connect.password or b"").decode(),
            "clientId": connect.client_id,
        },
    )


def from_http(headers: Mapping[str, str], query: str, peer: Peer) -> Shown:
    """Read what an HTTP request shows: its headers and its query."""
    return Shown(
        protocol="http",
        peer=peer,
        parameters={**_query(query), **{name.lower(): value for name, value in headers.items()}},
        http={"headers": dict(headers), "queryString": f"?{query}" if query else ""},
    )


def _query(text: str) -> dict[str, str]:
    return {name.lower(): value for name, value in parse_qsl(text, keep_blank_values=True)}


def _ask(scope: Scope, name: str | None, shown: Shown) -> tuple[str, bool, Verdict]:
    row = authorizers.find_authorizer(scope, name) if name else authorizers.find_default_authorizer(scope)
    if row.status != authorizers.ACTIVE:
        raise errors.UnauthorizedException(f"The authorizer {row.name} is not active")
    token = shown.parameters.get(row.token_key_name.lower()) if row.token_key_name else None
    signature = shown.parameters.get(SIGNATURE, "").replace(" ", "+")  # base64 that was not percent-encoded
    verdict = authorizers.invoke(row, token=token, signature=signature, event=shown.event)
    return row.name, row.caching_for_http, verdict
