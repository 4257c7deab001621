"""Walk 1: a device publishes with QoS 1; another device and a rule get it, whoever may not does not."""

import asyncio
import json
import uuid
from typing import Any

import pytest

from iot.core.mqtt.packets import Publish
from iot.management.devices.client import Device as Client
from iot.management.devices.client import Refused, tls
from tests.stack import Device, Stack

SECONDS = 15


async def connected(stack: Stack, device: Device) -> tuple[Client, "asyncio.Queue[Publish]"]:
    arrived: asyncio.Queue[Publish] = asyncio.Queue()
    client = Client(device.thing, arrived.put_nowait)
    await client.connect("127.0.0.1", stack.mqtt_port, tls(device.ca, device.cert, device.key), "localhost")
    return client, arrived


async def get(queue: "asyncio.Queue[Publish]") -> Publish:
    return await asyncio.wait_for(queue.get(), SECONDS)


def only(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


async def test_it_reaches_another_device_and_a_rule_and_nobody_else(stack: Stack) -> None:
    name = f"walk_{uuid.uuid4().hex[:8]}"
    republish = {"roleArn": "arn:aws:iam::123456789012:role/r", "topic": f"{name}/warm/${{clientid()}}", "qos": 1}
    sql = f"SELECT temperature, topic() AS topic FROM '{name}/in' WHERE temperature > 25"
    iot = stack.boto("iot")
    iot.create_topic_rule(ruleName=name, topicRulePayload={"sql": sql, "actions": [{"republish": republish}]})
    sender, receiver = stack.device(), stack.device()
    deaf = stack.device(document=only("iot:Connect", "iot:Subscribe"))
    one, _ = await connected(stack, sender)
    other, arrived = await connected(stack, receiver)
    third, nothing = await connected(stack, deaf)
    await other.subscribe(f"{name}/#")
    await third.subscribe(f"{name}/#")
    await one.publish(f"{name}/in", b'{"temperature": 20}')
    await one.publish(f"{name}/in", b'{"temperature": 30}')
    found = [await get(arrived) for _ in range(3)]
    assert sorted(message.topic for message in found) == [f"{name}/in", f"{name}/in", f"{name}/warm/{sender.thing}"]
    result = next(message for message in found if "warm" in message.topic)
    assert json.loads(result.payload) == {"temperature": 30, "topic": f"{name}/in"}
    assert not any(pair[0].startswith("thingstead") for message in found for pair in message.properties.user_property)
    assert nothing.empty()
    for client in (one, other, third):
        await client.close()
    iot.delete_topic_rule(ruleName=name)


async def test_what_the_policy_does_not_allow_is_refused(stack: Stack) -> None:
    client, _ = await connected(stack, stack.device(document=only("iot:Connect")))
    with pytest.raises(Refused, match="0x87"):
        await client.publish("a/b", b"x")
    with pytest.raises(Refused, match="0x87"):
        await client.subscribe("a/b")
    await client.close()


async def test_coming_and_going_is_told(stack: Stack) -> None:
    watcher, device = stack.device(), stack.device()
    client, arrived = await connected(stack, watcher)
    await client.subscribe(f"$aws/events/presence/+/{device.thing}")
    other, _ = await connected(stack, device)
    came = json.loads((await get(arrived)).payload)
    assert (came["eventType"], came["clientId"]) == ("connected", device.thing)
    assert came["principalIdentifier"] == device.certificate_id
    await other.close()
    went = json.loads((await get(arrived)).payload)
    assert (went["eventType"], went["disconnectReason"]) == ("disconnected", "CLIENT_INITIATED_DISCONNECT")
    await client.close()
