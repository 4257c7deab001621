"""Simulated devices against a running installation: they publish at the rate asked for and answer their shadows."""

import asyncio
import json
from pathlib import Path

from iot.management.devices.fleet import Identity
from iot.management.simulate import running
from iot.management.simulate.running import Figures, Target
from tests.stack import Device, Stack


def target(stack: Stack) -> Target:
    return Target("127.0.0.1", stack.mqtt_port, "localhost", stack.data / "ca.pem")


def identity(device: Device) -> Identity:
    return Identity(device.thing, device.cert, device.key)


async def play(stack: Stack, devices: list[Device], figures: Figures, *, rate: float, seconds: float) -> None:
    identities = [identity(device) for device in devices]
    await running.run(target(stack), identities, rate=rate, seconds=seconds, figures=figures, tell=lambda: None)


async def test_they_publish_at_the_rate_and_answer_a_delta(stack: Stack) -> None:
    devices, figures = [stack.device(), stack.device()], Figures()
    playing = asyncio.create_task(play(stack, devices, figures, rate=20, seconds=4))
    data, thing = stack.boto("iot-data"), devices[0].thing
    async with asyncio.timeout(10):
        while figures.acknowledged < 2:  # noqa: ASYNC110  # the devices count
            await asyncio.sleep(0.02)
    wanted = json.dumps({"state": {"desired": {"led": "on"}}})
    await asyncio.to_thread(data.update_thing_shadow, thingName=thing, payload=wanted)
    await playing
    shadow = json.loads((await asyncio.to_thread(data.get_thing_shadow, thingName=thing))["payload"].read())
    assert shadow["state"]["reported"]["led"] == "on"
    assert "delta" not in shadow["state"]
    assert (figures.connected, figures.deltas) == (2, 1)
    assert 20 <= figures.acknowledged <= 80
    assert 0 < figures.latency(0.5) <= figures.latency(0.99)


async def test_a_device_that_may_not_is_counted_with_the_reason(stack: Stack) -> None:
    figures = Figures()
    await play(stack, [stack.device(active=False)], figures, rate=10, seconds=1)
    assert (figures.connected, figures.acknowledged) == (0, 0)
    assert figures.failed
    assert figures.reasons


def test_no_latency_is_not_a_number() -> None:
    assert Figures().latency(0.5) != Figures().latency(0.5)


def test_a_target_is_where_and_whom_to_trust() -> None:
    assert Target("127.0.0.1", 1, "localhost", Path("ca.pem")).name == "localhost"
