"""A killed bridge loses no message that a rule should have sent on: the broker keeps what was not acknowledged."""

import asyncio
import json
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
# A queue of moto's takes the longer to read the more is in it.
QUEUES = 40
DEADLINE = 120.0
WAITING = "ApproximateNumberOfMessages"


def reach_aws_at(stack: Stack, url: str) -> None:
    program = (
        "from django.conf import settings; from iot.services import aws_targets; "
        f"aws_targets.set_aws_target(settings.SCOPE, service='sqs', endpoint_url={url!r}, region_name={REGION!r}, "
        "access_key_id='k', secret_access_key='s')"
    )
    stack.manage("shell", "-c", program)


def collect(client: Any, queues: list[str]) -> set[int]:
    """Read queues until nothing more comes."""
    found: set[int] = set()
    for queue in queues:
        while messages := client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=600).get(
            "Messages", ()
        ):
            found |= {json.loads(one["Body"])["n"] for one in messages}
    return found


def count(client: Any, queues: list[str]) -> int:
    """Count what is in queues."""
    answers = (client.get_queue_attributes(QueueUrl=queue, AttributeNames=[WAITING]) for queue in queues)
    return sum(int(answer["Attributes"][WAITING]) for answer in answers)


async def publish_while_the_bridge_dies(stack: Stack, topic: str, arrived: Callable[[], int]) -> None:
    """Publish in parts; each part begins when some of the one before has arrived, and with it the bridge is killed."""
    client = Client(stack.broker_url, f"$test-{uuid.uuid4().hex[:8]}")
    await client.connect()
    while not await asyncio.to_thread(arrived):
        # Until the bridge has subscribed to what a new rule asks for, its messages are nobody's.
        await client.publish(Message(f"{topic}/0", b'{"n":-1}', 1))
    part = MESSAGES // (KILLS + 1)
    for number in range(KILLS + 1):
        numbers = range(number * part, (number + 1) * part)
        messages = [Message(f"{topic}/{one % QUEUES}", b'{"n":%d}' % one, 1) for one in numbers]
        sending = asyncio.create_task(client.publish_all(messages))
        if number < KILLS:
            await asyncio.to_thread(stack.kill, "bridge")
        await sending
        before = await asyncio.to_thread(arrived)
        await asyncio.to_thread(stack.wait_for, lambda before=before: arrived() > before, DEADLINE)
    await client.close()


@pytest.mark.timeout(420)
async def test_every_message_reaches_its_queue_although_the_bridge_is_killed(stack: Stack, moto: str, aws: Any) -> None:
    await asyncio.to_thread(reach_aws_at, stack, moto)
    client, name = aws("sqs"), f"loss_{uuid.uuid4().hex[:8]}"
    queues = [client.create_queue(QueueName=f"{name}_{number}")["QueueUrl"] for number in range(QUEUES)]
    url = queues[0].removesuffix("0") + "${topic(3)}"
    payload = {
        "sql": f"SELECT n FROM 'loss/{name}/+'",
        "awsIotSqlVersion": "2016-03-23",
        "actions": [{"sqs": {"queueUrl": url, "roleArn": ROLE}}],
    }
    stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
    try:
        await publish_while_the_bridge_dies(stack, f"loss/{name}", lambda: count(client, queues))
        wanted = MESSAGES + 1
        await asyncio.to_thread(stack.wait_for, lambda: count(client, queues) >= wanted, DEADLINE)
        found = await asyncio.to_thread(collect, client, queues)
        assert found == set(range(-1, MESSAGES))
    finally:
        stack.boto("iot").delete_topic_rule(ruleName=name)
