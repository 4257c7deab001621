"""The devices that we play, against a broker: they publish, subscribe, and are told when they may not."""

import asyncio
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from iot.core.mqtt.packets import Publish
from iot.management.broker import mosquitto
from iot.management.devices.client import Device, Refused
from iot.management.supervisor import ports

RULES = "topic readwrite ok/#\ntopic read $SYS/#\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A broker without passwords where only topics below `ok/` may be used."""
    found, folder, free = mosquitto.find(), tmp_path_factory.mktemp("broker"), ports.free()
    assert found is not None
    (folder / "acl").write_text(RULES)
    lines = f"listener {free} 127.0.0.1\nallow_anonymous true\nacl_file {folder / 'acl'}\nlog_type none\nuser root\n"
    (folder / "conf").write_text(lines)
    process = subprocess.Popen([found.path, "-c", str(folder / "conf")], stderr=subprocess.DEVNULL)
    while not listens(free):
        assert process.poll() is None
    yield free
    process.terminate()
    process.wait(5)


def listens(port: int) -> bool:
    """Ask by connecting: whoever binds a port to see whether it is free takes it away from the one that starts."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_it_publishes_to_itself(port: int) -> None:
    arrived: asyncio.Queue[Publish] = asyncio.Queue()
    device = Device("one", arrived.put_nowait)
    await device.connect("127.0.0.1", port, None)
    await device.subscribe("ok/#")
    await device.publish("ok/a", b"x" * 70_000)
    await device.publish("ok/b", b"quick", qos=0)
    device.ping()
    found = [await asyncio.wait_for(arrived.get(), 10) for _ in range(2)]
    assert [(message.topic, len(message.payload), message.qos) for message in found] == [
        ("ok/a", 70_000, 1),
        ("ok/b", 5, 0),
    ]
    await device.close()
    assert device.ended.is_set()


async def test_it_is_told_when_it_may_not_publish(port: int) -> None:
    device = Device("two")
    await device.connect("127.0.0.1", port, None)
    with pytest.raises(Refused, match="PUBACK 0x87 not authorized for bad/a"):
        await device.publish("bad/a", b"")
    await device.close()


async def test_a_session_outlives_its_connection(port: int) -> None:
    first = Device("three", session_expiry=60)
    await first.connect("127.0.0.1", port, None)
    await first.subscribe("ok/later")
    await first.close()
    sender = Device("four")
    await sender.connect("127.0.0.1", port, None)
    await sender.publish("ok/later", b"kept")
    arrived: asyncio.Queue[Publish] = asyncio.Queue()
    again = Device("three", arrived.put_nowait, session_expiry=60)
    await again.connect("127.0.0.1", port, None)
    assert (await asyncio.wait_for(arrived.get(), 10)).payload == b"kept"
    await asyncio.gather(again.close(), sender.close())


async def test_who_is_cut_off_learns_why(port: int) -> None:
    one, other = Device("five"), Device("five")
    await one.connect("127.0.0.1", port, None)
    await other.connect("127.0.0.1", port, None)
    await asyncio.wait_for(one.ended.wait(), 10)
    with pytest.raises(Refused, match=r"closed|taken over"):
        await one.publish("ok/a", b"")
    await other.close()


async def test_nobody_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"\d"):
        await Device("six").connect("127.0.0.1", ports.free(), None)
