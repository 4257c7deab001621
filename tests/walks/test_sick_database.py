"""A database that stalls or dies, a disk that fills: nothing acknowledged is lost, nobody is told a lie, it heals."""

import asyncio
import contextlib
import json
import sqlite3
import subprocess
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.core.mqtt.packets import Publish
from tests import stack as running
from tests.postgres import Postgres, running_postgres
from tests.stack import Device, Stack
from tests.traffic import connect, until

UPDATES = 40
KILLS = 3


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An installation on a disk of its own that a test may fill."""
    disk = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("No file system may be mounted here")
    try:
        started = running.start(disk / "data")
        try:
            yield started
        finally:
            started.stop()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.fixture
def on_postgres(tmp_path: Path) -> Iterator[tuple[Stack, Postgres]]:
    with running_postgres() as server:
        started = running.start(tmp_path / "data", environment={"DATABASE_URL": server.url("postgres")})
        try:
            yield started, server
        finally:
            started.stop()


@contextlib.contextmanager
def stalled(stack: Stack) -> Iterator[None]:
    """Nobody else may write meanwhile."""
    with contextlib.closing(sqlite3.connect(stack.data / "thingstead.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def full(stack: Stack) -> Iterator[None]:
    """There is not a byte left on the disk."""
    filler = stack.data.parent / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65_536, 512, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
    yield
    filler.unlink()


class Counter:
    """A device that counts up in its shadow, and collects what it is answered."""

    def __init__(self, stack: Stack, device: Device) -> None:
        self.answers: list[dict[str, Any]] = []
        self._stack, self._device = stack, device
        self._topic = f"$aws/things/{device.thing}/shadow/update"

    async def __aenter__(self) -> "Counter":
        self._client = await connect(("127.0.0.1", self._stack.mqtt_port), self._device, self._answered)
        await self._client.subscribe(f"{self._topic}/accepted")
        await self._client.subscribe(f"{self._topic}/rejected")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def count(self, numbers: range) -> None:
        """Return when each is acknowledged."""
        for number in numbers:
            document = {"state": {"reported": {"number": number}}}
            await self._client.publish(self._topic, json.dumps(document).encode())

    def has(self, count: int) -> bool:
        return len(self.answers) >= count

    def _answered(self, message: Publish) -> None:
        self.answers.append({"outcome": message.topic.rpartition("/")[2], **json.loads(message.payload)})


def kept(stack: Stack, device: Device) -> list[int]:
    """Answer version and number of the shadow."""
    found = json.loads(stack.boto("iot-data").get_thing_shadow(thingName=device.thing)["payload"].read())
    return [found["version"], found["state"]["reported"]["number"]]


async def test_a_stalled_database_only_delays_the_answers(stack: Stack) -> None:
    device = stack.device()
    async with Counter(stack, device) as counter:
        with stalled(stack):
            await counter.count(range(UPDATES))
            assert counter.answers == []
            assert stack.boto("iot").describe_thing(thingName=device.thing)["thingName"] == device.thing
        await until(lambda: len(counter.answers) == UPDATES)
    assert [answer["outcome"] for answer in counter.answers] == ["accepted"] * UPDATES
    assert [answer["version"] for answer in counter.answers] == list(range(1, UPDATES + 1))
    assert kept(stack, device) == [UPDATES, UPDATES - 1]


async def test_a_full_disk_refuses_changes_by_name_and_loses_nothing(small: Stack) -> None:
    device, iot = small.device(), small.boto("iot")
    async with Counter(small, device) as counter:
        await counter.count(range(UPDATES))
        await until(lambda: len(counter.answers) == UPDATES)
        with full(small):
            await counter.count(range(UPDATES, 2 * UPDATES))
            refusal = refused(iot)
            assert iot.describe_thing(thingName=device.thing)["thingName"] == device.thing
            assert len(counter.answers) == UPDATES
        await until(lambda: len(counter.answers) == 2 * UPDATES)
    assert refusal == ("ServiceUnavailableException", 503)
    assert [answer["version"] for answer in counter.answers] == list(range(1, 2 * UPDATES + 1))
    assert kept(small, device) == [2 * UPDATES, 2 * UPDATES - 1]
    iot.create_thing(thingName=f"after-{uuid.uuid4().hex[:8]}")
    assert not any("Traceback" in line for line in small.lines)


async def test_a_killed_postgresql_delays_answers_and_loses_none(on_postgres: tuple[Stack, Postgres]) -> None:
    stack, server = on_postgres
    device = stack.device()
    async with Counter(stack, device) as counter:
        for start in range(0, KILLS * UPDATES, UPDATES):
            sending = asyncio.create_task(counter.count(range(start, start + UPDATES)))
            await until(partial(counter.has, start + 1))
            server.kill()
            await sending
            await asyncio.to_thread(server.start)
        await until(partial(counter.has, KILLS * UPDATES))
    versions = {answer["version"] for answer in counter.answers}
    assert {answer["outcome"] for answer in counter.answers} == {"accepted"}
    # A commit that the dead server did not confirm may be done twice, as any message of QoS 1.
    assert versions == set(range(1, len(versions) + 1))
    assert kept(stack, device) == [len(versions), KILLS * UPDATES - 1]
    assert not any("Traceback" in line for line in stack.lines)


def refused(iot: Any) -> tuple[str, int]:
    """Create things until one is refused; answer the error's name and status."""
    with pytest.raises(ClientError) as caught:
        create_for_ever(iot)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def create_for_ever(iot: Any) -> None:
    while True:
        iot.create_thing(thingName=f"full-{uuid.uuid4().hex[:8]}", attributePayload={"attributes": {"a": "b" * 700}})
