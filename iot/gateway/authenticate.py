"""From what a device shows to its principal; a certificate here, other ways in their own modules."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from iot.core.mqtt.events import Cause
from iot.core.mqtt.packets import Connect
from iot.gateway.principals import Principal, Principals
from iot.gateway.stream import Peer
from iot.services.pki import certificate_id


class NotAuthenticated(Exception):
    """Nobody we know; the text says why, for whoever runs the cloud."""

    def __init__(self, reason: str, principal: str = "") -> None:
        super().__init__(reason)
        self.principal = principal


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who it is, until when at most (seconds from now), and what ends it then; `renew` asks again before that.

    `is_kept` says that an HTTP connection need not ask again before that for the same headers.
    """

    principal: Principal
    seconds: float | None = None
    at_end: Cause = Cause.SERVER_INITIATED_DISCONNECT
    renew: Callable[[], Awaitable["Admitted"]] | None = None
    renew_after: float | None = None
    is_kept: bool = False


Authenticate = Callable[[Connect, Peer], Awaitable[Admitted]]


class ByCertificate:
    """By the certificate of the TLS connection; `unknown` looks at those that may not connect and says why."""

    def __init__(self, principals: Principals, unknown: Callable[[Peer], Awaitable[str]] | None = None) -> None:
        self._principals = principals
        self._unknown = unknown

    async def __call__(self, connect: Connect | None, peer: Peer) -> Admitted:
        """Find the principal. Raises NotAuthenticated."""
        if peer.certificate is None:
            raise NotAuthenticated("The device showed no certificate")
        fingerprint = certificate_id(peer.certificate)
        principal = await self._principals.find(fingerprint)
        if principal is None:
            reason = "" if self._unknown is None else await self._unknown(peer)
            raise NotAuthenticated(reason or "The certificate is not active, or not valid now", fingerprint)
        return Admitted(principal)
