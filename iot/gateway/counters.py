"""Counts of what happens here, under CloudWatch's names, handed to the metrics every ten seconds.

How many clients are connected is asked of the registry: every gateway sets the same number, that of them all.
"""

import asyncio
import contextlib
import logging
from collections import Counter

from iot.core.arn import Scope
from iot.services import gateway_clients, metrics
from iot.services.call import call

log = logging.getLogger(__name__)

INTERVAL = 10.0


class Counters:
    """The counts of one process since they were last written."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
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
        try:
            found["Connections", ""] = float(await call(gateway_clients.count_connected, self._scope))
            await call(metrics.add, self._scope, found)
        except Exception:
            self._counts.update(counts)
            log.exception("Metrics could not be written")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            await self.flush()
