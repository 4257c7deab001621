"""What was acknowledged arrives, whichever of our processes is killed under 200 messages a second."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from functools import partial

import pytest

from tests.stack import Stack
from tests.traffic import Sender, Watcher, until

RATE = 200
SECONDS = 6
# Killed once so many were acknowledged; a killed gateway takes what comes until it is back with it.
KILLS = (200, 500)
MOST = 500


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
    gateway = ("127.0.0.1", stack.mqtt_port)
    async with Watcher(gateway, stack.device(), outbound) as watcher:
        sender = Sender(gateway, stack.device(), inbound, rate=RATE, count=RATE * SECONDS)
        sending = asyncio.create_task(sender.run())
        for number in KILLS:
            await until(partial(_acknowledged, sender, number))
            await asyncio.to_thread(stack.kill, part)
        await sending
        assert len(sender.acknowledged) > MOST
        await until(lambda: sender.acknowledged <= watcher.received)


def _acknowledged(sender: Sender, number: int) -> bool:
    return len(sender.acknowledged) > number
