"""Connections as a load: how many handshakes a processor makes, and what many idle devices cost."""

import asyncio
import os
import resource
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from iot.management.bench.blast import Connection, Failed, Route
from iot.management.bench.measures import Load, Sample

HANDSHAKES = 1_000
DEVICES = 10_000
IDLE = 5_000
TOGETHER = 50
SPARE_DESCRIPTORS = 500
MEGABYTE = 1024 * 1024


async def handshakes(load: Load) -> Sample:
    """Connect and leave with a certificate, again and again; a second is one of the gateway's processor."""
    group = _gateway(load)
    before = _processor_seconds(group)
    await _close(await _open(load.gateway, min(HANDSHAKES, load.messages)))
    return Sample(min(HANDSHAKES, load.messages) / (_processor_seconds(group) - before))


async def many(load: Load) -> Sample:
    """Connect many devices that then do nothing; answers the seconds until the last is in, and the gateway's memory.

    There are as many as `DEVICES`, or as the gateway's limit of descriptors lets in: each takes two.
    """
    count = min(DEVICES, load.messages, _room())
    started = time.perf_counter()
    opened = await _open(load.gateway, count)
    seconds = time.perf_counter() - started
    memory = _resident(_gateway(load)) / MEGABYTE
    await _close(opened)
    return Sample(seconds, more={"memory": memory, "devices": count})


@asynccontextmanager
async def idle(load: Load) -> AsyncIterator[None]:
    """Keep idle devices connected, as many at the broker alone as at the gateway."""
    opened = []
    try:
        for route in (load.gateway, load.alone):
            opened += await _open(route, min(IDLE, load.messages))
        yield
    finally:
        await _close(opened)


async def _open(route: Route, count: int) -> list[Connection]:
    run, room, made = uuid.uuid4().hex, asyncio.Semaphore(TOGETHER), []

    async def open_one(number: int) -> None:
        async with room:
            connection = Connection(f"bench-{run}-{number}")
            made.append(connection)
            await connection.open(route)

    try:
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(open_one(number))
    except ExceptionGroup as failed:
        raise Failed(f"Of {count} connections {failed.exceptions[0]}") from None
    return made


async def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()
    await asyncio.sleep(0)


def _room() -> int:
    return (resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_DESCRIPTORS) // 2


def _gateway(load: Load) -> int:
    return int((load.installation.directory / "run" / "gateway.pid").read_text())


def _processor_seconds(group: int) -> float:
    """Answer the processor time of a process group so far."""
    ticks = sum(int(fields[11]) + int(fields[12]) for fields in _processes(group))
    return ticks / os.sysconf("SC_CLK_TCK")


def _resident(group: int) -> int:
    """Answer the memory that a process group holds, in bytes."""
    return sum(int(fields[21]) for fields in _processes(group)) * os.sysconf("SC_PAGE_SIZE")


def _processes(group: int) -> list[list[str]]:
    """Answer the fields of /proc/<pid>/stat behind the name, of each process in a group. Raises Failed."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(") ")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group:
            found.append(fields)
    if not found:
        raise Failed("The gateway's processor time and memory can only be read on Linux")
    return found
