"""MQTT connections that do nothing but load: packets are made once, answers are counted where they lie.

A publisher keeps a fixed number of QoS 1 messages in flight. Each of its packet identifiers has its own packet, made
beforehand, so that an acknowledgement costs no more than sending that packet again.
"""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from iot.core.mqtt.packets import Connect, Publish, Subscribe, Subscription, encode
from iot.core.mqtt.wire import read_length

CONNECT_SECONDS = 60.0
PUBACK, PUBLISH, CONNACK, SUBACK = 0x40, 0x30, 0x20, 0x90


@dataclass(frozen=True, slots=True)
class Route:
    """Where a load goes: through the gateway by TLS, or straight to the broker by its password."""

    port: int
    context: ssl.SSLContext | None = None
    username: str | None = None
    password: bytes | None = None


class Failed(Exception):
    """A connection was refused or lost while it was being measured."""


class Connection(asyncio.Protocol):
    """What publisher and subscriber share: CONNECT, and cutting what arrives into packets."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    async def open(self, route: Route) -> None:
        """Connect. Raises Failed."""
        name = "localhost" if route.context is not None else None
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.create_connection(lambda: self, "127.0.0.1", route.port, ssl=route.context, server_hostname=name)
            self.write(encode(Connect(self.client_id, username=route.username, password=route.password)))
            await self.opened

    def write(self, data: bytes) -> None:
        assert self._transport is not None
        self._transport.write(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's do not derive from it

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(Failed(f"{self.client_id} was not let in"))

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        position, end = 0, len(buffer)
        while position < end:
            if position + 1 < end and buffer[position + 1] < 128:
                body = position + 2
                after = body + buffer[position + 1]
            else:
                found = read_length(buffer, position + 1)
                if found is None:
                    break
                body = found[1]
                after = body + found[0]
            if after > end:
                break
            self.packet(buffer, position, body, after)
            position = after
        self._buffer = buffer[position:]
        self.flush()

    def packet(self, data: bytes, start: int, body: int, end: int) -> None:
        if data[start] == CONNACK and not self.opened.done():
            if data[body + 1]:
                self.opened.set_exception(Failed(f"CONNACK 0x{data[body + 1]:02x}"))
            else:
                self.opened.set_result(None)

    def flush(self) -> None:
        """Write what the packets of one read have caused."""


class Publisher(Connection):
    """Sends a number of messages with a window in flight. `make` writes the payload of each packet identifier."""

    def __init__(self, client_id: str, topic: str, make: Callable[[int], bytes], window: int) -> None:
        super().__init__(client_id)
        self._packets = {
            number.to_bytes(2, "big"): encode(Publish(topic, make(number), 1, packet_id=number))
            for number in range(1, window + 1)
        }
        self._out: list[bytes] = []
        self._left = 0
        self._awaited = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def send(self, count: int) -> None:
        """Begin; `done` is set when all are acknowledged."""
        self._awaited = count
        first = min(count, len(self._packets))
        self._left = count - first
        self.write(b"".join(list(self._packets.values())[:first]))

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.done.done():
            self.done.set_exception(Failed(f"{self.client_id} was cut off"))
            self.done.exception()

    def packet(self, data: bytes, start: int, body: int, end: int) -> None:
        if data[start] != PUBACK:
            super().packet(data, start, body, end)
            return
        self._awaited -= 1
        if self._left:
            self._left -= 1
            self._out.append(self._packets[data[body : body + 2]])
        if not self._awaited and not self.done.done():
            self.done.set_result(None)

    def flush(self) -> None:
        if self._out:
            self.write(b"".join(self._out))
            self._out.clear()


class Subscriber(Connection):
    """Counts the messages of a filter and acknowledges them."""

    def __init__(self, client_id: str, topic_filter: str, qos: int = 1) -> None:
        super().__init__(client_id)
        self.count = 0
        self.last = 0.0
        self._filter, self._qos = topic_filter, qos
        self._subscribed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._out: list[bytes] = []

    async def open(self, route: Route) -> None:
        await super().open(route)
        self.write(encode(Subscribe(1, (Subscription(self._filter, self._qos),))))
        if await self._subscribed >= 0x80:
            raise Failed(f"SUBACK refused {self._filter}")

    async def until(self, count: int, seconds: float) -> None:
        """Wait for so many messages. Raises Failed."""
        deadline = time.monotonic() + seconds
        while self.count < count:  # a look now and then costs less than an event a message
            if time.monotonic() > deadline:
                raise Failed(f"{self.count} of {count} messages arrived within {seconds:g} s")
            await asyncio.sleep(0.005)

    def packet(self, data: bytes, start: int, body: int, end: int) -> None:
        kind = data[start] & 0xF0
        if kind == PUBLISH:
            self.count += 1
            if data[start] & 2:
                after = body + 2 + (data[body] << 8 | data[body + 1])
                self._out.append(b"\x40\x02" + data[after : after + 2])
        elif kind == SUBACK and not self._subscribed.done():
            self._subscribed.set_result(data[end - 1])
        else:
            super().packet(data, start, body, end)

    def flush(self) -> None:
        if self._out:
            self.last = time.perf_counter()
            self.write(b"".join(self._out))
            self._out.clear()
