"""A killed bridge loses no message that a rule should have sent on: the broker keeps what was not acknowledged."""

import asyncio
import json
import time
import urllib.request
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from iot.bridge.client import Client
from iot.core.message import Message
from tests.rules.running import REGION, ROLE
from tests.stack import Stack

MESSAGES = 10_000
KILLS = 3
# A queue of moto's takes the longer to write to the more is in it.
QUEUES = 40
DEADLINE = 400.0


def reach_aws_at(stack: Stack, url: str) -> None:
    program = (
        "from django.conf import settings; from iot.services import aws_targets; "
        f"aws_targets.set_aws_target(settings.SCOPE, service='sqs', endpoint_url={url!r}, region_name={REGION!r}, "
        "access_key_id='k', secret_access_key='s')"
    )
    assert stack.manage("shell", "-c", program).returncode == 0


def arrived(moto: str, name: str) -> set[int]:
    """Answer the numbers that are in all queues, from moto's own books: receiving ten at a time takes minutes."""
    with urllib.request.urlopen(f"{moto}/moto-api/data.json", timeout=60) as answer:
        books = json.load(answer)
    bodies = [json.loads(one["body"]) for one in books["sqs"]["Message"] if name in one["body"]]
    return {body["n"] for body in bodies if body["test"] == name}


def count(moto: str, name: str) -> int:
    # Moto has one processor for all: asking it without a pause would keep it from its work.
    time.sleep(0.9)
    return len(arrived(moto, name))


async def publish_while_the_bridge_dies(stack: Stack, name: str, arrivals: Callable[[], int]) -> None:
    """Publish in parts; each part begins when some of the one before has arrived, and with it the bridge is killed."""
    client = Client(stack.broker_url, f"$test-{uuid.uuid4().hex[:8]}")
    await client.connect()
    while not await asyncio.to_thread(arrivals):
        # Until the bridge has subscribed to what a new rule asks for, its messages are nobody's.
        await client.publish(Message(f"loss/{name}/0", b'{"n":-1}', 1))
    part = MESSAGES // (KILLS + 1)
    for number in range(KILLS + 1):
        numbers = range(number * part, (number + 1) * part)
        messages = [Message(f"loss/{name}/{one % QUEUES}", b'{"n":%d}' % one, 1) for one in numbers]
        sending = asyncio.create_task(client.publish_all(messages))
        if number < KILLS:
            await asyncio.to_thread(stack.kill, "bridge")
        await sending
        before = await asyncio.to_thread(arrivals)
        await asyncio.to_thread(stack.wait_for, lambda before=before: arrivals() > before, DEADLINE)
    await client.close()


@pytest.mark.timeout(600)
async def test_every_message_reaches_its_queue_although_the_bridge_is_killed(stack: Stack, moto: str, aws: Any) -> None:
    await asyncio.to_thread(reach_aws_at, stack, moto)
    name = f"loss_{uuid.uuid4().hex[:8]}"
    queues = [aws("sqs").create_queue(QueueName=f"{name}_{number}")["QueueUrl"] for number in range(QUEUES)]
    url = queues[0].removesuffix("0") + "${topic(3)}"
    payload = {
        "sql": f"SELECT n, '{name}' AS test FROM 'loss/{name}/+'",
        "awsIotSqlVersion": "2016-03-23",
        "actions": [{"sqs": {"queueUrl": url, "roleArn": ROLE}}],
    }
    stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
    try:
        await publish_while_the_bridge_dies(stack, name, lambda: count(moto, name))
        await asyncio.to_thread(stack.wait_for, lambda: count(moto, name) > MESSAGES, DEADLINE)
        assert await asyncio.to_thread(arrived, moto, name) == set(range(-1, MESSAGES))
    finally:
        stack.boto("iot").delete_topic_rule(ruleName=name)
