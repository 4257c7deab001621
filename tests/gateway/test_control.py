"""What gateways are told over the broker: to end connections, to deliver, who lives."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from iot.bridge.client import Client
from iot.core.message import Message
from iot.gateway import control
from iot.services import connections
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, document, statement, until
from tests.gateway.raw import DISCONNECT, PUBLISH

OpenCloud = Callable[..., Awaitable[Cloud]]


async def order(client: Client, kind: str, client_id: str, body: dict[str, Any]) -> None:
    name = base64.urlsafe_b64encode(client_id.encode()).decode()
    await client.publish(Message(f"$gateway/{kind}/{name}", json.dumps(body).encode(), qos=1))


@pytest.mark.parametrize("prevented", [True, False])
async def test_a_connection_is_ended_on_order_with_or_without_its_will(cloud: Cloud, prevented: bool) -> None:
    device = await cloud.device("ordered", will=("ordered/will", b"gone"))
    await order(cloud.client, "disconnect", "ordered", {"clean": True, "preventWill": prevented})
    said = await device.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x98)
    await cloud.event("$aws/events/presence/disconnected/ordered", disconnectReason="API_INITIATED_DISCONNECT")
    other = await cloud.device("ordered")
    other.publish("after", b"", qos=1)
    await until(lambda: any(message.topic == "after" for message in cloud.heard))
    assert any(message.topic == "ordered/will" for message in cloud.heard) is not prevented


async def test_a_direct_message_reaches_the_device_that_may_receive_it(cloud: Cloud) -> None:
    topic = "arn:aws:iot:us-east-1:123456789012:topic/direct/open"
    credentials = await cloud.certificate(document(statement("iot:Connect", "*"), statement("iot:Receive", topic)))
    device = await cloud.device("addressee", credentials)
    for name in ("direct/shut", "direct/open"):
        body = {"topic": name, "payload": base64.b64encode(b"hello").decode(), "qos": 1, "contentType": "text/plain"}
        await order(cloud.client, "direct", "addressee", body)
    received = await device.receive()
    assert received is not None
    assert received.kind == PUBLISH
    assert b"direct/open" in received.body
    assert b"text/plain" in received.body
    assert received.body.endswith(b"hello")


async def test_garbled_orders_harm_nobody(cloud: Cloud) -> None:
    device = await cloud.device("unharmed")
    for topic, payload in (
        ("$gateway/disconnect/%%%", b"{}"),
        ("$gateway/disconnect/dW5oYXJtZWQ=", b"no json"),
        ("$gateway/disconnect/dW5oYXJtZWQ=", b"[]"),
        ("$gateway/direct/dW5oYXJtZWQ=", b'{"topic":"a"}'),
        ("$changed/nothing/dW5oYXJtZWQ=", b"{}"),
    ):
        await cloud.client.publish(Message(topic, payload, qos=1))
    device.publish("still", b"", qos=1)
    assert await device.receive() is not None


async def test_the_sessions_of_a_gateway_that_died_are_ended_by_the_next_one(
    open_cloud: OpenCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "HELLO_SECONDS", 0.3)
    living = await open_cloud()
    device = await living.device("living")
    dead = {
        "clientId": "left-behind",
        "eventType": "connected",
        "sessionIdentifier": "deadbeef0123",
        "principalIdentifier": "p",
        "versionNumber": 7,
        "timestamp": 1,
    }
    await living.event("$aws/events/presence/connected/living")
    events = [Message("$aws/events/presence/connected/left-behind", json.dumps(dead).encode())]
    events += [one for one in living.heard if one.topic.endswith("connected/living")]
    await call(connections.absorb, SCOPE, events)
    await open_cloud()
    event = await living.event("$aws/events/presence/disconnected/left-behind")
    assert (event["disconnectReason"], event["sessionIdentifier"], event["versionNumber"]) == (
        "SERVER_ERROR",
        "deadbeef0123",
        7,
    )
    await asyncio.sleep(0)
    assert not any(one.topic.endswith("disconnected/living") for one in living.heard)
    device.disconnect()
