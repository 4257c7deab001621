import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from iot.bridge.client import IN_FLIGHT, UNSENDABLE, Client, Delivery, NotConnected, NotPublished
from iot.core.message import Message, Properties, Sender
from tests.running_broker import free_port

pytestmark = pytest.mark.filterwarnings("default::ResourceWarning")


@asynccontextmanager
async def connected(url: str, name: str, **more: Any) -> AsyncIterator[Client]:
    client = Client(url, name, **more)
    await client.connect()
    try:
        yield client
    finally:
        await client.close()


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_a_message_arrives_as_it_was_published(broker_url: str) -> None:
    got: list[Message] = []

    async def handle(message: Message) -> None:
        got.append(message)

    sent = Message("c1/a", b"\x00", 1, False, Properties("t", "r", b"c", 1, None, (("k", "v"),)), Sender("d", "p"))
    async with connected(broker_url, "$c1", on_message=handle) as client:
        assert await client.subscribe("c1/#") == (1,)
        await client.publish(sent)
        await until(lambda: got)
    assert got == [sent]


async def test_thousands_are_published_in_order_within_the_window(broker_url: str) -> None:
    got: list[int] = []

    async def handle(message: Message) -> None:
        got.append(int(message.payload))

    async with connected(broker_url, "$c2", on_message=handle) as client:
        await client.subscribe("c2")
        await client.publish_all([Message("c2", str(number).encode(), 1) for number in range(3 * IN_FLIGHT)])
        await until(lambda: len(got) == 3 * IN_FLIGHT)
    assert got == list(range(3 * IN_FLIGHT))


async def test_a_handler_that_fails_neither_hangs_nor_eats_the_window(
    broker_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[bytes] = []

    async def handle(message: Message) -> None:
        seen.append(message.payload)
        raise ValueError("no")

    async with connected(broker_url, "$c3", on_message=handle, receive_maximum=5) as client:
        await client.subscribe("c3")
        await client.publish_all([Message("c3", str(number).encode(), 1) for number in range(50)])
        await until(lambda: len(seen) == 50)
    assert "could not be handled" in caplog.text


async def test_what_is_not_released_comes_again_and_what_is_does_not(broker_url: str) -> None:
    first: list[Delivery] = []
    again: list[bytes] = []
    async with connected(broker_url, "$c4", session_expiry=60, on_delivery=first.append) as client:
        await client.subscribe("c4")
        await client.publish_all([Message("c4", str(number).encode(), 1) for number in range(4)])
        await until(lambda: len(first) == 4)
        first[0].release()
        first[1].hold()
        first[1].release()
        first[3].release()
        # A publish of our own that is acknowledged tells that the broker has read the acknowledgements before it.
        await client.publish(Message("elsewhere", b"", 1))
    async with connected(
        broker_url, "$c4", session_expiry=60, on_delivery=lambda one: again.append(one.message.payload)
    ):
        await until(lambda: len(again) == 2)
    assert again == [b"1", b"2"]


async def test_work_that_outlives_a_reconnect_is_not_begun_twice_and_acknowledges_on_the_new_link(
    broker_url: str,
) -> None:
    got: list[Delivery] = []
    links: list[bool] = []
    async with connected(
        broker_url, "$c5", session_expiry=60, on_delivery=got.append, on_connected=links.append
    ) as client:
        await client.subscribe("c5")
        await client.publish(Message("c5", b"x", 1))
        await until(lambda: len(got) == 1)
        client._client._connection._transport.abort()
        await until(lambda: len(links) == 2)
        await client.publish(Message("elsewhere", b"", 1))
        assert len(got) == 1
        got[0].release()
        await client.publish(Message("elsewhere", b"", 1))
    again: list[Delivery] = []
    async with connected(broker_url, "$c5", session_expiry=60, on_delivery=again.append) as client:
        await client.publish(Message("elsewhere", b"", 1))
        assert again == []


async def test_what_was_in_flight_when_the_session_was_lost_is_sent_again_in_order(broker_url: str) -> None:
    got: list[bytes] = []

    async def handle(message: Message) -> None:
        got.append(message.payload)

    async with (
        connected(broker_url, "$c6-in", on_message=handle) as reader,
        connected(broker_url, "$c6-out") as writer,
    ):
        await reader.subscribe("c6")
        writer._client._connection._transport.abort()
        await writer.publish_all([Message("c6", str(number).encode(), 1) for number in range(20)])
        await until(lambda: len(set(got)) == 20)
    assert sorted(set(got), key=int) == [str(number).encode() for number in range(20)]


async def test_it_subscribes_again_after_a_reconnect(broker_url: str) -> None:
    got: list[bytes] = []
    links: list[bool] = []

    async def handle(message: Message) -> None:
        got.append(message.payload)

    async with connected(broker_url, "$c7", on_message=handle, on_connected=links.append) as client:
        await client.subscribe("c7")
        client._client._connection._transport.abort()
        await until(lambda: len(links) == 2)
        await client.publish(Message("c7", b"x", 1))
        await until(lambda: got)
        await client.unsubscribe("c7")
        await client.publish_all([Message("c7", b"y", 1), Message("elsewhere", b"", 1)])
    assert got == [b"x"]


async def test_it_subscribes_again_in_a_session_that_has_lost_the_subscription(broker_url: str) -> None:
    """As after the death of a broker that had not saved the newest."""
    got: list[bytes] = []

    async def handle(message: Message) -> None:
        got.append(message.payload)

    async with connected(broker_url, "$c8", session_expiry=60, on_message=handle) as client:
        await client.subscribe("c8")
        await client.close()
        async with connected(broker_url, "$c8", session_expiry=60) as other:
            await other.unsubscribe("c8")
            await other.publish(Message("c8", b"nobody hears it", 1))
        await client.connect()
        await client.publish(Message("c8", b"x", 1))
        await until(lambda: got)
    assert got == [b"x"]


async def test_retained_messages_come_unless_they_are_not_wanted(broker_url: str) -> None:
    got: list[tuple[str, bool]] = []

    async def handle(message: Message) -> None:
        got.append((message.topic, message.retain))

    async with connected(broker_url, "$c8", on_message=handle) as client:
        await client.publish_all([Message("c8/a", b"x", 1, True), Message("c8/b", b"x", 1, True)])
        await client.subscribe("c8/b", retained=False)
        await client.subscribe("c8/a")
        await until(lambda: got)
        await client.publish(Message("elsewhere", b"", 1))
    assert got == [("c8/a", True)]


async def test_a_publish_that_is_not_acknowledged_in_time_says_so(broker_url: str) -> None:
    client = Client(broker_url, "$c9")
    with pytest.raises(NotPublished, match=r"within 0\.05 s"):
        await client.publish(Message("c9", b"", 1), timeout=0.05)
    with pytest.raises(NotPublished, match="1 messages"):
        await client.publish_all([Message("c9", b"", 1)], timeout=0.05)
    await client.publish_all([])
    await client.close()


async def test_a_broker_that_cannot_be_reached_or_refuses_is_not_connected(broker_url: str) -> None:
    with pytest.raises(NotConnected, match="cannot be reached"):
        await Client(f"mqtt://127.0.0.1:{free_port()}", "$c10").connect()
    wrong = broker_url.replace("secret", "wrong")
    refused = Client(wrong, "$c11")
    with pytest.raises(NotConnected):
        await refused.connect()
    await refused.close()


async def test_reading_can_be_paused(broker_url: str) -> None:
    got: list[Delivery] = []
    async with (
        connected(broker_url, "$c12-in", on_delivery=got.append) as reader,
        connected(broker_url, "$c12-out") as writer,
    ):
        await reader.subscribe("c12", qos=0)
        reader.pause_reading()
        await writer.publish_all([Message("c12", b"x", 1) for _ in range(10)])
        assert got == []
        reader.resume_reading()
        await until(lambda: len(got) == 10)


async def test_a_client_that_is_not_connected_takes_only_so_much_of_qos_0(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot.bridge.client.UNSENT_MESSAGES", 3)
    client = Client(broker_url, "$c13")
    client.pause_reading()
    client.resume_reading()
    assert not client.is_connected
    codes: list[int] = []
    for _ in range(5):
        client.post(Message("c13", b""), codes.append)
    assert codes == [0xFF, 0xFF]
    await client.connect()
    await until(lambda: codes == [0xFF, 0xFF, 0, 0, 0])
    await client.close()


@pytest.mark.parametrize(
    "given",
    [
        Message("c14/\x01", b"", 1),
        Message("c14/\uffff", b"", 1),
        Message("/" * 201, b"", 1),
        Message("c14", b"", 1, properties=Properties(content_type="a\0")),
        Message("c14", b"", 1, properties=Properties(user_properties=(("k", "v\n"),))),
        Message("c14", b"", 1, properties=Properties(message_expiry=-1)),
        Message("c14", bytes(200_000), 1),
    ],
)
async def test_what_would_end_the_connection_is_refused_and_what_follows_arrives(
    broker_url: str, given: Message
) -> None:
    codes: list[int] = []
    async with connected(broker_url, "$c14") as client:
        client.post(given, codes.append)
        await client.publish(Message("c14", b"x", 1))
    assert codes == [UNSENDABLE]
