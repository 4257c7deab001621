"""The broker's side of a device: one plain connection each, opened a limited number at a time."""

import asyncio
import random
import socket
from typing import Protocol, cast
from urllib.parse import unquote, urlsplit

OPENING = 64
OPENING_SECONDS = 10.0
CLOSING_SECONDS = 5.0
RETRY_SECONDS = 0.003, 0.02


class Listener(Protocol):
    """Who is told what the broker sends."""

    def broker_received(self, data: bytes) -> None: ...

    def broker_closed(self) -> None: ...

    def pause_broker_writing(self) -> None: ...

    def resume_broker_writing(self) -> None: ...


class Upstream(asyncio.Protocol):
    """A connection to the broker. `finish` ends it without cutting off what the broker has not read yet."""

    __slots__ = ("_finishing", "_listener", "_transport")

    def __init__(self, listener: Listener) -> None:
        self._listener: Listener | None = listener
        self._finishing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._listener is not None:
            self._listener.broker_received(data)

    def eof_received(self) -> None:
        return None

    def connection_lost(self, error: Exception | None) -> None:
        if self._finishing is not None:
            self._finishing.cancel()
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.broker_closed()

    def pause_writing(self) -> None:
        if self._listener is not None:
            self._listener.pause_broker_writing()

    def resume_writing(self) -> None:
        if self._listener is not None:
            self._listener.resume_broker_writing()

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def finish(self) -> None:
        """Say that nothing follows, and read on until the broker closes: unread data would make the kernel reset."""
        self._listener = None
        if self._transport.is_closing():
            return
        self._transport.resume_reading()
        try:
            self._transport.write_eof()
        except OSError:  # the broker was faster
            self._transport.abort()
            return
        self._finishing = asyncio.get_running_loop().call_later(CLOSING_SECONDS, self._transport.abort)


class Broker:
    """Where the broker is, mqtt://user:password@host:port, and how to get in.

    Where it listens on a Unix socket too, that is cheaper, and does not run out of ports.
    """

    def __init__(self, url: str, path: str = "") -> None:
        parts = urlsplit(url)
        self._path = path
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 1883
        self.username = unquote(parts.username) if parts.username else None
        self.password = unquote(parts.password or "").encode() if parts.username else None
        self._opening = asyncio.Semaphore(OPENING)

    async def connect(self, listener: Listener) -> Upstream:
        """Open a connection for a device. Raises OSError, TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(OPENING_SECONDS), self._opening:
            if self._path:
                return await self._connect_unix(listener)
            _, upstream = await loop.create_connection(lambda: Upstream(listener), self._host, self._port)
        return upstream

    async def _connect_unix(self, listener: Listener) -> Upstream:
        """Connect as soon as the broker has room: a Unix socket with a full backlog refuses instead of waiting.

        asyncio takes that refusal for a connection under way, so we connect ourselves.
        """
        one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        one.setblocking(False)
        try:
            while True:
                try:
                    one.connect(self._path)
                    break
                except BlockingIOError:
                    await asyncio.sleep(random.uniform(*RETRY_SECONDS))
            _, upstream = await asyncio.get_running_loop().create_unix_connection(lambda: Upstream(listener), sock=one)
        except BaseException:
            one.close()
            raise
        return upstream
