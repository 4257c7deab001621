"""A Kafka broker in small: it answers versions, metadata and produce requests, and remembers the records.

It may demand TLS, and a user with a password by SASL's PLAIN.

The bytes are read and written by aiokafka's own structures of the protocol; what is tested is our action against a
peer on a real socket.
"""

import asyncio
import contextlib
import io
import ssl
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiokafka.protocol.admin import (
    ApiVersionResponse_v0,
    SaslAuthenticateRequest_v0,
    SaslAuthenticateResponse_v0,
    SaslHandShakeRequest_v1,
    SaslHandShakeResponse_v1,
)
from aiokafka.protocol.metadata import MetadataRequest_v1, MetadataResponse_v1
from aiokafka.protocol.produce import ProduceRequest_v3, ProduceResponse_v3
from aiokafka.protocol.types import Int16, Int32, String
from aiokafka.record import MemoryRecords

PRODUCE, METADATA, HANDSHAKE, VERSIONS, AUTHENTICATE = 0, 3, 17, 18, 36


@dataclass(frozen=True, slots=True)
class Record:
    topic: str
    partition: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


@dataclass
class Broker:
    port: int = 0
    records: list[Record] = field(default_factory=list)
    error: int = 0
    login: tuple[bytes, bytes] = (b"", b"")


@contextlib.asynccontextmanager
async def broker(tls: ssl.SSLContext | None = None, login: tuple[bytes, bytes] = (b"", b"")) -> AsyncIterator[Broker]:
    made = Broker(login=login)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                answer = _answer(made, io.BytesIO(await reader.readexactly(size)))
                writer.write(struct.pack(">i", len(answer)) + answer)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in connections:
            task.cancel()


def _answer(made: Broker, request: io.BytesIO) -> bytes:
    key, _, correlation = Int16.decode(request), Int16.decode(request), Int32.decode(request)
    String("utf-8").decode(request)
    answers = {
        VERSIONS: _versions,
        METADATA: _metadata,
        PRODUCE: _produce,
        HANDSHAKE: _handshake,
        AUTHENTICATE: _authenticate,
    }
    return struct.pack(">i", correlation) + bytes(answers[key](made, request).encode())


def _versions(made: Broker, request: io.BytesIO) -> Any:
    known = [(VERSIONS, 0, 0), (METADATA, 1, 1), (PRODUCE, 3, 3), (HANDSHAKE, 1, 1), (AUTHENTICATE, 0, 0)]
    return ApiVersionResponse_v0(0, known)


def _handshake(made: Broker, request: io.BytesIO) -> Any:
    asked = SaslHandShakeRequest_v1.decode(request).mechanism
    return SaslHandShakeResponse_v1(0 if asked == "PLAIN" else 33, ["PLAIN"])


def _authenticate(made: Broker, request: io.BytesIO) -> Any:
    _, *given = SaslAuthenticateRequest_v0.decode(request).sasl_auth_bytes.split(b"\0")
    return SaslAuthenticateResponse_v0(0 if tuple(given) == made.login else 58, None, b"")


def _metadata(made: Broker, request: io.BytesIO) -> Any:
    topics = MetadataRequest_v1.decode(request).topics or []
    found = [(0, topic, False, [(0, number, 1, [1], [1]) for number in range(3)]) for topic in topics]
    return MetadataResponse_v1([(1, "127.0.0.1", made.port, None)], 1, found)


def _produce(made: Broker, request: io.BytesIO) -> Any:
    asked = ProduceRequest_v3.decode(request)
    answered = []
    for topic, partitions in asked.topics:
        for partition, content in partitions:
            if not made.error:
                made.records += _records(topic, partition, content)
        answered.append((topic, [(partition, made.error, 0, -1) for partition, _ in partitions]))
    return ProduceResponse_v3(answered, 0)


def _records(topic: str, partition: int, content: bytes) -> list[Record]:
    found = []
    batches = MemoryRecords(content)
    while (batch := batches.next_batch()) is not None:
        found += [
            Record(topic, partition, None if one.key is None else bytes(one.key), bytes(one.value), tuple(one.headers))
            for one in batch
        ]
    return found
