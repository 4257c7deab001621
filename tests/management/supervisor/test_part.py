"""A part: its lines are said, it is ready when it says so, it comes back when it dies, its children go with it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from iot.management.supervisor.part import Part, Plan

SECONDS = 15


def part(tmp_path: Path, program: str, said: list[str]) -> Part:
    return Part(
        Plan("one", (sys.executable, "-uc", program)), tmp_path, lambda name, text: said.append(f"{name}: {text}")
    )


async def until(predicate: Callable[[], object]) -> None:
    async with asyncio.timeout(SECONDS):
        while not predicate():  # noqa: ASYNC110  # another process makes it true
            await asyncio.sleep(0.01)


async def end(one: Part, task: "asyncio.Task[None]") -> None:
    one.stop()
    await asyncio.wait_for(task, SECONDS)


async def test_it_says_its_lines_and_is_ready_when_it_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    one = part(tmp_path, "print('hello'); print('ready to serve'); import time; time.sleep(60)", said)
    task = asyncio.create_task(one.keep())
    await asyncio.wait_for(one.ready.wait(), SECONDS)
    assert said == ["one: hello"]
    await end(one, task)


async def test_it_is_started_again_when_it_is_killed(tmp_path: Path) -> None:
    said: list[str] = []
    one = part(tmp_path, "print('ready'); import time; time.sleep(60)", said)
    task = asyncio.create_task(one.keep())
    await asyncio.wait_for(one.ready.wait(), SECONDS)
    first = int((tmp_path / "one.pid").read_text())
    os.kill(first, signal.SIGKILL)
    await until(lambda: int((tmp_path / "one.pid").read_text()) != first and one.ready.is_set())
    assert said == ["one: ended (SIGKILL); starting it again in 0.1 s"]
    assert one.failures == 1
    await end(one, task)


async def test_it_waits_longer_each_time(tmp_path: Path) -> None:
    said: list[str] = []
    one = part(tmp_path, "raise SystemExit(3)", said)
    task = asyncio.create_task(one.keep())
    await until(lambda: len(said) >= 3)
    assert [line.rsplit(" in ", 1)[1] for line in said[:3]] == ["0.1 s", "0.2 s", "0.4 s"]
    assert "exit code 3" in said[0]
    await end(one, task)


async def test_what_it_has_started_ends_with_it(tmp_path: Path) -> None:
    program = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('child', child.pid); print('ready'); time.sleep(60)"
    )
    said: list[str] = []
    one = part(tmp_path, program, said)
    task = asyncio.create_task(one.keep())
    await asyncio.wait_for(one.ready.wait(), SECONDS)
    child = int(said[0].split()[-1])
    await end(one, task)
    await until(lambda: not alive(child))


async def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    program = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready'); time.sleep(60)"
    one = part(tmp_path, program, [])
    task = asyncio.create_task(one.keep())
    await asyncio.wait_for(one.ready.wait(), SECONDS)
    one.stop()
    one.kill()
    await asyncio.wait_for(task, SECONDS)


async def test_a_port_that_answers_means_ready(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    plan = Plan("one", (sys.executable, "-c", "import time; time.sleep(60)"), port=port)
    one = Part(plan, tmp_path, lambda name, text: None)
    task = asyncio.create_task(one.keep())
    await asyncio.wait_for(one.ready.wait(), SECONDS)
    await end(one, task)
    server.close()
    await server.wait_closed()


def alive(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


@pytest.mark.parametrize("name", ["A", "B"])
async def test_the_environment_reaches_it(tmp_path: Path, name: str) -> None:
    said: list[str] = []
    plan = Plan(
        "one", (sys.executable, "-uc", "import os; print(os.environ['GIVEN']); print('ready')"), {"GIVEN": name}
    )
    one = Part(plan, tmp_path, lambda _, text: said.append(text))
    task = asyncio.create_task(one.keep())
    await asyncio.wait_for(one.ready.wait(), SECONDS)
    await end(one, task)
    assert said[0] == name
