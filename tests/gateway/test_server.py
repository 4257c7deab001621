"""The gateway as a whole: what it promises about bad neighbours, brokers that go, and its own end."""

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from iot.gateway import connection, server, tls
from iot.gateway.server import raise_descriptor_limit
from iot.models import MetricMinute
from iot.services import certificates
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, free_port, start_broker, until
from tests.gateway.raw import DISCONNECT, PUBACK, dial, open_stream, packet, text

OpenCloud = Callable[..., Awaitable[Cloud]]


async def test_the_descriptor_limit_is_raised() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    raise_descriptor_limit()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_an_unknown_limit_is_a_clear_error(open_cloud: OpenCloud) -> None:
    with pytest.raises(ValueError, match="no limit called speed"):
        await open_cloud(limits={"speed": 1})


async def test_many_half_open_peers_do_not_keep_a_good_one_out(cloud: Cloud) -> None:
    for _ in range(300):
        await open_stream(cloud.port)
    began = time.monotonic()
    device = await cloud.device("good")
    device.publish("a", b"", qos=1)
    assert await device.receive() is not None
    assert time.monotonic() - began < 2


async def test_an_address_with_too_many_half_open_peers_is_refused_before_tls(open_cloud: OpenCloud) -> None:
    cloud = await open_cloud(limits={"half_open_per_address": 5})
    for _ in range(5):
        await open_stream(cloud.port)
    await until(lambda: cloud.gateway.shared.admission.open == 5)
    reader, _ = await open_stream(cloud.port)
    async with asyncio.timeout(2):
        try:
            assert await reader.read() == b""
        except ConnectionError:
            assert cloud.gateway.shared.admission.open == 5
    await until(lambda: any(message.topic == "$seen/refused" for message in cloud.heard))


async def test_a_peer_that_never_sends_connect_is_ended(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "OPENING_SECONDS", 0.3)
    credentials = await cloud.certificate()
    raw = await dial(cloud.port, credentials.context)
    raw.send(b"\x10")
    assert await raw.receive(3) is None
    await until(lambda: len(cloud.gateway.shared.clients) == 0)


async def test_a_dribbled_packet_ends_the_connection(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PARTIAL_SECONDS", 0.2)
    device = await cloud.device("dribbler")
    device.send(packet(0x30, text("a") + b"\0" + b"x" * 100)[:50])
    said = await device.receive()
    assert said is not None
    assert said.kind == DISCONNECT
    await cloud.event("$aws/events/presence/disconnected/dribbler", disconnectReason="CLIENT_ERROR")


async def test_a_deaf_subscriber_costs_little_and_harms_nobody(cloud: Cloud) -> None:
    deaf, talker, other = await cloud.device("deaf-1"), await cloud.device("talker"), await cloud.device("other")
    await deaf.subscribe("noise")
    await other.subscribe("quiet")
    deaf.reader._transport.pause_reading()  # type: ignore[attr-defined]  # asyncio has no public way
    for _ in range(200):
        talker.publish("noise", b"x" * 100_000)
        await talker.writer.drain()
    talker.publish("quiet", b"still there")
    received = await other.receive()
    assert received is not None
    assert received.body.endswith(b"still there")
    device = cloud.gateway.shared.clients.with_client_id("deaf-1")
    assert device is not None
    stream = device._stream
    assert isinstance(stream, tls.TlsStream)
    assert stream._transport.get_write_buffer_size() < 2 * 1024 * 1024


async def test_devices_are_told_when_the_broker_goes_and_come_back_when_it_does(
    open_cloud: OpenCloud, tmp_path: Path
) -> None:
    port, file = free_port(), tmp_path / "own.conf"
    broker = start_broker(port, file)
    try:
        cloud = await open_cloud(broker_url=f"mqtt://127.0.0.1:{port}")
        credentials = await cloud.certificate()
        device = await cloud.device("faithful", credentials)
        broker.kill()
        broker.wait()
        said = await device.receive()
        assert said is not None
        assert (said.kind, said.body[0]) == (DISCONNECT, 0x8B)
        raw = await dial(cloud.port, credentials.context)
        answer = await raw.connect("faithful")
        assert answer is not None
        assert answer.body[1] in (0x88, 0x8B)
        broker = start_broker(port, file)
        device = await cloud.device("faithful", credentials)
        device.publish("a", b"", qos=1)
        answer = await device.receive()
        assert answer is not None
        assert answer.kind == PUBACK
        await until(lambda: cloud.client.is_connected)
        await cloud.event("$aws/events/presence/disconnected/faithful", disconnectReason="SERVER_ERROR")
    finally:
        broker.kill()
        broker.wait()


async def test_a_certificate_with_many_connections_is_ended_in_all_of_them(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TOGETHER", 2)
    credentials = await cloud.certificate()
    devices = [await cloud.device(f"many-{number}", credentials) for number in range(5)]
    await call(certificates.update_certificate, SCOPE, certificate_id=credentials.certificate_id, new_status="INACTIVE")
    for device in devices:
        said = await device.receive(5)
        assert said is not None
        assert (said.kind, said.body[0]) == (DISCONNECT, 0x98)


async def test_what_happened_is_counted(cloud: Cloud) -> None:
    device = await cloud.device("counted")
    await device.subscribe("a")
    device.publish("a", b"", qos=1)
    await device.receive()
    device.disconnect()
    await cloud.event("$aws/events/presence/disconnected/counted")
    await cloud.gateway.shared.counters.flush()

    def stored() -> dict[str, float]:
        return dict(MetricMinute.objects.values_list("name", "value"))

    found = await call(stored)
    assert (found["Connect.Success"], found["Subscribe.Success"], found["PublishIn.Success"]) == (1, 1, 1)
