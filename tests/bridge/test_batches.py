import asyncio
import contextlib

import pytest
from django.db import OperationalError

from iot.bridge.batches import Batches


class Finished(list[int]):
    """The items that are finished; `enough` is set when there are as many as wanted."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self.wanted = wanted
        self.enough = asyncio.Event()

    def __call__(self, item: int) -> None:
        self.append(item)
        if len(self) == self.wanted:
            self.enough.set()


async def worked(batches: Batches[int], finished: Finished) -> None:
    """Let a queue work until as many items are finished as wanted."""
    running = asyncio.create_task(batches.run())
    async with asyncio.timeout(10):
        await finished.enough.wait()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_what_waits_is_one_batch_in_order_and_bounded() -> None:
    seen: list[list[int]] = []
    finished = Finished(7)

    async def work(items: list[int]) -> None:
        seen.append(items)

    batches: Batches[int] = Batches(work, finished, size=3)
    for item in range(7):
        batches.add(item)
    assert len(batches) == 7
    await worked(batches, finished)
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]
    assert finished == list(range(7))
    assert len(batches) == 0


async def test_an_item_that_fails_alone_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    finished = Finished(5)

    async def work(items: list[int]) -> None:
        if 2 in items:
            raise ValueError("no two")
        done.extend(items)

    batches: Batches[int] = Batches(work, finished)
    for item in range(5):
        batches.add(item)
    await worked(batches, finished)
    assert done == [0, 1, 3, 4]
    assert finished == [0, 1, 2, 3, 4]
    assert "2 could not be worked on" in caplog.text


async def test_a_database_that_does_not_answer_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0
    finished = Finished(1)

    async def work(items: list[int]) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OperationalError("database is locked")

    batches: Batches[int] = Batches(work, finished)
    batches.add(1)
    await worked(batches, finished)
    assert tries == 3
    assert "database is locked" in caplog.text


async def test_nothing_is_finished_before_its_work(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()
    finished = Finished(1)

    async def work(items: list[int]) -> None:
        await gate.wait()

    batches: Batches[int] = Batches(work, finished)
    batches.add(1)
    running = asyncio.create_task(batches.run())
    await asyncio.sleep(0.01)
    assert finished == []
    assert len(batches) == 1
    gate.set()
    async with asyncio.timeout(10):
        await finished.enough.wait()
    running.cancel()
