"""Work done in batches: what arrived while the last batch was worked on is the next one."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Generic, TypeVar

from django.db import InterfaceError, OperationalError

log = logging.getLogger(__name__)

T = TypeVar("T")
SIZE = 256
LONGEST_PAUSE = 5.0


class Batches(Generic[T]):
    """A queue whose items are worked on in order, many at once, and `finished` one by one.

    `work` may fail. While the database does not answer the same batch is tried again, for ever; a batch that fails
    otherwise is tried item by item, and an item that fails alone is logged and finished, so that it harms no other.
    """

    def __init__(
        self, work: Callable[[list[T]], Awaitable[None]], finished: Callable[[T], None], *, size: int = SIZE
    ) -> None:
        self._work = work
        self._finished = finished
        self._size = size
        self._items: list[T] = []
        self._filled = asyncio.Event()
        self._busy = 0

    def __len__(self) -> int:
        return len(self._items) + self._busy

    def add(self, item: T) -> None:
        """Queue an item."""
        self._items.append(item)
        self._filled.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self._filled.wait()
            batch, self._items = self._items[: self._size], self._items[self._size :]
            if not self._items:
                self._filled.clear()
            with self._counted(batch):
                await self._try(batch)
            for item in batch:
                self._finished(item)

    @contextlib.contextmanager
    def _counted(self, batch: list[T]) -> Iterator[None]:
        self._busy = len(batch)
        try:
            yield
        finally:
            self._busy = 0

    async def _try(self, batch: list[T]) -> None:
        pause = 0.1
        while True:
            try:
                await self._work(batch)
                return
            except (OperationalError, InterfaceError) as error:
                log.warning("The database does not answer: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                if len(batch) == 1:
                    log.exception("%r could not be worked on", batch[0])
                    return
                break
        for item in batch:
            await self._try([item])
