"""The handler: one hop for a request, short files whole, long ones in parts, failures as pages."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from console.handler import Handler

Answer = tuple[int, dict[bytes, bytes], bytes, int]


def plain(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(f"{request.method} {request.GET.get('a')} {request.body.decode()}", status=201)
    response.set_cookie("k", "v")
    response.set_cookie("l", "w")
    return response


def short(request: HttpRequest) -> FileResponse:
    return FileResponse(ContentFile(b"x" * 1000), filename="short.bin", headers={"Content-Length": "1000"})


def long(request: HttpRequest) -> StreamingHttpResponse:
    def parts() -> Iterator[bytes]:
        yield b"one "
        yield b""
        yield b"two"

    return StreamingHttpResponse(parts())


def asynchronous(request: HttpRequest) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    return StreamingHttpResponse(parts())


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("as asked")


urlpatterns = [path(f"{view.__name__}/", view) for view in (plain, short, long, asynchronous, broken)]


@pytest.fixture
def handler() -> Iterator[Handler]:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield Handler()


async def ask(handler: Handler, name: str, body: bytes = b"", method: str = "GET") -> Answer:
    scope = {
        "type": "http",
        "method": method,
        "path": f"/{name}/",
        "query_string": b"a=1",
        "headers": [(b"host", b"localhost"), (b"content-length", str(len(body)).encode())],
        "client": ["127.0.0.1", 1],
        "server": ["127.0.0.1", 80],
    }
    waiting: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[:2], "more_body": True},
        {"type": "http.request", "body": body[2:]},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await asyncio.wait_for(handler(scope, receive, send), 10)
    assert not sent[-1].get("more_body")
    content = b"".join(message["body"] for message in sent[1:] if "body" in message)
    return sent[0]["status"], dict(sent[0]["headers"]), content, len(sent)


@pytest.mark.django_db(transaction=True)
async def test_a_request_is_answered_with_its_cookies(handler: Handler) -> None:
    status, headers, content, _ = await ask(handler, "plain", b"hello", "POST")
    assert (status, content) == (201, b"POST 1 hello")
    assert headers[b"Set-Cookie"] == b"l=w; Path=/"


@pytest.mark.django_db(transaction=True)
async def test_a_short_file_goes_out_whole(handler: Handler) -> None:
    status, headers, content, messages = await ask(handler, "short")
    assert (status, len(content), messages) == (200, 1000, 2)
    assert headers[b"Content-Length"] == b"1000"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["long", "asynchronous"])
async def test_what_has_no_length_goes_out_in_parts(handler: Handler, name: str) -> None:
    status, _, content, messages = await ask(handler, name)
    assert (status, content) == (200, b"one two")
    assert messages > 3


@pytest.mark.django_db(transaction=True)
async def test_what_goes_wrong_is_an_answer_too(handler: Handler) -> None:
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=False):
        status, *_ = await ask(handler, "broken")
    assert status == 500
    assert (await ask(handler, "nowhere"))[0] == 404


async def test_a_client_that_goes_before_its_request_is_complete_gets_nothing(handler: Handler) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    await handler({"type": "http"}, receive, send)
