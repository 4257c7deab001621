"""HTTP/1.1 towards devices: requests one after the other, and the way over to a WebSocket.

A request is read whole (128 KB at most), its caller authenticated, its operation called, and nothing more is read until
it is answered.
"""

import asyncio
import logging
import uuid
from typing import Protocol

import h11
import orjson

from iot.bridge.client import NotPublished
from iot.core import errors
from iot.gateway.authenticate import Admitted, NotAuthenticated
from iot.gateway.authorize import Authority
from iot.gateway.connection import Device
from iot.gateway.keys import SignedRequest
from iot.gateway.limits import Bucket
from iot.gateway.operations import read_query, route
from iot.gateway.requests import Call, Forbidden
from iot.gateway.shared import Shared
from iot.gateway.stream import Peer, Speaker, Stream
from iot.gateway.websocket import NotAWebSocket, WebSocket

log = logging.getLogger(__name__)

MAXIMUM_BODY = 128 * 1024
MAXIMUM_HEAD = 32 * 1024
IDLE_SECONDS = 60.0
SOCKET_PATHS = frozenset({"/mqtt", "/mqtt/"})
_STATUS: dict[type[errors.AwsError], int] = {
    errors.InvalidRequestException: 400,
    errors.UnauthorizedException: 401,
    errors.ForbiddenException: 403,
    errors.ResourceNotFoundException: 404,
    errors.MethodNotAllowedException: 405,
    errors.ConflictException: 409,
    errors.InvalidStateTransitionException: 409,
    errors.TerminalStateException: 410,
    errors.RequestEntityTooLargeException: 413,
    errors.UnsupportedDocumentEncodingException: 415,
    errors.ThrottlingException: 429,
    errors.ServiceUnavailableException: 503,
}
_OF_THE_BODY = frozenset({"content-length", "content-type"})
_REASONS = {101: b"Switching Protocols", 200: b"OK"}


class Ways(Protocol):
    """How callers are known; both raise NotAuthenticated."""

    async def identify(self, request: SignedRequest, peer: Peer) -> Admitted:
        """Find who makes an HTTP request."""

    async def device(self, request: SignedRequest, socket: Stream) -> Device:
        """Make the conversation of a WebSocket."""


class HttpConnection:
    """One HTTP connection; after an upgrade it hands everything to its WebSocket."""

    def __init__(self, shared: Shared, stream: Stream, ways: Ways) -> None:
        self._shared = shared
        self._stream = stream
        self._peer = stream.peer
        self._ways = ways
        self._loop = asyncio.get_running_loop()
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAXIMUM_HEAD)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._socket: Speaker | None = None
        self._task: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._rate = Bucket(shared.limits.publishes, shared.limits.publishes * shared.limits.burst_seconds)
        self._kept: tuple[dict[str, str], float, Admitted] | None = None
        self._served = False
        self._lost = False

    def data_received(self, data: bytes) -> None:
        if self._socket is not None:
            self._socket.data_received(data)
            return
        try:
            self._http.receive_data(data)
        except h11.RemoteProtocolError as error:
            self._reject(error)
            return
        self._advance()

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self._rest(False)
        if self._task is not None:
            self._task.cancel()
        if self._socket is not None:
            self._socket.connection_lost(error)

    def pause_writing(self) -> None:
        if self._socket is not None:
            self._socket.pause_writing()

    def resume_writing(self) -> None:
        if self._socket is not None:
            self._socket.resume_writing()

    def _advance(self) -> None:
        try:
            self._read()
        except h11.RemoteProtocolError as error:
            self._reject(error)

    def _read(self) -> None:
        while self._task is None:
            event = self._http.next_event()
            match event:
                case h11.Request():
                    self._request = event
                    self._body.clear()
                    self._rest(True)
                    if self._http.they_are_waiting_for_100_continue:
                        self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
                case h11.Data():
                    self._body += event.data
                    if len(self._body) > MAXIMUM_BODY:
                        self._fail(413, "RequestEntityTooLargeException", f"A body has at most {MAXIMUM_BODY} bytes")
                        return
                case h11.EndOfMessage():
                    self._rest(False)
                    self._begin()
                    return
                case h11.ConnectionClosed():
                    self._stream.close()
                    return
                case _:  # h11.NEED_DATA, h11.PAUSED
                    return

    def _begin(self) -> None:
        if self._request is None:
            return
        path, _, query = self._request.target.decode("latin-1").partition("?")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in self._request.headers}
        request = SignedRequest(self._request.method.decode(), path, query, headers, bytes(self._body))
        self._stream.pause_reading()
        if headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(request)
            return
        self._task = self._loop.create_task(self._serve(request))

    async def _serve(self, request: SignedRequest) -> None:
        status, code, body = await self._answer(request)
        self._task = None
        if self._lost:
            return
        self._respond(status, body, code)
        self._request = None
        self._stream.resume_reading()
        if self._http.our_state is h11.MUST_CLOSE:
            self._stream.close()
            return
        self._http.start_next_cycle()
        self._rest(True)
        self._advance()

    async def _answer(self, request: SignedRequest) -> tuple[int, str, bytes]:
        """Answer status, the name of the error (empty for none) and body."""
        try:
            return 200, "", await self._operate(request)
        except NotAuthenticated as error:
            self._shared.counters.add("Connect.AuthError")
            self._note(error.principal, "connect", request.path, str(error))
            return _failure(403, "ForbiddenException", "Forbidden")
        except Forbidden as error:
            return _failure(403, "ForbiddenException", str(error))
        except errors.AwsError as error:
            return _failure(_STATUS.get(type(error), 400), error.code, error.message)
        except NotPublished as error:
            return _failure(503, "ServiceUnavailableException", str(error))
        except Exception:
            log.exception("A request failed")
            return _failure(500, "InternalFailureException", "Internal failure")

    async def _operate(self, request: SignedRequest) -> bytes:
        if not self._rate.take():
            self._shared.counters.add("PublishIn.Throttle")
            raise errors.ThrottlingException("Too many requests on one connection")
        operation, subjects = route(request.method, request.path)
        admitted = await self._identify(request)
        self._served = True
        self._stream.establish()
        address = self._peer.address
        authority = Authority(
            self._shared.scope, admitted.principal, client_id=None, address=address, own_groups=frozenset(), mqtt=False
        )
        try:
            return await operation(
                Call(
                    self._shared,
                    admitted.principal,
                    authority,
                    address,
                    read_query(request.query),
                    request.headers,
                    request.body,
                ),
                *subjects,
            )
        except Forbidden as error:
            self._shared.refusals.refused(error.refused, client_id="", principal=admitted.principal.id, address=address)
            raise

    async def _identify(self, request: SignedRequest) -> Admitted:
        """Find who asks; an authorizer's verdict is kept for the connection where the authorizer allows it."""
        shown = {name: value for name, value in request.headers.items() if name not in _OF_THE_BODY}
        if self._kept is not None and self._kept[0] == shown and self._kept[1] > self._loop.time():
            return self._kept[2]
        admitted = await self._ways.identify(request, self._peer)
        if admitted.is_kept and admitted.renew_after:
            self._kept = shown, self._loop.time() + admitted.renew_after, admitted
        return admitted

    def _upgrade(self, request: SignedRequest) -> None:
        if self._request is None or request.path not in SOCKET_PATHS:
            self._fail(404, "ResourceNotFoundException", "WebSockets are served at /mqtt")
            return
        if self._served:  # the deadline of CONNECT is that of the connection, and a request has lifted it
            self._fail(400, "InvalidRequestException", "A WebSocket needs a connection of its own")
            return
        try:
            headers = [(bytes(name), bytes(value)) for name, value in self._request.headers]
            socket = WebSocket(self._stream, headers, bytes(self._request.target))
        except NotAWebSocket as error:
            self._fail(400, "InvalidRequestException", str(error))
            return
        self._task = self._loop.create_task(self._enter(request, socket))

    async def _enter(self, request: SignedRequest, socket: WebSocket) -> None:
        try:
            device = await self._ways.device(request, socket)
        except NotAuthenticated as error:
            self._task = None
            self._note(error.principal, "connect", request.path, str(error))
            self._fail(403, "ForbiddenException", "Forbidden")
            return
        except Exception:
            self._task = None
            log.exception("A WebSocket could not be opened")
            self._fail(500, "InternalFailureException", "Internal failure")
            return
        self._task = None
        if self._lost:
            return
        self._socket = socket
        socket.accept(device)
        self._stream.resume_reading()
        rest, _ = self._http.trailing_data
        if rest:
            socket.data_received(rest)

    def _note(self, principal: str, action: str, resource: str, reason: str) -> None:
        self._shared.refusals.note(
            client_id="",
            principal=principal,
            address=self._stream.peer.address,
            action=action,
            resource=resource,
            reason=reason,
        )

    def _reject(self, error: h11.RemoteProtocolError) -> None:
        self._shared.counters.add("Connect.ClientError")
        self._fail(error.error_status_hint, "InvalidRequestException", str(error))

    def _fail(self, status: int, code: str, message: str) -> None:
        """Answer an error and end the connection."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._respond(status, _failure(status, code, message)[2], code, close=True)
        self._stream.close()

    def _respond(self, status: int, body: bytes, code: str = "", *, close: bool = False) -> None:
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("x-amzn-requestid", str(uuid.uuid4())),
        ]
        if code:
            headers.append(("x-amzn-errortype", code))
        if close:
            headers.append(("connection", "close"))
        self._send(h11.Response(status_code=status, headers=headers, reason=_REASONS.get(status, b"")))
        if self._request is None or self._request.method != b"HEAD":
            self._send(h11.Data(data=body))
        self._send(h11.EndOfMessage())

    def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._stream.write(data)

    def _rest(self, on: bool) -> None:
        """Set the deadline for the next request or the rest of this one, or lift it."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if on:
            self._idle = self._loop.call_later(IDLE_SECONDS, self._stream.close)


def _failure(status: int, code: str, message: str) -> tuple[int, str, bytes]:
    return status, code, orjson.dumps({"message": message, "traceId": str(uuid.uuid4())})
