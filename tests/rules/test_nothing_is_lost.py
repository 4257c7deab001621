"""A killed bridge loses no message that a rule should have sent on: the broker keeps what was not acknowledged."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from iot.bridge.client import Client
from iot.core.message import Message
from tests.rules.running import REGION, ROLE
from tests.stack import Stack

MESSAGES = 10_000
KILLS = 3
DEADLINE = 150.0


def reach_aws_at(stack: Stack, url: str) -> None:
    program = (
        "from django.conf import settings; from iot.services import aws_targets; "
        f"aws_targets.set_aws_target(settings.SCOPE, service='sqs', endpoint_url={url!r}, region_name={REGION!r}, "
        "access_key_id='k', secret_access_key='s')"
    )
    stack.manage("shell", "-c", program)


def collect(client: Any, queue: str, wanted: int) -> set[int]:
    """Read a queue until so many different messages were in it, or nothing more comes."""
    found: set[int] = set()
    deadline = time.monotonic() + DEADLINE
    while len(found) < wanted and time.monotonic() < deadline:
        messages = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600).get(
            "Messages", ()
        )
        found |= {json.loads(one["Body"])["n"] for one in messages}
    return found


def count(client: Any, queue: str) -> int:
    found = client.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


async def publish_while_the_bridge_dies(stack: Stack, topic: str, count: Callable[[], int]) -> None:
    """Publish in parts; each part begins when some of the one before has arrived, and with it the bridge is killed."""
    client = Client(stack.broker_url, f"$test-{uuid.uuid4().hex[:8]}")
    await client.connect()
    while not await asyncio.to_thread(count):
        # Until the bridge has subscribed to what a new rule asks for, its messages are nobody's.
        await client.publish(Message(topic, b'{"n":-1}', 1))
    part = MESSAGES // (KILLS + 1)
    for number in range(KILLS + 1):
        numbers = range(number * part, (number + 1) * part)
        sending = asyncio.create_task(client.publish_all([Message(topic, b'{"n":%d}' % one, 1) for one in numbers]))
        if number < KILLS:
            await asyncio.to_thread(stack.kill, "bridge")
        await sending
        before = await asyncio.to_thread(count)
        await asyncio.to_thread(stack.wait_for, lambda before=before: count() > before, DEADLINE)
    await client.close()


async def test_every_message_reaches_its_queue_although_the_bridge_is_killed(stack: Stack, moto: str, aws: Any) -> None:
    await asyncio.to_thread(reach_aws_at, stack, moto)
    name = f"loss_{uuid.uuid4().hex[:8]}"
    queue = aws("sqs").create_queue(QueueName=name)["QueueUrl"]
    payload = {
        "sql": f"SELECT n FROM 'loss/{name}'",
        "awsIotSqlVersion": "2016-03-23",
        "actions": [{"sqs": {"queueUrl": queue, "roleArn": ROLE}}],
    }
    stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
    try:
        client = aws("sqs")
        await publish_while_the_bridge_dies(stack, f"loss/{name}", lambda: count(client, queue))
        found = await asyncio.to_thread(collect, client, queue, MESSAGES + 1)
        assert found == set(range(-1, MESSAGES))
    finally:
        stack.boto("iot").delete_topic_rule(ruleName=name)
