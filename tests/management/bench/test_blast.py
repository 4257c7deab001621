"""The load: what is sent is counted when it is acknowledged, what arrives is counted once."""

import asyncio
from urllib.parse import urlsplit

import pytest

from iot.management.bench.blast import Failed, Publisher, Route, Subscriber
from tests.stack import Stack


@pytest.fixture
def route(stack: Stack) -> Route:
    parts = urlsplit(stack.broker_url)
    return Route(parts.port or 0, None, parts.username, (parts.password or "").encode())


async def test_each_message_is_acknowledged_and_arrives_once(route: Route) -> None:
    subscriber, publisher = Subscriber("blast-in", "blast/#"), Publisher("blast-out", "blast/a", lambda n: b"%d" % n, 7)
    await subscriber.open(route)
    await publisher.open(route)
    publisher.send(1000)
    await asyncio.wait_for(publisher.done, 20)
    await subscriber.until(1000, 20)
    assert subscriber.count == 1000
    publisher.close()
    subscriber.close()


async def test_a_payload_of_many_bytes_is_cut_out_whole(route: Route) -> None:
    subscriber = Subscriber("blast-long-in", "blast-long", qos=0)
    publisher = Publisher("blast-long-out", "blast-long", lambda n: b"x" * 60_000, 3)
    await subscriber.open(route)
    await publisher.open(route)
    publisher.send(20)
    await subscriber.until(20, 20)
    publisher.close()
    subscriber.close()


async def test_a_wrong_password_is_a_failure(route: Route) -> None:
    stranger = Publisher("blast-stranger", "a", lambda n: b"", 1)
    with pytest.raises(Failed, match=r"CONNACK|not let in"):
        await stranger.open(Route(route.port, None, "thingstead", b"wrong"))
    stranger.close()


async def test_what_does_not_arrive_is_a_failure(route: Route) -> None:
    subscriber = Subscriber("blast-nothing", "blast-nothing")
    await subscriber.open(route)
    with pytest.raises(Failed, match="0 of 1 messages arrived"):
        await subscriber.until(1, 0.05)
    subscriber.close()


async def test_a_publisher_that_is_cut_off_fails(route: Route) -> None:
    publisher = Publisher("blast-twice", "blast-twice", lambda n: b"", 1)
    await publisher.open(route)
    again = Publisher("blast-twice", "blast-twice", lambda n: b"", 1)
    await again.open(route)
    with pytest.raises(Failed, match="cut off"):
        await asyncio.wait_for(publisher.done, 10)
    again.close()
