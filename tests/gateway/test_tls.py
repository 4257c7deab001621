"""TLS as devices meet it: what is accepted, what is refused, and what stays bounded."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from iot.gateway import tls
from iot.gateway.stream import Speaker, Stream
from iot.gateway.tls import TlsStream, make_context
from iot.services import pki
from tests.gateway.conftest import until
from tests.gateway.raw import client_context, close_streams, open_stream


class Door:
    def __init__(self) -> None:
        self.is_open = True
        self.failures: list[str] = []
        self.inside = 0
        self.proved = 0

    def admit(self, address: str) -> bool:
        self.inside += self.is_open
        return self.is_open

    def established(self, address: str) -> None:
        self.proved += 1

    def released(self, address: str, *, established: bool) -> None:
        self.inside -= 1

    def failed(self, address: str, reason: str) -> None:
        self.failures.append(reason)


class Echo:
    """Says everything back, times `factor`."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.factor = 1
        self.paused = False
        self.lost = False
        self.peer = stream.peer
        stream.establish()

    def data_received(self, data: bytes) -> None:
        self.stream.write(data * self.factor)

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False


class Served:
    def __init__(self) -> None:
        self.door = Door()
        self.speakers: list[Echo] = []
        self.port = 0
        self.mute = False

    def choose(self, stream: Stream, first: bytes) -> Speaker | None:
        if self.mute:
            return None
        self.speakers.append(Echo(stream))
        return self.speakers[-1]


@pytest.fixture
async def served(authority: Path) -> AsyncIterator[Served]:
    found = Served()
    context = make_context(
        authority / "pki" / "server.pem",
        authority / "pki" / "server.key",
        protocols=("mqtt", "http/1.1"),
        demand_certificate=True,
    )
    server = await asyncio.get_running_loop().create_server(
        lambda: TlsStream(context, found.choose, found.door), "127.0.0.1", 0
    )
    found.port = server.sockets[0].getsockname()[1]
    yield found
    await close_streams()
    await until(lambda: found.door.inside == 0)
    server.close()
    await server.wait_closed()


@pytest.fixture
def device(authority: Path, tmp_path: Path) -> ssl.SSLContext:
    return make_device(authority, tmp_path, authority)


def make_device(authority: Path, directory: Path, issuer: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    (directory / "device.pem").write_text(pki.issue_device_certificate(issuer, key.public_key()))
    (directory / "device.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return client_context(authority / "ca.pem", directory / "device.pem", directory / "device.key")


async def test_what_is_said_comes_back_in_one_piece(served: Served, device: ssl.SSLContext) -> None:
    reader, writer = await open_stream(served.port, device)
    writer.write(b"x" * 300_000)
    assert await reader.readexactly(300_000) == b"x" * 300_000
    writer.close()
    await until(lambda: served.speakers[0].lost)
    assert served.door.inside == 0
    assert served.door.proved == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_the_peer_is_known_by_its_certificate_and_the_name_it_asked_for(
    served: Served, device: ssl.SSLContext, version: ssl.TLSVersion
) -> None:
    device.minimum_version = device.maximum_version = version
    device.set_alpn_protocols(["other", "mqtt"])
    reader, writer = await open_stream(served.port, device)
    writer.write(b"hello")
    await reader.readexactly(5)
    peer = served.speakers[0].peer
    assert peer.certificate is not None
    assert (peer.server_name, peer.alpn, peer.address) == ("localhost", "mqtt", "127.0.0.1")


async def test_no_session_is_resumed(served: Served, device: ssl.SSLContext) -> None:
    device.maximum_version = ssl.TLSVersion.TLSv1_2
    reader, writer = await open_stream(served.port, device)
    writer.write(b"1")
    await reader.readexactly(1)
    session = writer.get_extra_info("ssl_object").session
    assert not session.has_ticket


async def test_a_certificate_of_a_stranger_passes_tls_because_the_registry_decides(
    served: Served, authority: Path, tmp_path: Path
) -> None:
    pki.create_authority(tmp_path)
    context = make_device(authority, tmp_path, tmp_path)
    reader, writer = await open_stream(served.port, context)
    writer.write(b"1")
    assert await reader.readexactly(1) == b"1"


async def test_a_certificate_that_openssl_reads_and_we_do_not_is_refused(
    served: Served, device: ssl.SSLContext, authority: Path, tmp_path: Path
) -> None:
    der = ssl.PEM_cert_to_DER_cert((tmp_path / "device.pem").read_text())
    version_3, version_8 = bytes.fromhex("a003020102"), bytes.fromhex("a003020107")
    (tmp_path / "device.pem").write_text(ssl.DER_cert_to_PEM_cert(der.replace(version_3, version_8, 1)))
    context = client_context(authority / "ca.pem", tmp_path / "device.pem", tmp_path / "device.key")
    reader, _ = await open_stream(served.port, context)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    assert served.door.failures == ["The certificate cannot be read"]
    assert served.speakers == []


async def test_without_a_certificate_there_is_no_connection(served: Served, authority: Path) -> None:
    context = client_context(authority / "ca.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await open_stream(served.port, context)
    await until(lambda: served.door.failures)
    assert "certificate" in served.door.failures[0]
    assert served.speakers == []


async def test_old_versions_and_weak_ciphers_are_refused(served: Served, device: ssl.SSLContext) -> None:
    device.maximum_version = ssl.TLSVersion.TLSv1_2
    device.set_ciphers("AES128-SHA:AES256-GCM-SHA384")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await open_stream(served.port, device)
    await until(lambda: served.door.failures)
    assert "no shared cipher" in served.door.failures[0]


async def test_what_is_not_tls_ends_at_once_and_is_noted(served: Served) -> None:
    reader, writer = await open_stream(served.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    async with asyncio.timeout(5):
        await reader.read()
    assert served.door.failures


async def test_a_handshake_that_does_not_end_is_ended(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "OPENING_SECONDS", 0.1)
    reader, _ = await open_stream(served.port)
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    assert "not finished" in served.door.failures[0]


async def test_a_closed_door_costs_no_handshake(served: Served, device: ssl.SSLContext) -> None:
    served.door.is_open = False
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await open_stream(served.port, device)
    assert served.door.inside == 0


async def test_where_nobody_speaks_the_connection_ends(served: Served, device: ssl.SSLContext) -> None:
    served.mute = True
    reader, writer = await open_stream(served.port, device)
    writer.write(b"x")
    async with asyncio.timeout(5):
        assert await reader.read() == b""


async def test_a_deaf_peer_pauses_the_speaker_and_is_ended_without_progress(
    served: Served, device: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "STALLED_SECONDS", 0.2)
    reader, writer = await open_stream(served.port, device)
    writer.write(b"x")
    await reader.readexactly(1)
    cast(asyncio.Transport, writer.transport).pause_reading()
    speaker = served.speakers[0]
    speaker.stream.write(b"y" * 24 * 1024 * 1024)
    assert speaker.paused
    await until(lambda: speaker.lost)


async def test_reading_can_be_held_back(served: Served, device: ssl.SSLContext) -> None:
    reader, writer = await open_stream(served.port, device)
    writer.write(b"1")
    await reader.readexactly(1)
    served.speakers[0].stream.pause_reading()
    writer.write(b"2")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await reader.readexactly(1)
    served.speakers[0].stream.resume_reading()
    async with asyncio.timeout(5):
        assert await reader.readexactly(1) == b"2"


async def test_close_sends_what_was_written_before(served: Served, device: ssl.SSLContext) -> None:
    reader, writer = await open_stream(served.port, device)
    writer.write(b"1")
    await reader.readexactly(1)
    stream = served.speakers[0].stream
    stream.write(b"last words")
    stream.close()
    stream.write(b"too late")
    async with asyncio.timeout(5):
        assert await reader.read() == b"last words"
