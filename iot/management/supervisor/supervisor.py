"""Starts the parts in order, waits until they serve, and ends them in the opposite order within five seconds."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from iot.management.supervisor.part import Part, Plan, Say

READY_SECONDS = 60.0
MOST_FAILURES = 5
LOOK_SECONDS = 0.02
PARTS_END_SECONDS = 2.5
BROKER_END_SECONDS = 1.2


class Failed(Exception):
    """A part did not come up."""


async def run(
    first: Plan | None, others: Sequence[Plan], run_directory: Path, say: Say, when_ready: Callable[[], None]
) -> None:
    """Keep the parts running until SIGINT or SIGTERM; `first` is started before and ended after the others."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    base = [Part(plan, run_directory, say) for plan in (first,) if plan is not None]
    parts = [Part(plan, run_directory, say) for plan in others]
    tasks: list[asyncio.Task[None]] = []
    try:
        for stage in (base, parts):
            tasks += [asyncio.create_task(part.keep()) for part in stage]
            await _until_ready(stage, stopped)
        if not stopped.is_set():
            when_ready()
        await stopped.wait()
    finally:
        await _end(parts, PARTS_END_SECONDS, tasks[len(base) :])
        await _end(base, BROKER_END_SECONDS, tasks[: len(base)])


async def _until_ready(parts: Sequence[Part], stopped: asyncio.Event) -> None:
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    while not stopped.is_set():
        waiting = [part for part in parts if not part.ready.is_set()]
        if not waiting:
            return
        for part in waiting:
            if part.failures >= MOST_FAILURES:
                raise Failed(f"The part {part.plan.name} does not start; its last lines are above.")
        if asyncio.get_running_loop().time() > deadline:
            names = ", ".join(part.plan.name for part in waiting)
            raise Failed(f"Not serving after {READY_SECONDS:g} s: {names}")
        await asyncio.sleep(LOOK_SECONDS)


async def _end(parts: Sequence[Part], seconds: float, tasks: Sequence[asyncio.Task[None]]) -> None:
    for part in parts:
        part.stop()
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for part in parts if late else ():
            part.kill()
        if late:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*late, return_exceptions=True), 0.3)
