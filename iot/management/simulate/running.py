"""Plays devices for a while: each connects with its own certificate, publishes, and does what its shadow asks for."""

import asyncio
import math
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from iot.core.mqtt.packets import Publish
from iot.core.mqtt.reason_codes import ProtocolError
from iot.management.devices.client import Device, Refused, tls
from iot.management.devices.fleet import Identity
from iot.services.kits import telemetry_topic

CONNECTING = 16
AGAIN_SECONDS = (0.3, 1.5)
LATENCIES = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where the gateway is: its address, the name in its certificate, and the authority to trust."""

    address: str
    port: int
    name: str
    ca: Path


@dataclass(slots=True)
class Figures:
    """What has happened so far."""

    connected: int = 0
    published: int = 0
    acknowledged: int = 0
    failed: int = 0
    reconnects: int = 0
    deltas: int = 0
    latencies: list[float] = field(default_factory=list)
    reasons: set[str] = field(default_factory=set)

    def latency(self, share: float) -> float:
        """Answer a percentile of the seconds from PUBLISH to PUBACK."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, math.floor(share * len(ordered)))] if ordered else math.nan


async def run(
    target: Target,
    identities: Sequence[Identity],
    *,
    rate: float,
    seconds: float,
    figures: Figures,
    tell: Callable[[], None],
) -> None:
    """Play all devices for a time; `rate` is messages a second altogether. `tell` is called now and then."""
    gate = asyncio.Semaphore(CONNECTING)
    interval = len(identities) / rate
    until = time.monotonic() + seconds
    played = [
        asyncio.create_task(_play(target, identity, interval, number / rate, until, gate, figures))
        for number, identity in enumerate(identities)
    ]
    while time.monotonic() < until:
        tell()
        await asyncio.sleep(min(0.2, max(0.0, until - time.monotonic())))
    _, late = await asyncio.wait(played, timeout=5)
    for task in late:
        task.cancel()
    await asyncio.gather(*played, return_exceptions=True)
    tell()


async def _play(
    target: Target,
    identity: Identity,
    interval: float,
    offset: float,
    until: float,
    gate: asyncio.Semaphore,
    figures: Figures,
) -> None:
    context = tls(target.ca, identity.certificate, identity.key)
    first = True
    while time.monotonic() < until:
        one = _Simulated(identity.thing, figures)
        try:
            async with gate:
                await one.device.connect(target.address, target.port, context, target.name)
            figures.connected += first
            figures.reconnects += not first
            first = False
            await one.work(interval, offset, until)
        except (Refused, OSError, TimeoutError, ProtocolError) as error:
            figures.failed += 1
            figures.reasons.add(str(error) or type(error).__name__)
            await asyncio.sleep(random.uniform(*AGAIN_SECONDS))
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(one.device.close(), 1)


class _Simulated:
    """One device while it is connected."""

    def __init__(self, thing: str, figures: Figures) -> None:
        self.device = Device(thing, self._receive)
        self._thing, self._figures = thing, figures
        self._shadow = f"$aws/things/{thing}/shadow/update"
        self._answers: asyncio.Queue[bytes] = asyncio.Queue(100)
        self._state: dict[str, object] = {"interval": 5, "led": "off"}

    async def work(self, interval: float, offset: float, until: float) -> None:
        await self.device.subscribe(f"{self._shadow}/delta")
        await self._report(self._state)
        answering = asyncio.create_task(self._answer())
        try:
            due = time.monotonic() + offset % interval
            number = 0
            while (now := time.monotonic()) < until:
                if now < due:
                    await asyncio.sleep(min(due, until) - now)
                    continue
                due += interval
                await self._publish(number)
                number += 1
        finally:
            answering.cancel()

    async def _publish(self, number: int) -> None:
        figures, started = self._figures, time.monotonic()
        celsius = round(21 + 4 * math.sin(number / 20) + random.uniform(-0.3, 0.3), 2)
        reading = {"temperature": celsius, "humidity": random.randint(35, 60), "sequence": number, **self._state}
        figures.published += 1
        await self.device.publish(telemetry_topic(self._thing), orjson.dumps(reading))
        figures.acknowledged += 1
        if len(figures.latencies) < LATENCIES:
            figures.latencies.append(time.monotonic() - started)

    def _receive(self, message: Publish) -> None:
        with suppress(asyncio.QueueFull):
            self._answers.put_nowait(message.payload)

    async def _answer(self) -> None:
        while True:
            wanted = orjson.loads(await self._answers.get()).get("state", {})
            self._state.update(wanted)
            await self._report(wanted)
            self._figures.deltas += 1

    async def _report(self, state: dict[str, object]) -> None:
        await self.device.publish(self._shadow, orjson.dumps({"state": {"reported": state}}))
