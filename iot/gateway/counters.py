"""Counts of what happens here, under CloudWatch's names, handed to the metrics every ten seconds."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)

INTERVAL = 10.0
Write = Callable[[dict[tuple[str, str], float]], Awaitable[None]]


class Counters:
    """The counts of one process since they were last written."""

    def __init__(self, write: Write | None = None) -> None:
        self._write = write
        self._counts: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None

    def add(self, name: str, count: int = 1) -> None:
        self._counts[name] += count

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self.flush()

    async def flush(self) -> None:
        """Write what has been counted; what cannot be written is kept for the next time."""
        counts, self._counts = self._counts, Counter()
        found = {(name, ""): float(count) for name, count in counts.items() if count}
        if not found or self._write is None:
            return
        try:
            await self._write(found)
        except Exception:
            self._counts.update(counts)
            log.exception("Metrics could not be written")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            await self.flush()
