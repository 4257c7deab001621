"""Questions over a real broker: answered, unanswered, and with nobody to carry them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from console.asking import ask
from iot.bridge.client import Client
from iot.core.message import Message
from tests.console.broker import free_port, mosquitto

TOPIC = "$gateway/flow/x"


@pytest.fixture
def broker(tmp_path: Path, settings: Settings) -> Iterator[str]:
    with mosquitto(tmp_path) as url:
        settings.BROKER_URL = url
        yield url


@pytest.fixture
def answering(broker: str) -> Iterator[Callable[[bytes], None]]:
    """Answer every question with some bytes, from a thread with a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    clients: list[Client] = []

    async def begin(payload: bytes) -> None:
        async def answer(message: Message) -> None:
            assert message.properties.response_topic is not None
            assert message.payload == b'{"q":1}'
            await client.publish(Message(message.properties.response_topic, payload))

        client = Client(broker, "$answering", on_message=answer)
        clients.append(client)
        await client.connect()
        await client.subscribe(TOPIC)

    yield lambda payload: asyncio.run_coroutine_threadsafe(begin(payload), loop).result(10)
    for client in clients:
        asyncio.run_coroutine_threadsafe(client.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def test_an_answer_comes_back(answering: Callable[[bytes], None]) -> None:
    answering(b'{"toDevice":3}')
    assert ask(TOPIC, {"q": 1}, seconds=10) == {"toDevice": 3}


@pytest.mark.parametrize("payload", [b"no json", b"[]"])
def test_an_answer_that_is_no_object_is_none(answering: Callable[[bytes], None], payload: bytes) -> None:
    answering(payload)
    assert ask(TOPIC, {"q": 1}, seconds=10) is None


def test_nobody_answers(broker: str) -> None:
    assert ask(TOPIC, {}, seconds=0.3) is None


def test_there_is_no_broker(settings: Settings) -> None:
    settings.BROKER_URL = f"mqtt://127.0.0.1:{free_port()}"
    assert ask(TOPIC, {}, seconds=5) is None
