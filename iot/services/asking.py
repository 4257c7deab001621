"""Questions to the gateways and the bridge: published on one of their topics, answered on one that is made for it."""

import asyncio
import uuid
from typing import Any

import orjson
from django.conf import settings

from iot.bridge.client import Client, NotConnected, NotPublished
from iot.core.message import Message, Properties

ANSWERS = "$seen/answer/"


def ask(topic: str, body: Any, *, seconds: float) -> dict[str, Any] | None:
    """Ask whoever listens to a topic and wait; None where nobody has answered by then.

    For views and operations, which run in threads of their own: the connection lives as long as the question.
    """
    return asyncio.run(_ask(Message(topic, orjson.dumps(body), qos=1), seconds))


async def _ask(question: Message, seconds: float) -> dict[str, Any] | None:
    name = uuid.uuid4().hex[:20]
    answers: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(message: Message) -> None:
        answers.put_nowait(message.payload)

    client = Client(settings.BROKER_URL, f"$ask-{name}", on_message=take)
    try:
        async with asyncio.timeout(seconds):
            await client.connect()
            await client.subscribe(f"{ANSWERS}{name}", qos=0)
            properties = Properties(response_topic=f"{ANSWERS}{name}")
            await client.publish(Message(question.topic, question.payload, qos=1, properties=properties))
            return _object(await answers.get())
    except (NotConnected, NotPublished, TimeoutError):
        return None
    finally:
        await client.close()


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None
