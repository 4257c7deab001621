"""A raw MQTT client for tests of the gateway: it writes the bytes it is told to and reads packets as they come."""

import asyncio
import contextlib
import ssl
import struct
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 8.0
_opened: list[asyncio.StreamWriter] = []


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet as it came: its type, its flags and what follows the fixed header."""

    kind: int
    flags: int
    body: bytes


CONNACK, PUBLISH, PUBACK, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 11, 13, 14


class Raw:
    """A connection; `version` is 4 or 5."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: int = 5) -> None:
        self.reader, self.writer, self.version = reader, writer, version

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def receive(self, timeout: float = TIMEOUT) -> Packet | None:
        """Read a packet; None when the connection has ended."""
        async with asyncio.timeout(timeout):
            try:
                first = (await self.reader.readexactly(1))[0]
                length, shift = 0, 0
                while True:
                    byte = (await self.reader.readexactly(1))[0]
                    length |= (byte & 0x7F) << shift
                    shift += 7
                    if byte < 0x80:
                        break
                return Packet(first >> 4, first & 15, await self.reader.readexactly(length))
            except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
                return None

    async def connect(self, client_id: str, **options: object) -> Packet | None:
        self.send(connect(client_id, version=self.version, **options))  # type: ignore[arg-type]  # passed through
        return await self.receive()

    async def subscribe(self, *filters: str, qos: int = 1) -> list[int]:
        body = struct.pack(">H", 7) + (b"\0" if self.version == 5 else b"")
        body += b"".join(text(name) + bytes([qos]) for name in filters)
        self.send(packet(0x82, body))
        answer = await self.receive()
        assert answer is not None
        assert answer.kind == SUBACK
        if self.version != 5:
            return list(answer.body[2:])
        assert answer.body[2] < 128
        return list(answer.body[3 + answer.body[2] :])

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False, packet_id: int = 1) -> None:
        body = text(topic) + (struct.pack(">H", packet_id) if qos else b"")
        body += (b"\0" if self.version == 5 else b"") + payload
        self.send(packet(0x30 | qos << 1 | int(retain), body))

    def disconnect(self) -> None:
        self.send(b"\xe0\0")

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded


def packet(first: int, body: bytes) -> bytes:
    length, encoded = len(body), b""
    while True:
        length, byte = length >> 7, length & 0x7F
        encoded += bytes([byte | (0x80 if length else 0)])
        if not length:
            return bytes([first]) + encoded + body


def connect(
    client_id: str,
    *,
    version: int = 5,
    clean: bool = True,
    keep_alive: int = 60,
    will: tuple[str, bytes] | None = None,
    will_retain: bool = False,
    username: str | None = None,
    password: bytes | None = None,
    properties: bytes = b"",
) -> bytes:
    flags = 2 * clean + (4 | 8 | 32 * will_retain if will else 0) + (0x80 if username is not None else 0)
    flags |= 0x40 if password is not None else 0
    body = text("MQTT") + bytes([version, flags]) + struct.pack(">H", keep_alive)
    if version == 5:
        body += bytes([len(properties)]) + properties
    body += text(client_id)
    if will:
        body += (b"\0" if version == 5 else b"") + text(will[0]) + struct.pack(">H", len(will[1])) + will[1]
    if username is not None:
        body += text(username)
    if password is not None:
        body += struct.pack(">H", len(password)) + password
    return packet(0x10, body)


def client_context(ca: Path, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca))
    if certificate is not None:
        context.load_cert_chain(str(certificate), None if key is None else str(key))
    return context


async def open_stream(
    port: int, context: ssl.SSLContext | None = None, server_name: str = "localhost"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection that `close_streams` closes where the test has not."""
    name = None if context is None else server_name
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    _opened.append(writer)
    return reader, writer


async def close_streams() -> None:
    """Close every connection of the test that has ended."""
    for writer in _opened:
        writer.transport.abort()
    for writer in _opened:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            await writer.wait_closed()
    _opened.clear()


async def dial(port: int, context: ssl.SSLContext, *, version: int = 5, server_name: str = "localhost") -> Raw:
    reader, writer = await open_stream(port, context, server_name)
    return Raw(reader, writer, version)
