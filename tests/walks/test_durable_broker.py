"""`up --durable`: what was acknowledged outlives the death of the broker too."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests import stack as running
from tests.stack import Stack
from tests.traffic import Sender, Watcher, until

RATE = 80
KILLS = (100, 200, 300)


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[Stack]:
    started = running.start(tmp_path / "data", "--durable")
    try:
        yield started
    finally:
        started.stop()


async def test_killing_the_broker_loses_no_acknowledged_message(durable: Stack) -> None:
    role = "arn:aws:iam::123456789012:role/r"
    payload = {
        "sql": "SELECT number FROM 'in'",
        "actions": [{"republish": {"roleArn": role, "topic": "out", "qos": 1}}],
    }
    durable.boto("iot").create_topic_rule(ruleName="durable", topicRulePayload=payload)
    gateway = ("127.0.0.1", durable.mqtt_port)
    async with Watcher(gateway, durable.device(), "out") as watcher:
        sender = Sender(gateway, durable.device(), "in", rate=RATE, count=KILLS[-1] + RATE)
        sending = asyncio.create_task(sender.run())
        for number in KILLS:
            await until(partial(acknowledged, sender, number))
            await asyncio.to_thread(durable.kill, "broker")
        await sending
        assert len(sender.acknowledged) > KILLS[-1]
        await until(lambda: sender.acknowledged <= watcher.received)


def acknowledged(sender: Sender, number: int) -> bool:
    return len(sender.acknowledged) > number
