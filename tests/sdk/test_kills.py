"""What was acknowledged arrives, whichever of our processes is killed under 200 messages a second."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from iot.core.mqtt.packets import Publish
from iot.core.mqtt.reason_codes import ProtocolError
from iot.management.devices.client import Device as Client
from iot.management.devices.client import Refused, tls
from tests.stack import Device, Stack

RATE = 200
SECONDS = 6
# Killed once so many were acknowledged; a killed gateway takes what comes until it is back with it.
KILLS = (200, 500)
MOST = 600


class Sender:
    """Publishes numbers at a steady rate and remembers which were acknowledged; connects again when it must."""

    def __init__(self, stack: Stack, device: Device, topic: str) -> None:
        self.acknowledged: set[int] = set()
        self._stack, self._device, self._topic = stack, device, topic
        self._client: Client | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(RATE * SECONDS):
                await asyncio.sleep(max(0.0, started + number / RATE - loop.time()))
                group.create_task(self._send(number, await self._connected()))
        if self._client is not None:
            await self._client.close()

    async def _send(self, number: int, client: Client) -> None:
        with suppress(Refused):
            await client.publish(self._topic, json.dumps({"number": number}).encode())
            self.acknowledged.add(number)

    async def _connected(self) -> Client:
        while self._client is None or self._client.ended.is_set():
            self._client = await connect(self._stack, self._device)
        return self._client


class Watcher:
    """Collects the numbers that arrive, in a session that outlives its connections."""

    def __init__(self, stack: Stack, device: Device, topic: str) -> None:
        self.received: set[int] = set()
        self._stack, self._device, self._topic = stack, device, topic
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Watcher":
        subscribed = asyncio.Event()
        self._task = asyncio.create_task(self._run(subscribed))
        await asyncio.wait_for(subscribed.wait(), 15)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _run(self, subscribed: asyncio.Event) -> None:
        while True:
            client = await connect(self._stack, self._device, self._arrived)
            try:
                with suppress(Refused):
                    await client.subscribe(self._topic)
                    subscribed.set()
                    await client.ended.wait()
            finally:
                await client.close()

    def _arrived(self, message: Publish) -> None:
        self.received.add(json.loads(message.payload)["number"])


async def connect(stack: Stack, device: Device, arrived: Callable[[Publish], None] | None = None) -> Client:
    """Connect a device however often it takes."""
    while True:
        client = Client(device.thing, arrived, session_expiry=3600)
        try:
            await client.connect("127.0.0.1", stack.mqtt_port, tls(device.ca, device.cert, device.key), "localhost")
        except (OSError, Refused, TimeoutError, ProtocolError):
            await client.close()
            await asyncio.sleep(0.05)
        else:
            return client


@pytest.fixture
async def republished(stack: Stack) -> AsyncIterator[tuple[str, str]]:
    """A rule that republishes what comes in, so that the bridge has work to lose."""
    name = f"kill_{uuid.uuid4().hex[:8]}"
    role = "arn:aws:iam::123456789012:role/r"
    action = {"republish": {"roleArn": role, "topic": f"{name}/out", "qos": 1}}
    payload = {"sql": f"SELECT number FROM '{name}/in'", "actions": [action]}
    iot = stack.boto("iot")
    iot.create_topic_rule(ruleName=name, topicRulePayload=payload)
    yield f"{name}/in", f"{name}/out"
    iot.delete_topic_rule(ruleName=name)


@pytest.mark.parametrize("part", ["bridge", "gateway"])
async def test_killing_a_part_loses_no_acknowledged_message(
    stack: Stack, republished: tuple[str, str], part: str
) -> None:
    inbound, outbound = republished
    async with Watcher(stack, stack.device(), outbound) as watcher:
        sender = Sender(stack, stack.device(), inbound)
        sending = asyncio.create_task(sender.run())
        for number in KILLS:
            await _until(lambda number=number: len(sender.acknowledged) > number)
            await asyncio.to_thread(stack.kill, part)
        await sending
        assert len(sender.acknowledged) > MOST
        await _until(lambda: sender.acknowledged <= watcher.received)


async def _until(predicate: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not predicate():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(0.02)
