import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from iot.bridge import outbox
from iot.bridge.client import Client
from iot.bridge.leftovers import publish_leftovers
from iot.core.message import Message
from iot.models import OutboxRow

pytestmark = pytest.mark.django_db(transaction=True)


def leave(age: float) -> None:
    rows = [Message("left/over", str(number).encode(), 1) for number in range(3)]
    OutboxRow.objects.create(messages=outbox.pack(rows), created_at=time.time() - age)


async def wait_for(condition: Callable[[], Any]) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + 15
    while not await loop.run_in_executor(None, condition):
        assert loop.time() < deadline
        await asyncio.sleep(0.01)


async def test_what_a_process_left_is_published_and_forgotten_and_fresh_rows_are_left_to_their_process(
    broker_url: str,
) -> None:
    got: list[bytes] = []

    async def handle(message: Message) -> None:
        got.append(message.payload)

    await asyncio.to_thread(leave, 60.0)
    await asyncio.to_thread(leave, 0.0)
    client = Client(broker_url, "$leftovers", on_message=handle)
    await client.connect()
    await client.subscribe("left/over")
    working = asyncio.create_task(publish_leftovers(client))
    await wait_for(lambda: OutboxRow.objects.count() == 1)
    await wait_for(lambda: len(got) == 3)
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    await client.close()
    assert got == [b"0", b"1", b"2"]
