"""Serves HTTP requests with one hop to a thread each, where Django's own ASGI handler makes one for every middleware.

All our views and middlewares are plain functions. So a request is answered as a whole in one of the threads that
services run in, which keep their database connections open.
"""

from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from iot.services.call import call

WHOLE_BYTES = 1024 * 1024


class Handler(ASGIHandler):
    """An ASGI application over Django's synchronous middlewares and views."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        response = await call(self._respond, scope, body)
        await send({"type": "http.response.start", "status": response.status_code, "headers": _headers(response)})
        if not isinstance(response, StreamingHttpResponse):
            body_whole = response.content if isinstance(response, HttpResponse) else b""
            await send({"type": "http.response.body", "body": body_whole})
            return
        async for part in _parts(response):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})
        await call(response.close)

    def _respond(self, scope: dict[str, Any], body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        made = self.create_request(scope, body)
        response = made[1] if made[0] is None else self.get_response(made[0])
        if isinstance(response, StreamingHttpResponse):
            response = _whole(response)
        if not response.streaming:
            response.close()
            body.close()
        return response


def _whole(response: StreamingHttpResponse) -> HttpResponseBase:
    """Read a short file at once, in the thread that we are in already."""
    length = response.headers.get("Content-Length", "")
    if response.is_async or not length.isdecimal() or int(length) > WHOLE_BYTES:
        return response
    whole = HttpResponse(b"".join(response), status=response.status_code, headers=dict(response.items()))
    whole.cookies = response.cookies
    response.close()
    return whole


async def _parts(response: StreamingHttpResponse) -> AsyncIterator[bytes]:
    if response.is_async:
        async for part in response:
            yield part
        return
    parts = iter(response)
    while found := await call(_next, parts):
        yield found[0]


def _next(parts: Iterator[bytes]) -> list[bytes]:
    return list(islice(parts, 1))


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    return headers + [(b"Set-Cookie", one.OutputString().encode("ascii")) for one in response.cookies.values()]
