"""The broker's files, and that Mosquitto starts with them and lets in whoever knows the password."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iot.bridge.client import Client, NotConnected
from iot.management.broker import files, mosquitto
from iot.management.supervisor.part import Plan
from tests.running_broker import await_listening


@contextmanager
def running(plan: Plan) -> Iterator[None]:
    process = subprocess.Popen(plan.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert plan.port is not None
        await_listening(plan.port)
        yield
    finally:
        process.terminate()
        process.wait(5)


def prepared(directory: Path, *, durable: bool = False) -> Plan:
    found = mosquitto.find()
    assert found is not None
    return files.prepare(directory, found, durable=durable)


@pytest.mark.parametrize("name", ["broker", "with a blank"])
async def test_mosquitto_starts_with_them_and_demands_the_password(tmp_path: Path, name: str) -> None:
    with running(prepared(tmp_path / name)):
        url = (tmp_path / name / "url").read_text().strip()
        client = Client(url, "$test")
        await client.connect()
        await client.close()
        stranger = Client(url.replace("thingstead:", "thingstead:x"), "$stranger")
        with pytest.raises(NotConnected):
            await stranger.connect()


def test_port_and_password_stay_unless_the_port_is_taken(tmp_path: Path) -> None:
    first = prepared(tmp_path)
    assert prepared(tmp_path).port == first.port
    with running(first):
        other = prepared(tmp_path)
    assert other.port != first.port
