"""The AWS API as an ASGI application of its own, beside the console's: no sessions, no cookies, no middleware.

It reads the body within its limit and hands the request to the one view, in the lane that fits its operation.
"""

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponse

from iot.api import registry, router
from iot.api.lanes import Lane, in_pool, run_each, run_together
from iot.api.model import SERVICES, Operation
from iot.api.views import ALL_SERVICES, MAXIMUM_BODY, REACHED, ApiView, too_large, view

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_READS: Lane[HttpResponse] = Lane("api-reads", run_each)
_WRITES: Lane[HttpResponse] = Lane("api-writes", run_together)
SHORT_READS = ("Describe", "Get")

# The first request need not wait for all operations to be imported.
threading.Thread(target=registry.served, name="api-operations", daemon=True).start()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one request below `/api/`."""
    body = await _body(receive)
    if body is None:
        return
    if len(body) > MAXIMUM_BODY:
        await _send(send, ApiView().refuse(too_large()))
        return
    try:
        response = await _in_its_lane(scope, body)
    except Exception as error:  # of the transaction that it shared with others
        response = ApiView().refuse(error)
    await _send(send, response)


async def _in_its_lane(scope: Scope, body: bytes) -> HttpResponse:
    operation = _peek(scope)
    work = partial(respond, scope, body)
    if connection.vendor != "sqlite" or operation is None or registry.is_slow(operation.service, operation.name):
        return await in_pool(work)
    if registry.is_grouped(operation.service, operation.name):
        return await _WRITES.submit(partial(prepare, scope, body))
    if operation.method == "GET" and operation.name.startswith(SHORT_READS):
        return await _READS.submit(work)
    return await in_pool(work)


def respond(scope: Scope, body: bytes) -> HttpResponse:
    """Answer a request of ASGI; its body is read already."""
    answered: HttpResponse = view(_request(scope, body))
    return answered


def prepare(scope: Scope, body: bytes) -> HttpResponse | Callable[[], HttpResponse]:
    """Answer what is left to do of a request when it has been checked, or its refusal."""
    one = ApiView()
    prepared = one.prepare(_request(scope, body))
    return prepared if isinstance(prepared, HttpResponse) else partial(one.execute, *prepared)


def _request(scope: Scope, body: bytes) -> Any:
    request: Any = ASGIRequest(scope, BytesIO(body))
    # Django keeps a body that was read there.
    request._body = body
    return request


def _peek(scope: Scope) -> Operation | None:
    """Find the operation that a request is for before anything is checked, to choose its lane."""
    path = scope.get("raw_path") or scope["path"].encode()
    _, _, below = path.decode("latin-1").partition("?")[0].partition("/api/")
    for service in _services(scope):
        operation, _, _ = router.route(service, scope["method"], below)
        if operation is not None:
            return operation
    return None


def _services(scope: Scope) -> tuple[str, ...]:
    for name, value in scope["headers"]:
        if name == b"authorization":
            parts = value.decode("latin-1").partition("Credential=")[2].partition(",")[0].split("/")
            service = SERVICES.get(parts[-2], "") if len(parts) > 2 else ""
            return REACHED.get(service, (service,)) if service else ALL_SERVICES
    return ALL_SERVICES


async def _body(receive: Receive) -> bytes | None:
    """Read a body, at most a byte more than is allowed; None where the client has gone."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        if size <= MAXIMUM_BODY:
            parts.append(part)
        size += len(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(send: Send, response: HttpResponse) -> None:
    content = response.content
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    if response.status_code != 204:
        headers.append((b"content-length", str(len(content)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def matches(path: str) -> bool:
    """Say whether a path is the API's, and not that of its description."""
    prefix = f"/{settings.URL_PREFIX}/api/" if settings.URL_PREFIX else "/api/"
    return path.startswith(prefix) and path.removeprefix(prefix) not in DESCRIPTION


DESCRIPTION = frozenset({"openapi.json", "docs/"})
