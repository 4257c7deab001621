"""HTTP and WebSockets of a device, for tests: requests over the streams of `raw`, and signatures by botocore."""

import asyncio
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import h11
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, RejectConnection, Request

from tests.gateway.raw import open_stream


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """One HTTP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.http = h11.Connection(h11.CLIENT)

    async def ask(
        self, method: str, target: str, *, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        given = {"host": "localhost", "content-length": str(len(body)), **(headers or {})}
        for event in (
            h11.Request(method=method, target=target, headers=list(given.items())),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.writer.write(self.http.send(event) or b"")
        answer = await self._answer()
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
        return answer

    async def _answer(self) -> Answer:
        status, headers, body = 0, {}, b""
        async with asyncio.timeout(8):
            while True:
                event = self.http.next_event()
                if event is h11.NEED_DATA:
                    self.http.receive_data(await self.reader.read(65_536))
                elif isinstance(event, h11.Response):
                    status = event.status_code
                    headers = {name.decode(): value.decode() for name, value in event.headers}
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return Answer(status, headers, body)
                else:
                    raise ConnectionError(f"{event!r}")


async def browse(port: int, context: ssl.SSLContext) -> Browser:
    return Browser(*await open_stream(port, context))


def signed_headers(
    key: tuple[str, str], method: str, url: str, *, body: bytes = b"", service: str = "iotdevicegateway"
) -> dict[str, str]:
    request = AWSRequest(method=method, url=url, data=body, headers={"host": urlsplit(url).netloc})
    SigV4Auth(Credentials(*key), service, "us-east-1").add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


def presigned_target(key: tuple[str, str], url: str, *, expires: int = 300, token: str = "") -> str:
    """Answer path and query; the token is added after signing, as AWS wants it for WebSockets."""
    request = AWSRequest(method="GET", url=url, headers={"host": urlsplit(url).netloc})
    SigV4QueryAuth(Credentials(*key), "iotdevicegateway", "us-east-1", expires=expires).add_auth(request)
    parts = urlsplit(request.url)
    return f"{parts.path}?{parts.query}" + (f"&X-Amz-Security-Token={token}" if token else "")


class Socket:
    """A WebSocket that carries MQTT: `send` and `receive` bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.sockets = WSConnection(ConnectionType.CLIENT)
        self.waiting: list[Event] = []

    async def open(self, target: str, *, host: str = "localhost", headers: dict[str, str] | None = None) -> int:
        """Ask for the upgrade; answers 101 or the status of the refusal."""
        more = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        request = Request(host=host, target=target, subprotocols=["mqtt"], extra_headers=more)
        self.writer.write(self.sockets.send(request))
        event = await self.event()
        if isinstance(event, AcceptConnection):
            assert event.subprotocol == "mqtt"
            return 101
        assert isinstance(event, RejectConnection)
        return event.status_code

    def send(self, data: bytes) -> None:
        self.writer.write(self.sockets.send(BytesMessage(data=data)))

    def close(self) -> None:
        self.writer.write(self.sockets.send(CloseConnection(code=1000)))

    async def receive(self) -> bytes:
        event = await self.event()
        return bytes(event.data) if isinstance(event, BytesMessage) else b""

    async def event(self) -> Event:
        async with asyncio.timeout(8):
            while not self.waiting:
                data = await self.reader.read(65_536)
                self.sockets.receive_data(data or None)
                self.waiting += list(self.sockets.events())
        return self.waiting.pop(0)


async def dial_socket(port: int, context: ssl.SSLContext) -> Socket:
    return Socket(*await open_stream(port, context))
