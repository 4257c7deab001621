import asyncio
import contextlib
from collections.abc import AsyncIterator

import orjson
import pytest
from django.db import transaction

from iot.bridge import outbox
from iot.bridge.client import Client
from iot.core.arn import Scope
from iot.core.message import Message, Properties, Sender
from iot.models import ChangeNotice, OutboxRow

pytestmark = pytest.mark.django_db(transaction=True)

SCOPE = Scope("123456789012", "us-east-1")
FULL = Message(
    "a", b"\x00", 1, True, Properties("t", "r", b"\xff", 1, 5, (("k", "v"),)), Sender("c", "p", "a", 2, "http")
)


class Refused(Exception):
    """Ends a transaction."""


@contextlib.asynccontextmanager
async def attached(url: str, topic: str) -> AsyncIterator[list[Message]]:
    """Publish this process's messages; answers those that arrive."""
    got: list[Message] = []

    async def handle(message: Message) -> None:
        got.append(message)

    client = Client(url, f"$outbox-{topic.strip('$/#')}", on_message=handle)
    await client.connect()
    await client.subscribe(topic)
    outbox.attach(client, asyncio.get_running_loop())
    try:
        yield got
    finally:
        outbox.detach()
        await client.close()


async def until_empty() -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 15
    while await asyncio.to_thread(OutboxRow.objects.exists):
        assert loop.time() < deadline
        await asyncio.sleep(0.01)


def test_messages_come_back_as_they_were_packed() -> None:
    messages = [FULL, Message("b", b"")]
    assert outbox.unpack(outbox.pack(messages)) == messages


def test_what_is_rolled_back_is_never_published() -> None:
    def refuse() -> None:
        with transaction.atomic():
            outbox.emit(FULL)
            raise Refused

    with pytest.raises(Refused):
        refuse()
    assert not OutboxRow.objects.exists()


def test_without_a_broker_the_messages_are_left() -> None:
    outbox.emit(FULL)
    (row,) = OutboxRow.objects.all()
    assert outbox.unpack(bytes(row.messages)) == [FULL]


async def test_what_is_committed_is_published_and_its_row_deleted(broker_url: str) -> None:
    async with attached(broker_url, "o1") as got:
        await asyncio.to_thread(outbox.emit, Message("o1", b"x", 1))
        await until_empty()
    assert [one.payload for one in got] == [b"x"]


async def test_a_change_is_announced_on_the_topic_of_its_kind(broker_url: str) -> None:
    async with attached(broker_url, "$changed/#") as got:

        def change() -> None:
            with transaction.atomic():
                outbox.announce("rules", "näme/x", SCOPE)
                outbox.announce("policies", "p", SCOPE)

        await asyncio.to_thread(change)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 15
        while len(got) < 2:
            assert loop.time() < deadline
            await asyncio.sleep(0.01)
    assert got[0].topic == "$changed/rules/bsOkbWUveA=="
    assert orjson.loads(got[0].payload) == {"account": "123456789012", "region": "us-east-1", "name": "näme/x"}
    assert [notice.kind for notice in await asyncio.to_thread(lambda: list(ChangeNotice.objects.all()))] == ["policies"]
