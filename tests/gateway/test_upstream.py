"""The broker's side of a device."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from iot.gateway import upstream as module
from iot.gateway.upstream import Broker
from tests.gateway.conftest import until


class Listener:
    def __init__(self) -> None:
        self.received = b""
        self.is_closed = False
        self.is_paused = False

    def broker_received(self, data: bytes) -> None:
        self.received += data

    def broker_closed(self) -> None:
        self.is_closed = True

    def pause_broker_writing(self) -> None:
        self.is_paused = True

    def resume_broker_writing(self) -> None:
        self.is_paused = False


class Served:
    """A broker that keeps what it reads, and reads only when it is told to."""

    def __init__(self) -> None:
        self.received = b""
        self.reading = asyncio.Event()
        self.reading.set()
        self.writers: list[asyncio.StreamWriter] = []
        self.ended = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        while True:
            await self.reading.wait()
            data = await reader.read(65_536)
            if not data:
                break
            self.received += data
        self.ended += 1
        writer.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    found = Served()
    yield found
    found.reading.set()
    for writer in found.writers:
        writer.close()


async def serve(served: Served, path: Path | None = None) -> tuple[asyncio.Server, Broker]:
    if path is not None:
        server = await asyncio.start_unix_server(served.serve, path)
        return server, Broker("mqtt://me:p%40ss@127.0.0.1:1", str(path))
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    return server, Broker(f"mqtt://127.0.0.1:{server.sockets[0].getsockname()[1]}")


@pytest.mark.parametrize("unix", [True, False])
async def test_bytes_go_both_ways_by_tcp_and_by_unix_socket(served: Served, tmp_path: Path, unix: bool) -> None:
    server, broker = await serve(served, tmp_path / "socket" if unix else None)
    listener = Listener()
    upstream = await broker.connect(listener)
    upstream.write(b"hello")
    await until(lambda: served.received == b"hello")
    served.writers[0].write(b"answer")
    await until(lambda: listener.received == b"answer")
    upstream.finish()
    await until(lambda: served.ended)
    server.close()


async def test_a_unix_socket_whose_backlog_is_full_is_tried_again(tmp_path: Path) -> None:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(tmp_path / "socket"))
    listening.listen(0)
    broker = Broker("mqtt://127.0.0.1:1", str(tmp_path / "socket"))
    connecting = [asyncio.create_task(broker.connect(Listener())) for _ in range(5)]
    await asyncio.sleep(0.05)
    assert not all(task.done() for task in connecting)
    accepted = []
    listening.setblocking(False)
    while not all(task.done() for task in connecting):
        with contextlib.suppress(BlockingIOError):
            accepted.append(listening.accept()[0])
        await asyncio.sleep(0.005)
    for one in (*accepted, listening):
        one.close()
    for task in connecting:
        (await task).finish()


def test_the_way_in_is_read_from_the_url() -> None:
    broker = Broker("mqtt://me:p%40ss@127.0.0.1:1")
    assert (broker.username, broker.password) == ("me", b"p@ss")
    assert (Broker("mqtt://127.0.0.1").username, Broker("mqtt://127.0.0.1").password) == (None, None)


async def test_a_broker_that_is_away_is_an_error() -> None:
    with pytest.raises(OSError):
        await Broker("mqtt://127.0.0.1:1").connect(Listener())


async def test_a_broker_that_closes_is_told_of_but_not_after_the_end(served: Served) -> None:
    server, broker = await serve(served)
    first, second = Listener(), Listener()
    await broker.connect(first)
    ending = await broker.connect(second)
    await until(lambda: len(served.writers) == 2)
    ending.finish()
    for writer in served.writers:
        writer.close()
    await until(lambda: first.is_closed)
    assert not second.is_closed
    ending.finish()
    ending.pause_reading()
    ending.resume_reading()
    server.close()


async def test_a_broker_that_does_not_read_pauses_whoever_writes(served: Served) -> None:
    server, broker = await serve(served)
    served.reading.clear()
    listener = Listener()
    upstream = await broker.connect(listener)
    upstream.write(b"x" * 20_000_000)
    assert listener.is_paused
    served.reading.set()
    await until(lambda: not listener.is_paused)
    upstream.finish()
    server.close()


async def test_what_is_not_read_waits(served: Served) -> None:
    server, broker = await serve(served)
    listener = Listener()
    upstream = await broker.connect(listener)
    await until(lambda: served.writers)
    upstream.pause_reading()
    served.writers[0].write(b"later")
    await served.writers[0].drain()
    await asyncio.sleep(0.02)
    assert listener.received == b""
    upstream.resume_reading()
    await until(lambda: listener.received == b"later")
    upstream.finish()
    server.close()


async def test_the_end_waits_for_the_broker_only_so_long(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING_SECONDS", 0.05)
    server, broker = await serve(served)
    served.reading.clear()
    upstream = await broker.connect(Listener())
    await until(lambda: served.writers)
    upstream.finish()
    await until(lambda: upstream._transport.is_closing())
    served.reading.set()
    server.close()
