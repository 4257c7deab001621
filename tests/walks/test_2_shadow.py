"""Walk 2: a shadow is updated, over MQTT and over HTTP, and both hear of it."""

import asyncio
import json

from tests.stack import Stack
from tests.walks.test_1_publish import connected, get


async def test_an_update_over_http_reaches_the_device_and_its_answer_comes_back(stack: Stack) -> None:
    device, data = stack.device(), stack.boto("iot-data")
    client, arrived = await connected(stack, device)
    prefix = f"$aws/things/{device.thing}/shadow/update"
    await client.subscribe(f"{prefix}/delta", f"{prefix}/accepted", f"{prefix}/documents")
    body = json.dumps({"state": {"desired": {"led": "on"}}})
    await asyncio.to_thread(data.update_thing_shadow, thingName=device.thing, payload=body)
    told = {
        message.topic.removeprefix(f"{prefix}/"): json.loads(message.payload)
        for message in [await get(arrived) for _ in range(3)]
    }
    assert told["delta"]["state"] == {"led": "on"}
    assert told["accepted"]["version"] == 1
    assert told["documents"]["current"]["state"] == {"desired": {"led": "on"}}
    await client.publish(prefix, b'{"state": {"reported": {"led": "on"}}, "clientToken": "t1"}')
    accepted = json.loads((await get(arrived)).payload)
    assert (accepted["version"], accepted["clientToken"]) == (2, "t1")
    found = await asyncio.to_thread(data.get_thing_shadow, thingName=device.thing)
    shadow = json.loads(found["payload"].read())
    assert shadow["state"] == {"desired": {"led": "on"}, "reported": {"led": "on"}}
    await client.close()


async def test_a_stale_version_is_rejected_over_mqtt(stack: Stack) -> None:
    device = stack.device()
    client, arrived = await connected(stack, device)
    prefix = f"$aws/things/{device.thing}/shadow/name/config/update"
    await client.subscribe(f"{prefix}/accepted", f"{prefix}/rejected")
    await client.publish(prefix, b'{"state": {"reported": {"a": 1}}}')
    assert (await get(arrived)).topic == f"{prefix}/accepted"
    await client.publish(prefix, b'{"state": {"reported": {"a": 2}}, "version": 9}')
    rejected = await get(arrived)
    assert (rejected.topic, json.loads(rejected.payload)["code"]) == (f"{prefix}/rejected", 409)
    await client.close()
