"""The API as an ASGI application: lanes, shared commits, limits."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.db import connection, connections

from iot.api import asgi, lanes
from iot.models import Thing
from iot.services import access
from tests.api import harness


async def request(token: str, method: str, path: str, *parts: bytes) -> tuple[int, dict[str, str], Any]:
    """Call the application as a server does."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"cloud.test"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.7", 5),
        "scheme": "http",
    }
    waiting = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
        for index, part in enumerate(parts or (b"",))
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await asgi.application(scope, receive, send)
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert int(headers["content-length"]) == len(body["body"])
    return start["status"], headers, orjson.loads(body["body"]) if body["body"] else None


@pytest.fixture
def token(transactional_db: None) -> Iterator[str]:
    yield access.create_bearer_token(harness.new_user(), account=harness.ACCOUNT, role="admin")[0]
    together = threading.Barrier(lanes.POOL_THREADS)
    ended = [lanes.pool.submit(_close_connections, together) for _ in range(lanes.POOL_THREADS)]
    assert all(one.result(timeout=30) is None for one in ended)


def _close_connections(together: threading.Barrier) -> None:
    """A test database cannot be dropped while a thread of the pool is connected to it."""
    together.wait(timeout=30)
    connections.close_all()


async def test_reads_writes_and_slow_calls_are_all_answered(token: str) -> None:
    assert (await request(token, "POST", "/api/things/lamp", b'{"attributePayload":', b' {"attributes": {}}}'))[
        0
    ] == 200
    assert (await request(token, "GET", "/api/things/lamp"))[2]["thingName"] == "lamp"
    assert (await request(token, "GET", "/api/things"))[2]["things"][0]["thingName"] == "lamp"
    assert (await request(token, "POST", "/api/keys-and-certificate"))[0] == 200
    assert (await request(token, "POST", "/api/policies/p", b'{"policyDocument": "{}"}'))[0] == 200
    assert (await request(token, "GET", "/api/nothing"))[0] == 404


async def test_many_writers_at_once_get_their_own_answers(token: str) -> None:
    names = [f"t{number % 40}" for number in range(80)] + ["not a name!"] * 5
    bodies = [b'{"thingTypeName": "nobody"}' if number % 10 == 9 else b"{}" for number in range(85)]
    answers = await asyncio.gather(
        *(request(token, "POST", f"/api/things/{name}", body) for name, body in zip(names, bodies, strict=True))
    )
    statuses = [status for status, _, _ in answers]
    assert statuses[:80] == [404 if number % 10 == 9 else 200 for number in range(80)]
    assert statuses[80:] == [400] * 5
    assert len({answer[1]["x-amzn-requestid"] for answer in answers}) == 85
    assert await asyncio.to_thread(_names) == {
        name for name, body in zip(names[:80], bodies, strict=False) if body == b"{}"
    }


def _names() -> set[str]:
    try:
        return set(Thing.objects.values_list("name", flat=True))
    finally:
        connection.close()


async def test_a_body_is_read_no_further_than_its_limit(token: str) -> None:
    parts = [b"x" * 700_000] * 5
    status, headers, _ = await request(token, "POST", "/api/things/lamp", *parts)
    assert (status, headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")
    assert headers["x-amzn-requestid"]


async def test_a_client_that_leaves_while_sending_is_forgotten() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    await asgi.application({"type": "http", "method": "POST", "path": "/api/things/x", "headers": []}, receive, send)


def test_which_paths_are_the_apis(settings: Any) -> None:
    assert asgi.matches("/api/things")
    assert not asgi.matches("/things")
    assert not asgi.matches("/api/openapi.json")
    settings.URL_PREFIX = "cloud"
    assert asgi.matches("/cloud/api/things")
    assert not asgi.matches("/api/things")
