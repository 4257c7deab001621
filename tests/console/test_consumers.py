"""The sockets against a real broker: who may open one, what it is told, and that its subscription ends with it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client as Browser
from pytest_django.fixtures import Settings

from console import live, live_start
from console.asgi import application
from iot.bridge.client import Client
from iot.core.message import Message, Sender
from iot.services import access, things, tutorials
from iot.services.call import call
from tests.console.broker import mosquitto

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mosquitto(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture(autouse=True)
def _settings(settings: Settings, broker: str) -> None:
    settings.BROKER_URL = broker
    settings.BRIDGE_GROUP = "secret-group"


@pytest.fixture
async def publisher(broker: str) -> AsyncIterator[Client]:
    client = Client(broker, "test-publisher")
    await client.connect()
    yield client
    await client.close()


def _login(role: str) -> list[tuple[bytes, bytes]]:
    user = access.create_user(f"user-{role}", "a long password", role=role, account=settings.ACCOUNT_ID)
    browser = Browser()
    browser.force_login(user)
    cookie = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return [
        (b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()),
        (b"host", b"console.test"),
        (b"origin", b"http://console.test"),
    ]


async def opened(path: str, role: str = "operator") -> Any:
    socket = WebsocketCommunicator(application, path, headers=await call(_login, role))
    connected, code = await socket.connect(timeout=10)
    assert connected, code
    return socket


async def until(socket: Any, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        body: dict[str, Any] = orjson.loads(await socket.receive_from(timeout=15))
        if wanted(body):
            return body
    raise AssertionError("it did not come")


async def until_html(socket: Any, text: str) -> str:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        html: str = await socket.receive_from(timeout=15)
        if text in html:
            return html
    raise AssertionError("it did not come")


async def test_a_message_reaches_the_viewer_with_its_sender(publisher: Client) -> None:
    socket = await opened(f"/ws/live/?filter={quote('t/#')}&filter=1:u")
    granted = await until(socket, lambda body: "granted" in body)
    assert [(one["filter"], one["granted"]) for one in granted["granted"]] == [("t/#", 0), ("u", 1)]
    await publisher.publish(Message("t/1", b'{"a":"<b>"}', 1, sender=Sender("device-7", "cert", "10.0.0.1")))
    body = await until(socket, lambda body: "rows" in body)
    (row,) = body["rows"]
    assert (row["topic"], row["text"], row["sender"]["client_id"], row["watches"]) == (
        "t/1",
        '{"a":"<b>"}',
        "device-7",
        [0],
    )
    assert body["counts"]["received"] == 1
    await socket.disconnect()


async def test_reserved_topics_are_seen_by_operators_and_refused_to_viewers(publisher: Client) -> None:
    socket = await opened(f"/ws/live/?filter={quote('$aws/#')}")
    await until(socket, lambda body: "granted" in body)
    await publisher.publish(Message("$aws/things/t/shadow/get", b"", 1))
    body = await until(socket, lambda body: "rows" in body)
    assert body["rows"][0]["topic"] == "$aws/things/t/shadow/get"
    await socket.disconnect()
    socket = await opened(f"/ws/live/?filter={quote('$aws/#')}", "viewer")
    granted = await until(socket, lambda body: "granted" in body)
    assert "operators" in granted["granted"][0]["refused"]
    await socket.disconnect()


async def test_a_pause_holds_everything_and_resuming_brings_it(publisher: Client) -> None:
    socket = await opened("/ws/live/?filter=t")
    await until(socket, lambda body: "granted" in body)
    await socket.send_to('{"do":"pause"}')
    await until(socket, lambda body: body.get("counts", {}).get("paused"))
    await asyncio.gather(*(publisher.publish(Message("t", b"%d" % n, 1)) for n in range(700)))
    await until(socket, lambda body: body.get("counts", {}).get("waiting") == 700)
    await socket.send_to('{"do":"resume"}')
    rows: list[dict[str, Any]] = []
    while len(rows) < 700:
        body = await until(socket, lambda body: "rows" in body)
        assert len(body["rows"]) <= live.BATCH_ROWS
        rows += body["rows"]
    assert [row["n"] for row in rows] == list(range(1, 701))
    await socket.disconnect()


async def test_a_payload_that_was_cut_can_be_had_whole(publisher: Client) -> None:
    socket = await opened("/ws/live/?filter=t")
    await until(socket, lambda body: "granted" in body)
    await publisher.publish(Message("t", b"x" * 60_000, 1))
    body = await until(socket, lambda body: "rows" in body)
    assert body["rows"][0]["cut"]
    await socket.send_to(b'{"do":"full","n":1}'.decode())
    body = await until(socket, lambda body: "full" in body)
    assert body["text"] == "x" * 60_000
    await socket.send_to("not json")
    await socket.disconnect()


async def test_closing_the_socket_ends_the_subscription() -> None:
    socket = await opened("/ws/live/?filter=t")
    await until(socket, lambda body: "granted" in body)
    assert live_clients() == 1
    await socket.disconnect()
    assert socket.future.done() or live_clients() == 0


def live_clients() -> int:
    """How many viewers' tasks are alive in this process."""
    return sum(1 for task in asyncio.all_tasks() if "Listener._tick" in repr(task.get_coro()))


async def test_an_unknown_path_is_closed_with_4404() -> None:
    socket = WebsocketCommunicator(application, "/ws/other/", headers=await call(_login, "admin"))
    assert await socket.connect() == (False, 4404)


async def test_a_stranger_is_refused() -> None:
    headers = [(b"host", b"console.test"), (b"origin", b"http://console.test")]
    socket = WebsocketCommunicator(application, "/ws/live/?filter=t", headers=headers)
    assert await socket.connect() == (False, 4403)


@pytest.mark.parametrize("origin", [b"http://evil.test", b"null", None])
async def test_a_page_of_another_host_is_refused(origin: bytes | None) -> None:
    headers = [pair for pair in await call(_login, "admin") if pair[0] != b"origin"]
    if origin is not None:
        headers.append((b"origin", origin))
    socket = WebsocketCommunicator(application, "/ws/live/?filter=t", headers=headers)
    connected, _ = await socket.connect()
    assert not connected


async def test_a_trusted_origin_is_let_in(settings: Settings) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://front.test"]
    headers = [
        *(pair for pair in await call(_login, "admin") if pair[0] != b"origin"),
        (b"origin", b"https://front.test"),
    ]
    socket = WebsocketCommunicator(application, "/ws/live/?filter=t", headers=headers)
    connected, _ = await socket.connect(timeout=10)
    assert connected
    await socket.disconnect()


async def test_a_broker_that_does_not_answer_is_said(settings: Settings) -> None:
    settings.BROKER_URL = "mqtt://127.0.0.1:9"
    socket = await opened("/ws/live/?filter=t")
    body = await until(socket, lambda body: "broken" in body)
    assert "cannot be reached" in body["broken"]


async def test_activity_of_a_thing_comes_as_escaped_html(publisher: Client) -> None:
    await call(things.create_thing, settings.SCOPE, thing_name="sensor")
    socket = await opened("/ws/activity/?thing=sensor")
    event = {"eventType": "connected", "clientId": "sensor", "ipAddress": "<i>"}
    await until_html(socket, 'id="activity"')
    await publisher.publish(Message("$aws/events/presence/connected/sensor", orjson.dumps(event), 1))
    html = await until_html(socket, "connected from")
    assert "&lt;i&gt;" in html
    assert "<i>" not in html
    await socket.disconnect()


async def test_activity_of_an_unknown_thing_is_closed() -> None:
    socket = await opened("/ws/activity/?thing=nobody")
    body = await until(socket, lambda body: "broken" in body)
    assert "nobody" in body["broken"]


async def test_a_step_of_the_tutorial_is_marked_by_the_event(publisher: Client) -> None:
    def begin() -> None:
        user = User.objects.get(username="user-operator")
        tutorials.create_tutorial_thing(settings.SCOPE, user, thing_name="first")

    headers = await call(_login, "operator")
    await call(begin)
    socket = WebsocketCommunicator(application, "/ws/start/?step=message", headers=headers)
    assert (await socket.connect(timeout=10))[0]
    await until_html(socket, "Listening")
    await publisher.publish(Message("devices/first/telemetry", b'{"n":"<1>"}', 1))
    html = await until_html(socket, "data-proven")
    assert "&lt;1&gt;" in html
    state = await call(_state)
    assert set(state.done) == {"thing", "kit", "run", "message"}
    await socket.disconnect()


def _state() -> Any:
    return tutorials.find(settings.SCOPE, User.objects.get(username="user-operator"))


async def test_a_step_that_waits_too_long_says_what_was_seen(
    publisher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_start, "PATIENCE", 0.0)

    def begin() -> None:
        user = User.objects.get(username="user-operator")
        tutorials.create_tutorial_thing(settings.SCOPE, user, thing_name="first")
        tutorials.mark(settings.SCOPE, user, step="run")

    headers = await call(_login, "operator")
    await call(begin)
    socket = WebsocketCommunicator(application, "/ws/start/?step=message", headers=headers)
    assert (await socket.connect(timeout=10))[0]
    await until_html(socket, "No message has come from the device.")
    refusal = {"client_id": "first", "action": "iot:Publish", "resource": "plant/7", "policy": "field"}
    await publisher.publish(Message("$seen/refused", orjson.dumps(refusal), 1))
    html = await until_html(socket, "was refused iot:Publish on plant/7")
    assert "policy field denies it" in html
    await publisher.publish(Message("plant/8", b"{}", 1, sender=Sender("first")))
    await until_html(socket, "The device published to plant/8.")
    await socket.disconnect()
