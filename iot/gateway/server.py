"""The gateway process: its listeners, what its connections share, and how it ends."""

import asyncio
import contextlib
import logging
import resource
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from OpenSSL import SSL

from iot.core.arn import Scope
from iot.core.mqtt.events import Cause, ProxyConfig
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.clients import Clients
from iot.gateway.connection import Device
from iot.gateway.control import Control
from iot.gateway.counters import Counters
from iot.gateway.domains import Contexts, Domains
from iot.gateway.entrance import PROTOCOLS, Entrance
from iot.gateway.limits import Admission, Limits, choose_limits
from iot.gateway.presence import Presence
from iot.gateway.principals import Principal, Principals
from iot.gateway.refusal_log import RefusalLog
from iot.gateway.shared import Shared
from iot.gateway.tls import Choose, TlsStream, make_context
from iot.gateway.upstream import Broker
from iot.services.pki import server_names

log = logging.getLogger(__name__)

BACKLOG = 1024
CHECK_SECONDS = 1.0
DESCRIPTORS = 65_536
TOGETHER = 50
STRICT = "strict"


@dataclass(frozen=True, slots=True)
class Config:
    """All that a gateway must be told; `mode` is standard or strict, `limits` single numbers that differ.

    `broker_socket` is the Unix socket of a broker on this machine, if it has one; `broker_barrier` says that the broker
    saves what it has acknowledged only before it answers the next packet, and is to be asked for that.
    """

    scope: Scope
    broker_url: str
    directory: Path
    host: str
    mqtt_port: int
    https_port: int | None = None
    mode: str = "standard"
    limits: dict[str, float] = field(default_factory=dict)
    own_group: str = ""
    broker_socket: str = ""
    broker_barrier: bool = False


class Gateway:
    """One gateway; `start` returns when it serves, `stop` when its devices are gone."""

    def __init__(self, config: Config) -> None:
        self._config = config
        limits = choose_limits(config.mode, config.limits)
        strict = config.mode == STRICT
        clients = Clients()
        self._control = Control(config.scope, config.broker_url, clients)
        self._domains = Domains(config.scope, config.directory, server_names(config.directory), strict=strict)
        self._door = _Door(Admission(limits), RefusalLog(config.scope, self._control.publish), Counters(config.scope))
        self.shared = Shared(
            scope=config.scope,
            strict=strict,
            limits=limits,
            proxy=replace(_proxy_config(limits, strict=strict), barrier=config.broker_barrier),
            own_groups=frozenset({config.own_group} - {""}),
            broker=Broker(config.broker_url, config.broker_socket),
            principals=Principals(config.scope, clients.has_principal, self._principal_changed),
            clients=clients,
            presence=Presence(config.scope, self._control.publish),
            refusals=self._door.refusals,
            counters=self._door.counters,
            admission=self._door.admission,
            publish=self._control.publish,
            tell_taken=self._control.tell_taken,
        )
        self._servers: list[asyncio.Server] = []
        self._checking: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        raise_descriptor_limit()
        shared = self.shared
        await self._control.start(shared.principals, shared.presence)
        shared.presence.start()
        shared.refusals.start()
        shared.counters.start()
        self._checking = asyncio.create_task(self._check())
        entrance = Entrance(shared, self._domains, self._door.failed)
        self._control.listen("access", entrance.key_changed)
        self._control.listen("domainconfigurations", self._domains.reload)
        await self._domains.reload()
        await self._listen(self._config.mqtt_port, self._context(demand_certificate=True), entrance.speak_mqtt)
        if self._config.https_port is not None:
            await self._listen(self._config.https_port, self._context(protocols=PROTOCOLS), entrance.speak_any)

    async def stop(self) -> None:
        """Take nobody in any more, tell the devices, and send the last events."""
        for server in self._servers:
            server.close()
        if self._checking is not None:
            self._checking.cancel()
        for device in self.shared.clients:
            device.end(ReasonCode.SERVER_SHUTTING_DOWN, Cause.SERVER_INITIATED_DISCONNECT)
        await asyncio.gather(self.shared.presence.stop(), self.shared.refusals.stop(), self.shared.counters.stop())
        await self._control.stop()

    @property
    def ports(self) -> list[int]:
        """The ports that are listened on, in the order MQTT, HTTPS."""
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    def _context(self, *, protocols: Sequence[str] = (), demand_certificate: bool = False) -> SSL.Context:
        def make(certificate: Path, key: Path) -> SSL.Context:
            return make_context(certificate, key, protocols=protocols, demand_certificate=demand_certificate)

        contexts = Contexts(self._domains.certificate, lambda path: make(path, path))
        pki = self._config.directory / "pki"
        context = make(pki / "server.pem", pki / "server.key")
        context.set_tlsext_servername_callback(contexts.choose)
        return context

    async def _listen(self, port: int, context: SSL.Context, choose: Choose) -> None:
        server = await asyncio.get_running_loop().create_server(
            lambda: TlsStream(context, choose, self._door),
            self._config.host,
            port,
            backlog=BACKLOG,
            reuse_port=hasattr(socket, "SO_REUSEPORT") and port != 0,
        )
        self._servers.append(server)

    def _principal_changed(self, certificate_id: str, principal: Principal | None) -> None:
        devices = self.shared.clients.of_principal(certificate_id)
        if len(devices) <= TOGETHER:
            _reauthorize(devices, principal)
            return
        task = asyncio.create_task(_reauthorize_all(devices, principal))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _check(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self._domains.is_stale:
                await self._domains.reload()
            now = loop.time()
            for device in self.shared.clients:
                try:
                    device.check(now)
                except Exception:
                    log.exception("A device could not be checked")


def _proxy_config(limits: Limits, *, strict: bool) -> ProxyConfig:
    usual = ProxyConfig(strict=strict, maximum_filters=limits.filters, maximum_subscriptions=limits.subscriptions)
    # An account on AWS keeps sessions for an hour, as long as nobody has asked for more.
    return replace(usual, maximum_session_expiry=usual.default_session_expiry) if strict else usual


def _reauthorize(devices: Iterable[Device], principal: Principal | None) -> None:
    for device in devices:
        try:
            device.reauthorize(principal)
        except Exception:
            log.exception("A device could not be authorized anew; it is ended")
            device.end(ReasonCode.UNSPECIFIED_ERROR, Cause.SERVER_ERROR)


async def _reauthorize_all(devices: list[Device], principal: Principal | None) -> None:
    """Let others have their turn in between: a certificate may have thousands of connections."""
    for start in range(0, len(devices), TOGETHER):
        _reauthorize(devices[start : start + TOGETHER], principal)
        await asyncio.sleep(0)


class _Door:
    """The door of TLS: rates and counts of addresses, failures noted."""

    def __init__(self, admission: Admission, refusals: RefusalLog, counters: Counters) -> None:
        self.admission, self.refusals, self.counters = admission, refusals, counters

    def admit(self, address: str) -> bool:
        reason = self.admission.admit(address)
        if reason is not None:
            self.counters.add("Connect.Throttle")
            self.refusals.note(client_id="", address=address, action="connect", resource="", reason=reason)
        return reason is None

    def established(self, address: str) -> None:
        self.admission.establish(address)

    def released(self, address: str, *, established: bool) -> None:
        self.admission.release(address, established=established)

    def failed(self, address: str, reason: str) -> None:
        self.counters.add("Connect.ClientError")
        self.refusals.handshake(address, reason)


def raise_descriptor_limit() -> None:
    """Two descriptors a device: ask for as many as the system gives."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
