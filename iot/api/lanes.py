"""Threads that serve requests, and the order in which they do.

On SQLite one writer at a time holds the database, and a commit waits for the disk. So quick writes that wait at the
same moment share one transaction and are answered after its commit: what costs a commit each when they come one by
one costs one for all of them under load. Short reads have a thread of their own; what computes long or calls out has a
pool. On PostgreSQL, where writers do not wait for each other, all share the pool.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

from django.db import close_old_connections

from iot.services.writing import one_commit

log = logging.getLogger(__name__)

MAXIMUM_BATCH = 64
POOL_THREADS = 8
R = TypeVar("R")
Work = Callable[[], Any]
_Item = tuple[Work, asyncio.AbstractEventLoop, asyncio.Future[R]]


class Lane(Generic[R]):
    """One thread that takes what waits, does it in order, and answers it together."""

    def __init__(self, name: str, run: Callable[[list[Work]], list[Any]]) -> None:
        self._name = name
        self._run = run
        self._waiting: deque[_Item[R]] = deque()
        self._arrived = threading.Semaphore(0)
        self._thread: threading.Thread | None = None

    async def submit(self, work: Work) -> R:
        """Have work done by this lane's thread and answer what it returns."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((work, loop, future))
        self._arrived.release()
        return await future

    def _serve(self) -> None:
        while True:
            self._arrived.acquire()
            batch = [self._waiting.popleft()]
            while len(batch) < MAXIMUM_BATCH and self._arrived.acquire(blocking=False):
                batch.append(self._waiting.popleft())
            outcomes = self._run([work for work, _, _ in batch])
            answers: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[R], R | Exception]]] = {}
            for (_, loop, future), outcome in zip(batch, outcomes, strict=True):
                answers.setdefault(loop, []).append((future, outcome))
            for loop, found in answers.items():
                loop.call_soon_threadsafe(_resolve, found)


def run_each(works: list[Work]) -> list[Any]:
    """Do work after work, each for itself."""
    close_old_connections()
    return [_attempt(work) for work in works]


def run_together(works: list[Work]) -> list[Any]:
    """Do works in one transaction.

    A work first prepares itself outside of the transaction: it answers at once, or what is left to do within. What is
    left to do must undo itself where it fails (services do, by a savepoint). Where the transaction cannot be
    committed, all that were in it answer that error.
    """
    close_old_connections()
    outcomes = [_attempt(work) for work in works]
    waiting = [index for index, outcome in enumerate(outcomes) if callable(outcome)]
    if waiting:
        try:
            with one_commit():
                done = [(index, _attempt(outcomes[index])) for index in waiting]
        except Exception as error:
            log.warning("%d writes that shared a transaction are answered as failed: %s", len(waiting), error)
            done = [(index, error) for index in waiting]
        for index, outcome in done:
            outcomes[index] = outcome
    return outcomes


def _attempt(work: Work) -> Any:
    try:
        return work()
    except Exception as error:
        return error


def _resolve(found: list[tuple[asyncio.Future[R], R | Exception]]) -> None:
    for future, outcome in found:
        if future.cancelled():
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


pool = ThreadPoolExecutor(max_workers=POOL_THREADS, thread_name_prefix="api")


async def in_pool(work: Callable[[], R]) -> R:
    """Have work done by a thread of the pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, _alone, work)


def _alone(work: Callable[[], R]) -> R:
    close_old_connections()
    return work()
