"""The supervisor: first things first, everything ended, a part that does not start named."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from iot.management.supervisor import supervisor
from iot.management.supervisor.part import Plan


def plan(name: str, program: str) -> Plan:
    return Plan(name, (sys.executable, "-uc", program))


LIVES = "print('started'); print('ready'); import time; time.sleep(60)"


async def test_the_others_start_when_the_first_serves_and_a_signal_ends_all(tmp_path: Path) -> None:
    said: list[str] = []
    slow = "import time; time.sleep(0.3); " + LIVES
    await asyncio.wait_for(
        supervisor.run(
            plan("broker", slow),
            [plan("web", LIVES), plan("gateway", LIVES)],
            tmp_path,
            lambda name, text: said.append(name),
            lambda: os.kill(os.getpid(), signal.SIGTERM),
        ),
        20,
    )
    assert said[0] == "broker"
    assert set(said[1:]) == {"web", "gateway"}
    assert not alive(tmp_path)


def alive(run: Path) -> list[str]:
    return [path.name for path in run.iterdir() if Path("/proc", path.read_text()).exists()]


async def test_one_that_keeps_dying_is_named(tmp_path: Path) -> None:
    with pytest.raises(supervisor.Failed, match="The part web does not start"):
        await supervisor.run(None, [plan("web", "raise SystemExit(1)")], tmp_path, lambda *_: None, lambda: None)


async def test_one_that_does_not_end_is_killed_within_five_seconds(tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); " + LIVES
    started = 0.0

    def ready() -> None:
        nonlocal started
        started = time.monotonic()
        os.kill(os.getpid(), signal.SIGTERM)

    await supervisor.run(plan("broker", LIVES), [plan("web", deaf)], tmp_path, lambda *_: None, ready)
    assert time.monotonic() - started < 5
