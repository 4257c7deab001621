"""The ways in: which protocol a connection speaks, by ALPN and by what arrives, and how its caller is known there.

port    ALPN              first byte   speaks   known by
MQTT    any               any          MQTT     certificate
HTTPS   x-amzn-mqtt-ca    any          MQTT     certificate
HTTPS   mqtt              any          MQTT     custom authorizer
HTTPS   x-amzn-http-ca    any          HTTP     certificate
HTTPS   none, http/1.1    0x10         MQTT     certificate, without one custom authorizer
HTTPS   none, http/1.1    other        HTTP     certificate, signature, custom authorizer, in this order
HTTPS   the same, after an upgrade     MQTT     signature, else custom authorizer
"""

from collections.abc import Callable
from urllib.parse import parse_qsl

from iot.core.mqtt.packets import Connect
from iot.gateway.authenticate import Admitted, Authenticate, ByCertificate, NotAuthenticated
from iot.gateway.authorizers import Authorizers, from_connect, from_http
from iot.gateway.connection import Device
from iot.gateway.http import HttpConnection
from iot.gateway.keys import Keys, SignedRequest
from iot.gateway.shared import Shared
from iot.gateway.stream import Peer, Speaker, Stream
from iot.services import gateway_registration
from iot.services.call import call

PROTOCOLS = ("x-amzn-mqtt-ca", "mqtt", "x-amzn-http-ca", "http/1.1")
CONNECT = 0x10


class Entrance:
    """The ways in of one gateway; `failed` hears of connections that cannot be taken, with address and reason."""

    def __init__(self, shared: Shared, failed: Callable[[str, str], None]) -> None:
        self._shared = shared
        self._failed = failed
        self._by_certificate = ByCertificate(shared.principals, self._register)
        self._keys = Keys(shared.scope.account)
        self._authorizers = Authorizers(shared.scope)

    def speak_mqtt(self, stream: Stream, first: bytes) -> Speaker | None:
        """Choose who speaks on the MQTT port."""
        return self._device(stream, self._by_certificate) if self._is_named(stream) else None

    def speak_any(self, stream: Stream, first: bytes) -> Speaker | None:
        """Choose who speaks on the HTTPS port."""
        if not self._is_named(stream):
            return None
        peer = stream.peer
        if peer.alpn == "x-amzn-mqtt-ca":
            return self._device(stream, self._by_certificate)
        if peer.alpn == "mqtt":
            return self._device(stream, self._by_authorizer)
        if peer.alpn != "x-amzn-http-ca" and first[0] == CONNECT:
            return self._device(stream, self._by_authorizer if peer.certificate is None else self._by_certificate)
        return HttpConnection(self._shared, stream, self)

    async def identify(self, request: SignedRequest, peer: Peer) -> Admitted:
        """Find who makes an HTTP request. Raises NotAuthenticated."""
        if peer.certificate is not None:
            return await self._by_certificate(None, peer)
        if peer.alpn == "x-amzn-http-ca":
            raise NotAuthenticated("The device showed no certificate")
        if request.is_signed:
            return await self._keys.admit(request)
        return await self._authorizers.admit(from_http(request.headers, request.query, peer))

    async def device(self, request: SignedRequest, socket: Stream) -> Device:
        """Make the conversation of a WebSocket. Raises NotAuthenticated."""
        if request.is_signed:
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
            return await self._authorizers.admit(from_connect(connect, peer, http))

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

    def _is_named(self, stream: Stream) -> bool:
        """AWS finds the account by the server's name; in strict mode a device must send one."""
        if self._shared.strict and not stream.peer.server_name:
            self._failed(stream.peer.address, "The device did not say which server it means (SNI)")
            return False
        return True

    async def _by_authorizer(self, connect: Connect, peer: Peer) -> Admitted:
        return await self._authorizers.admit(from_connect(connect, peer))

    async def _register(self, peer: Peer) -> str:
        if peer.certificate is None:
            return ""
        return await call(gateway_registration.register_on_sight, self._shared.scope, peer.certificate)
