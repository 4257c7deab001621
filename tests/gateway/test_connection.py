"""Devices through the gateway: what they may, what they hear, and what is told of them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.gateway.conftest import Cloud, until
from tests.gateway.raw import PUBACK, PUBLISH

OpenCloud = Callable[..., Awaitable[Cloud]]


def statement(action: str | list[str], resource: str | list[str], effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.mark.parametrize("version", [4, 5])
async def test_a_message_goes_from_device_to_device(cloud: Cloud, version: int) -> None:
    one = await cloud.device("one", version=version)
    two = await cloud.device("two", version=version)
    assert await two.subscribe("room/#") == [1]
    one.publish("room/1", b"hello", qos=1)
    assert (await one.receive()).kind == PUBACK  # type: ignore[union-attr]  # None fails too
    received = await two.receive()
    assert received is not None
    assert received.kind == PUBLISH
    assert received.body.endswith(b"hello")
    assert b"thingstead-sender" not in received.body


async def test_whoever_is_behind_the_broker_is_told_who_sent_it(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    device = await cloud.device("sender-1", credentials)
    device.publish("stamped", b"x", qos=1)
    message = await until(lambda: next((one for one in cloud.heard if one.topic == "stamped"), None))
    assert message.sender.client_id == "sender-1"
    assert message.sender.principal == credentials.certificate_id
    assert message.sender.address == "127.0.0.1"
