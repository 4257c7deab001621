"""Somebody behind the broker who answers questions, in a thread with a loop of its own."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from iot.bridge.client import Client
from iot.core.message import Message


@contextlib.contextmanager
def answering(broker: str, topic: str, payload: bytes) -> Iterator[list[bytes]]:
    """Answer every question on a topic with the same bytes; yields the questions."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    heard: list[bytes] = []

    async def begin() -> Client:
        async def answer(message: Message) -> None:
            heard.append(message.payload)
            await client.publish(Message(message.properties.response_topic or "", payload))

        client = Client(broker, "$answering", on_message=answer)
        await client.connect()
        await client.subscribe(topic)
        return client

    client = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield heard
    finally:
        asyncio.run_coroutine_threadsafe(client.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
