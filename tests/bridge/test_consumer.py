import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from iot.bridge.client import Client, Delivery
from iot.bridge.consumer import Consumer, coarsen, subscriptions
from iot.core.message import Message
from iot.core.topic import is_subset, overlap

FILTERS = ["a/b", "a/+", "a/b/c", "$aws/things/+/shadow/update", "$aws/rules/#", "+/x"]


def test_subscriptions_cover_all_filters_and_do_not_overlap() -> None:
    found = subscriptions("$share/g/", FILTERS, True)
    plain = [one.removeprefix("$share/g/") for one in found]
    assert all(any(is_subset(wanted, one) for one in plain) for wanted in FILTERS)
    assert not any(overlap(one, other) for one in plain for other in plain if one != other)


def test_topics_with_a_dollar_are_subscribed_to_plainly_and_by_the_first_alone() -> None:
    assert subscriptions("$share/g/", ["$aws/rules/#", "a"], True) == {"$aws/rules/#", "$share/g/a"}
    assert subscriptions("$share/g/", ["$aws/rules/#", "a"], False) == {"$share/g/a"}


def test_the_only_consumer_shares_nothing() -> None:
    assert subscriptions("", ["$aws/rules/#", "a/+"], True) == {"$aws/rules/#", "a/+"}


def test_many_filters_are_cut_short_and_still_match() -> None:
    many = [f"site/{number % 7}/line/{number}/x" for number in range(1000)] + ["other"]
    found = coarsen(many, 50)
    assert len(found) <= 50
    assert all(any(is_subset(one, short) for short in found) for one in many)
    assert coarsen(["a/b", "c"], 50) == {"a/b", "c"}


class Running:
    """A consumer with handlers that remember."""

    def __init__(self, url: str, name: str, **more: Any) -> None:
        self.got: list[bytes] = []
        self.remembered: list[list[str]] = []
        self.consumer = Consumer(
            url,
            name,
            f"group-{name[1:]}",
            more.pop("handlers", [self._handle]),
            remember=self._remember,
            backlog=more.pop("backlog", lambda: 0),
            **more,
        )

    def _handle(self, delivery: Delivery) -> None:
        self.got.append(delivery.message.payload)

    async def _remember(self, filters: list[str]) -> None:
        self.remembered.append(filters)


@contextlib.asynccontextmanager
async def running(url: str, name: str, **more: Any) -> AsyncIterator[Running]:
    made = Running(url, name, **more)
    await made.consumer.client.connect()
    watching = asyncio.create_task(made.consumer.run())
    try:
        yield made
    finally:
        watching.cancel()
        await made.consumer.client.close()


async def publish(url: str, *messages: Message) -> None:
    client = Client(url, "$consumer-test")
    await client.connect()
    await client.publish_all(list(messages))
    await client.close()


async def until(condition: Callable[[], Any]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 15
    while not condition():
        assert loop.time() < deadline
        await asyncio.sleep(0.01)


async def test_a_message_comes_once_however_many_filters_match(broker_url: str) -> None:
    async with running(broker_url, "$k1") as made:
        await made.consumer.listen(["k1/a", "k1/+", "k1/#", "$k1/x"])
        await publish(broker_url, Message("k1/a", b"1", 1), Message("$k1/x", b"2", 1), Message("k1/end", b"3", 1))
        await until(lambda: b"3" in made.got)
    assert sorted(made.got) == [b"1", b"2", b"3"]


async def test_what_is_wanted_no_longer_comes_no_more(broker_url: str) -> None:
    async with running(broker_url, "$k2") as made:
        await made.consumer.listen(["k2/a", "k2/b"])
        await made.consumer.listen(["k2/b"])
        await publish(broker_url, Message("k2/a", b"a", 1), Message("k2/b", b"b", 1))
        await until(lambda: made.got)
    assert made.got == [b"b"]
    assert made.remembered[-1] == ["$share/group-k2/k2/b"]


async def test_what_an_earlier_process_subscribed_to_is_ended(broker_url: str) -> None:
    async with running(broker_url, "$k3") as first:
        await first.consumer.listen(["k3/old", "k3/kept"])
    async with running(broker_url, "$k3", subscribed=first.remembered[-1]) as second:
        await second.consumer.listen(["k3/kept"])
        await publish(broker_url, Message("k3/old", b"old", 1), Message("k3/kept", b"kept", 1))
        await until(lambda: second.got)
    assert second.got == [b"kept"]


async def test_messages_wait_for_a_consumer_that_is_away(broker_url: str) -> None:
    async with running(broker_url, "$k4") as first:
        await first.consumer.listen(["k4"])
    await publish(broker_url, *(Message("k4", str(number).encode(), 1) for number in range(100)))
    async with running(broker_url, "$k4", subscribed=first.remembered[-1]) as second:
        await until(lambda: len(second.got) == 100)
    assert second.got == [str(number).encode() for number in range(100)]


async def test_a_handler_that_fails_stops_neither_the_others_nor_the_stream(
    broker_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[bytes] = []

    def fail(delivery: Delivery) -> None:
        raise ValueError("no")

    handlers = [fail, lambda delivery: seen.append(delivery.message.payload)]
    async with running(broker_url, "$k5", handlers=handlers) as made:
        await made.consumer.listen(["k5"])
        await publish(broker_url, *(Message("k5", b"x", 1) for _ in range(20)))
        await until(lambda: len(seen) == 20)
    assert "could not be handled" in caplog.text


async def test_it_stops_reading_while_too_much_waits(broker_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iot.bridge.consumer.BACKLOG", 150)
    waiting: list[Delivery] = []
    handlers = [waiting.append]
    async with running(broker_url, "$k6", handlers=handlers, backlog=lambda: len(waiting)) as made:
        await made.consumer.listen(["k6"])
        paused: list[bool] = []
        monkeypatch.setattr(made.consumer.client, "pause_reading", lambda: paused.append(True))
        await publish(broker_url, *(Message("k6", b"x", 1) for _ in range(400)))
        await until(lambda: len(waiting) == 400)
        assert paused == [True]
        waiting.clear()
        await until(lambda: not made.consumer._paused)
