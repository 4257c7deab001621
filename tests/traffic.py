"""Steady traffic of numbered messages, and the oracle of what was acknowledged and what arrived."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from iot.core.mqtt.packets import Publish
from iot.core.mqtt.reason_codes import ProtocolError
from iot.management.devices.client import Device as Client
from iot.management.devices.client import Refused, tls
from tests.stack import Device

Gateway = tuple[str, int]


class Sender:
    """Publishes numbers at a steady rate and remembers which were acknowledged; connects again when it must."""

    def __init__(self, gateway: Gateway, device: Device, topic: str, *, rate: int, count: int) -> None:
        self.acknowledged: set[int] = set()
        self._gateway, self._device, self._topic = gateway, device, topic
        self._rate, self._count = rate, count
        self._client: Client | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                await asyncio.sleep(max(0.0, started + number / self._rate - loop.time()))
                group.create_task(self._send(number, await self._connected()))
        if self._client is not None:
            await self._client.close()

    async def _send(self, number: int, client: Client) -> None:
        with suppress(Refused):
            await client.publish(self._topic, json.dumps({"number": number}).encode())
            self.acknowledged.add(number)

    async def _connected(self) -> Client:
        while self._client is None or self._client.ended.is_set():
            self._client = await connect(self._gateway, self._device)
        return self._client


class Watcher:
    """Collects the numbers that arrive, in a session that outlives its connections."""

    def __init__(self, gateway: Gateway, device: Device, topic: str) -> None:
        self.received: set[int] = set()
        self._gateway, self._device, self._topic = gateway, device, topic
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
            client = await connect(self._gateway, self._device, self._arrived)
            try:
                with suppress(Refused):
                    await client.subscribe(self._topic)
                    subscribed.set()
                    await client.ended.wait()
            finally:
                await client.close()

    def _arrived(self, message: Publish) -> None:
        self.received.add(json.loads(message.payload)["number"])


async def connect(gateway: Gateway, device: Device, arrived: Callable[[Publish], None] | None = None) -> Client:
    """Connect a device however often it takes."""
    while True:
        client = Client(device.thing, arrived, session_expiry=3600)
        try:
            await client.connect(*gateway, tls(device.ca, device.cert, device.key), "localhost")
        except (OSError, Refused, TimeoutError, ProtocolError):
            await client.close()
            await asyncio.sleep(0.05)
        else:
            return client


async def until(predicate: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until another process has made something true."""
    async with asyncio.timeout(seconds):
        while not predicate():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(0.02)
