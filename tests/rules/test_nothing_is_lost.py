"""A killed bridge loses no message that a rule should have sent on: the broker keeps what was not acknowledged."""

import asyncio
import json
import uuid
from collections.abc import Callable
from functools import partial

import pytest

from iot.bridge.client import Client
from iot.core.message import Message
from iot.management.bench import queue
from tests.rules.running import ROLE
from tests.stack import Stack

MESSAGES = 10_000
KILLS = 3
DEADLINE = 120.0


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  # what arrives, arrives in this loop
            await asyncio.sleep(0.01)


def has_more_than(arrived: set[int], count: int) -> bool:
    return len(arrived) > count


async def publish_while_the_bridge_dies(stack: Stack, topic: str, arrived: set[int]) -> None:
    """Publish in parts; with each part the bridge is killed when some of it has arrived, and some has not."""
    client = Client(stack.broker_url, f"$test-{uuid.uuid4().hex[:8]}")
    await client.connect()
    while not arrived:
        # Until the bridge has subscribed to what a new rule asks for, its messages are nobody's.
        await client.publish(Message(topic, b'{"n":-1}', 1))
        await asyncio.sleep(0.05)
    part = MESSAGES // (KILLS + 1)
    for number in range(KILLS + 1):
        numbers = range(number * part, (number + 1) * part)
        sending = asyncio.create_task(client.publish_all([Message(topic, b'{"n":%d}' % one, 1) for one in numbers]))
        if number < KILLS:
            before = len(arrived)
            await until(partial(has_more_than, arrived, before))
            assert len(arrived) < before + part
            await asyncio.to_thread(stack.kill, "bridge")
        await sending
    await client.close()


@pytest.mark.timeout(300)
async def test_every_message_reaches_its_queue_although_the_bridge_is_killed(stack: Stack, queue_port: int) -> None:
    name, arrived = f"loss_{uuid.uuid4().hex[:8]}", set[int]()
    payload = {
        "sql": f"SELECT n FROM 'loss/{name}'",
        "awsIotSqlVersion": "2016-03-23",
        "actions": [{"sqs": {"queueUrl": f"http://127.0.0.1:{queue_port}/1/{name}", "roleArn": ROLE}}],
    }
    async with queue.serve(queue_port, lambda bodies: arrived.update(json.loads(body)["n"] for body in bodies)):
        stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
        try:
            await publish_while_the_bridge_dies(stack, f"loss/{name}", arrived)
            await until(partial(has_more_than, arrived, MESSAGES))
            assert arrived == set(range(-1, MESSAGES))
        finally:
            stack.boto("iot").delete_topic_rule(ruleName=name)
