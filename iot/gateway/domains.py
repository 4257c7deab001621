"""The domains that devices name when they connect (SNI), and what each lets in: domain configurations at work.

A name that nobody has configured means the service's own domain; in strict mode it must be one of the names in the
server's certificate.
"""

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from OpenSSL import SSL

from iot.core.arn import Scope
from iot.gateway.stream import Peer
from iot.services import gateway_domains
from iot.services.call import call
from iot.services.gateway_domains import DomainRecord

log = logging.getLogger(__name__)

DEFAULT = "DEFAULT"
MQTT, WEBSOCKET, HTTPS = "SECURE_MQTT", "MQTT_WSS", "HTTPS"
_PROTOCOLS = {
    "AWS_X509": (MQTT, HTTPS),
    "AWS_SIGV4": (WEBSOCKET, HTTPS),
    "CUSTOM_AUTH": (MQTT, WEBSOCKET, HTTPS),
    "CUSTOM_AUTH_X509": (MQTT, HTTPS),
}
_VERSIONS = {"IoTSecurityPolicy_TLS13_1_3_2022_10": "TLSv1.3", "IoTSecurityPolicy_TLS12_1_2_2022_10": "TLSv1.2"}


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain as a connection finds it. `authentication` and `protocol` are AWS's words for what it is kept to.

    `authorizer` is asked where the client names none, or may not name another one.
    """

    name: str = gateway_domains.OWN
    is_enabled: bool = True
    authentication: str = DEFAULT
    protocol: str = DEFAULT
    tls: str = ""
    authorizer: str = ""
    allows_override: bool = True
    is_for_devices: bool = True

    def refuses(self, peer: Peer) -> str:
        """Answer why nobody may come in this way; empty if somebody may."""
        if not self.is_enabled:
            return f"The domain configuration {self.name} is disabled"
        if self.tls and peer.tls != self.tls:
            return f"The domain configuration {self.name} demands {self.tls}, and this is {peer.tls}"
        return ""

    def speaks(self, protocol: str) -> bool:
        """Say whether a protocol is spoken here: SECURE_MQTT, MQTT_WSS or HTTPS."""
        possible = _PROTOCOLS.get(self.authentication, (MQTT, WEBSOCKET, HTTPS))
        return (
            protocol in possible and self.protocol in (DEFAULT, protocol) and (protocol == HTTPS or self.is_for_devices)
        )

    def authorizer_for(self, named: str | None) -> str | None:
        """Answer which custom authorizer is asked when the client names one, or none; None is the account's default."""
        return named if named and (self.allows_override or not self.authorizer) else self.authorizer or None


OWN = Domain()


class Domains:
    """The domains of a scope; `own_names` are those in the server's certificate.

    `is_stale` says that they could not be read and are to be read again.
    """

    def __init__(self, scope: Scope, directory: Path, own_names: Collection[str], *, strict: bool) -> None:
        self._scope = scope
        self._directory = directory
        self._own_names = own_names
        self._strict = strict
        self._found: dict[str, Domain] = {}
        self._certificates: dict[str, Path] = {}
        self.is_stale = False

    async def reload(self, name: str = "") -> None:
        """Read the domain configurations anew, whichever has changed."""
        self.is_stale = True
        try:
            await self._read()
            self.is_stale = False
        except Exception:
            log.exception("The domain configurations could not be read; they are tried again")

    async def _read(self) -> None:
        records = await call(gateway_domains.load, self._scope)
        certificates = {}
        for record in records:
            if record.domain_name and (path := await self._certificate(record)) is not None:
                certificates[record.domain_name] = path
        self._found = {record.domain_name: _domain(record) for record in records}
        self._certificates = certificates

    def find(self, server_name: str) -> Domain | None:
        """Find the domain that a device means; None if it means none of ours, which only strict mode minds."""
        name = server_name.lower()
        found = self._found.get(name) if name else None
        if found is None and (not self._strict or name in self._own_names):
            found = self._found.get("", OWN)
        return found

    def certificate(self, server_name: str) -> Path | None:
        """Answer the file with key and chain of a domain's own certificate."""
        return self._certificates.get(server_name.lower())

    async def _certificate(self, record: DomainRecord) -> Path | None:
        try:
            return await call(gateway_domains.server_certificate, self._directory, record.domain_name)
        except OSError as error:
            log.warning("The domain %s has no certificate of its own: %s", record.domain_name, error)
            return None


class Contexts:
    """The TLS contexts of one listener, by the name that a device asks for; `make` makes one of key and chain."""

    def __init__(self, certificate: Callable[[str], Path | None], make: Callable[[Path], SSL.Context]) -> None:
        self._certificate = certificate
        self._make = make
        self._made: dict[Path, tuple[int, SSL.Context]] = {}

    def choose(self, connection: SSL.Connection) -> None:
        """Let a connection go on with the certificate of the server that it asks for."""
        path = self._certificate((connection.get_servername() or b"").decode("ascii", "replace"))
        if path is None:
            return
        try:
            connection.set_context(self._context(path))
        except (OSError, SSL.Error) as error:
            log.warning("%s cannot be used: %s", path, error)

    def _context(self, path: Path) -> SSL.Context:
        changed = path.stat().st_mtime_ns
        made = self._made.get(path)
        if made is None or made[0] != changed:
            made = self._made[path] = changed, self._make(path)
        return made[1]


def _domain(record: DomainRecord) -> Domain:
    return Domain(
        name=record.name,
        is_enabled=record.is_enabled,
        authentication=record.authentication_type,
        protocol=record.application_protocol,
        tls=_VERSIONS.get(record.security_policy, ""),
        authorizer=record.default_authorizer,
        allows_override=record.allows_override,
        is_for_devices=record.service_type != "CREDENTIAL_PROVIDER",
    )
