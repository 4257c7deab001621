"""The ways in: which protocol a connection speaks, by ALPN and by what arrives, and how its caller is known there.

port    ALPN              first byte   speaks   known by
MQTT    any               any          MQTT     certificate
HTTPS   x-amzn-mqtt-ca    any          MQTT     certificate
HTTPS   mqtt              any          MQTT     custom authorizer
HTTPS   x-amzn-http-ca    any          HTTP     certificate
HTTPS   none, http/1.1    0x10         MQTT     certificate, without one custom authorizer
HTTPS   none, http/1.1    other        HTTP     certificate, signature, custom authorizer, in this order
HTTPS   the same, after an upgrade     MQTT     signature, else custom authorizer

A domain configuration may narrow this to some protocols and to one way of knowing the caller, whatever the ALPN.
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

from iot.core.mqtt.packets import Connect
from iot.gateway.authenticate import Admitted, Authenticate, ByCertificate, NotAuthenticated
from iot.gateway.authorizers import Authorizers, from_connect, from_http
from iot.gateway.connection import Device
from iot.gateway.domains import HTTPS, MQTT, WEBSOCKET, Domain, Domains
from iot.gateway.http import HttpConnection
from iot.gateway.keys import Keys, SignedRequest
from iot.gateway.shared import Shared
from iot.gateway.stream import Peer, Speaker, Stream
from iot.services import gateway_registration
from iot.services.call import call

MQTT_PROTOCOLS = ("x-amzn-mqtt-ca", "mqtt")
PROTOCOLS = (*MQTT_PROTOCOLS, "x-amzn-http-ca", "http/1.1")
CONNECT = 0x10


class Entrance:
    """The ways in of one gateway; `failed` hears of connections that cannot be taken, with address and reason."""

    def __init__(self, shared: Shared, domains: Domains, failed: Callable[[str, str], None]) -> None:
        self._shared = shared
        self._domains = domains
        self._failed = failed
        self._by_certificate = ByCertificate(shared.principals, self._register)
        self._keys = Keys(shared.scope.account)
        self._authorizers = Authorizers(shared.scope)

    def speak_mqtt(self, stream: Stream, first: bytes) -> Speaker | None:
        """Choose who speaks on the MQTT port."""
        domain = self._domain(stream.peer)
        return None if domain is None else self._speak_mqtt(stream, domain)

    def speak_any(self, stream: Stream, first: bytes) -> Speaker | None:
        """Choose who speaks on the HTTPS port."""
        domain, alpn = self._domain(stream.peer), stream.peer.alpn
        if domain is None:
            return None
        if alpn in MQTT_PROTOCOLS or (alpn != "x-amzn-http-ca" and first[0] == CONNECT):
            return self._speak_mqtt(stream, domain)
        return HttpConnection(self._shared, stream, self)

    async def identify(self, request: SignedRequest, peer: Peer) -> Admitted:
        """Find who makes an HTTP request. Raises NotAuthenticated."""
        domain = self._speaking(peer, HTTPS)
        match domain.authentication:
            case "AWS_X509":
                return await self._by_certificate(None, peer)
            case "AWS_SIGV4":
                return await self._keys.admit(request)
            case "CUSTOM_AUTH_X509":
                await self._by_certificate(None, peer)
            case "DEFAULT" if peer.certificate is not None or peer.alpn == "x-amzn-http-ca":
                return await self._by_certificate(None, peer)
            case "DEFAULT" if request.is_signed:
                return await self._keys.admit(request)
        return await self._authorizers.admit(from_http(request.headers, request.query, peer), domain)

    async def device(self, request: SignedRequest, socket: Stream) -> Device:
        """Make the conversation of a WebSocket. Raises NotAuthenticated."""
        domain = self._speaking(socket.peer, WEBSOCKET)
        if domain.authentication == "AWS_SIGV4" or (domain.authentication == "DEFAULT" and request.is_signed):
            await self._keys.admit(request)

            async def signed(connect: Connect, peer: Peer) -> Admitted:
                return await self._keys.admit(request)  # again: the key may have been taken back since

            return self._device(socket, signed)
        http = {
            "headers": request.headers,
            "queryString": f"?{request.query}" if request.query else "",
            "parameters": {**dict(parse_qsl(request.query, keep_blank_values=True)), **request.headers},
        }

        async def authorized(connect: Connect, peer: Peer) -> Admitted:
            return await self._authorizers.admit(from_connect(connect, peer, http), domain)

        return self._device(socket, authorized)

    async def key_changed(self, access_key_id: str) -> None:
        """Let the open connections of an access key feel a change."""
        self._keys.forget(access_key_id)
        devices = self._shared.clients.of_principal(access_key_id)
        if not devices:
            return
        identity = await self._keys.find(access_key_id)
        principal = None if identity is None else self._keys.principal(access_key_id, identity)
        for device in devices:
            device.reauthorize(principal)

    def _device(self, stream: Stream, authenticate: Authenticate) -> Device:
        return Device(self._shared, stream, authenticate)

    def _speak_mqtt(self, stream: Stream, domain: Domain) -> Speaker | None:
        if domain.speaks(MQTT):
            return self._device(stream, self._known_by(stream.peer, domain))
        self._failed(stream.peer.address, f"The domain configuration {domain.name} does not speak MQTT")
        return None

    def _known_by(self, peer: Peer, domain: Domain) -> Authenticate:
        async def by_authorizer(connect: Connect, peer: Peer) -> Admitted:
            return await self._authorizers.admit(from_connect(connect, peer), domain)

        async def by_both(connect: Connect, peer: Peer) -> Admitted:
            await self._by_certificate(connect, peer)
            return await by_authorizer(connect, peer)

        match domain.authentication:
            case "CUSTOM_AUTH":
                return by_authorizer
            case "CUSTOM_AUTH_X509":
                return by_both
            case "DEFAULT" if peer.alpn == "mqtt" or (peer.certificate is None and not peer.alpn.startswith("x-amzn-")):
                return by_authorizer
        return self._by_certificate

    def _domain(self, peer: Peer) -> Domain | None:
        """Find the domain that a connection means, if it may come in there."""
        domain = self._domains.find(peer.server_name)
        if domain is None:
            told = (
                f"means {peer.server_name!r}, which is none of ours"
                if peer.server_name
                else "did not say which server it means"
            )
            self._failed(peer.address, f"The device {told} (SNI)")
        elif refusal := domain.refuses(peer):
            self._failed(peer.address, refusal)
            return None
        return domain

    def _speaking(self, peer: Peer, protocol: str) -> Domain:
        """Demand that a request's domain speaks a protocol; it may have changed since the connection began."""
        domain = self._domains.find(peer.server_name)
        if domain is None or domain.refuses(peer) or not domain.speaks(protocol):
            raise NotAuthenticated(f"The domain {peer.server_name} does not speak {protocol}")
        return domain

    async def _register(self, peer: Peer) -> str:
        if peer.certificate is None:
            return ""
        return await call(gateway_registration.register_on_sight, self._shared.scope, peer.certificate)
