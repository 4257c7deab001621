"""A device's end of MQTT 5 over TLS, made of our own codec: enough to publish, subscribe and be counted."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from iot.core.mqtt.decoding import decode_body
from iot.core.mqtt.packets import (
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PingReq,
    PubAck,
    Publish,
    SubAck,
    Subscribe,
    Subscription,
    encode,
)
from iot.core.mqtt.properties import NO_PROPERTIES, Properties
from iot.core.mqtt.reason_codes import ReasonCode
from iot.core.mqtt.wire import read_length

KEEP_ALIVE = 300
IN_FLIGHT = 90
CONNECT_SECONDS = 30.0
Receive = Callable[[Publish], None]


class Refused(Exception):
    """The cloud refused something, or the connection has ended."""


class Device(asyncio.Protocol):
    """One connection. `on_publish` is called with each message, which is acknowledged when it returns.

    With a `session_expiry` (seconds) the session outlives the connection, and the next one goes on with it.
    """

    def __init__(self, client_id: str, on_publish: Receive | None = None, *, session_expiry: int = 0) -> None:
        self.client_id = client_id
        self.ended = asyncio.Event()
        self.reason = ""
        self._on_publish = on_publish
        self._session_expiry = session_expiry
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._packet_id = 0
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._connected: asyncio.Future[ConnAck] = asyncio.get_running_loop().create_future()
        self._waiting: dict[int, asyncio.Future[Packet]] = {}

    async def connect(self, host: str, port: int, context: ssl.SSLContext | None, name: str | None = None) -> None:
        """Connect to an address whose certificate is for `name`. Raises Refused, OSError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.create_connection(
                lambda: self, host, port, ssl=context, server_hostname=name if context is not None else None
            )
            expiry = self._session_expiry
            properties = Properties(session_expiry_interval=expiry) if expiry else NO_PROPERTIES
            self._write(Connect(self.client_id, clean_start=not expiry, keep_alive=KEEP_ALIVE, properties=properties))
            answer = await self._connected
        if answer.reason_code:
            raise Refused(f"CONNACK {_name(answer.reason_code)}")

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Publish, and wait for the PUBACK with QoS 1. Raises Refused."""
        if not qos:
            self._write(Publish(topic, payload))
            return
        async with self._slots:
            packet_id = self._next()
            answer = await self._ask(packet_id, Publish(topic, payload, 1, packet_id=packet_id))
        if isinstance(answer, PubAck) and answer.reason_code >= ReasonCode.UNSPECIFIED_ERROR:
            raise Refused(f"PUBACK {_name(answer.reason_code)} for {topic}")

    async def subscribe(self, *filters: str, qos: int = 1) -> None:
        """Subscribe to filters. Raises Refused if any of them is."""
        packet_id = self._next()
        wanted = tuple(Subscription(topic_filter, qos) for topic_filter in filters)
        answer = await self._ask(packet_id, Subscribe(packet_id, wanted))
        codes = answer.reason_codes if isinstance(answer, SubAck) else ()
        for topic_filter, code in zip(filters, codes, strict=False):
            if code >= ReasonCode.UNSPECIFIED_ERROR:
                raise Refused(f"SUBACK {_name(code)} for {topic_filter}")

    def ping(self) -> None:
        """Keep the connection alive."""
        self._write(PingReq())

    async def close(self) -> None:
        """Say goodbye and wait until the connection is closed."""
        if self._transport is not None and not self._transport.is_closing():
            self._write(Disconnect())
            self._transport.close()
            await self.ended.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's do not derive from it

    def connection_lost(self, error: Exception | None) -> None:
        self.reason = self.reason or str(error or "the connection was closed")
        futures: list[asyncio.Future[Any]] = [self._connected, *self._waiting.values()]
        for future in futures:
            if not future.done():
                future.set_exception(Refused(self.reason))
                future.exception()
        self._waiting.clear()
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        position = 0
        while (found := read_length(buffer, position + 1)) is not None:
            length, body = found
            if body + length > len(buffer):
                break
            self._handle(decode_body(buffer, position, body, body + length, 5))
            position = body + length
        self._buffer = buffer[position:]

    def _handle(self, packet: Packet) -> None:
        if isinstance(packet, Publish):
            if self._on_publish is not None:
                self._on_publish(packet)
            if packet.qos:
                self._write(PubAck(packet.packet_id))
        elif isinstance(packet, PubAck | SubAck):
            future = self._waiting.pop(packet.packet_id, None)
            if future is not None and not future.done():
                future.set_result(packet)
        elif isinstance(packet, ConnAck) and not self._connected.done():
            self._connected.set_result(packet)
        elif isinstance(packet, Disconnect):
            self.reason = f"DISCONNECT {_name(packet.reason_code)}"

    async def _ask(self, packet_id: int, packet: Packet) -> Packet:
        if self.ended.is_set():
            raise Refused(self.reason)
        future: asyncio.Future[Packet] = asyncio.get_running_loop().create_future()
        self._waiting[packet_id] = future
        self._write(packet)
        return await future

    def _write(self, packet: Packet) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(packet))

    def _next(self) -> int:
        while True:
            self._packet_id = self._packet_id % 65_535 + 1
            if self._packet_id not in self._waiting:
                return self._packet_id


def tls(ca: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """Make a device's TLS: it trusts our authority alone."""
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(certificate, key)
    return context


def _name(code: int) -> str:
    try:
        return f"0x{code:02x} {ReasonCode(code).name.lower().replace('_', ' ')}"
    except ValueError:
        return f"0x{code:02x}"
