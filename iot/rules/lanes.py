"""Lanes: the requests to one destination, in batches, a few calls at a time.

While calls are under way requests gather, and the next call takes as many as the service allows. A destination that
keeps requests waiting too long holds up nothing else: what cannot be sent in time is kept for a retry instead.
"""

import asyncio
import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from inspect import isawaitable
from typing import Any

from iot.rules.action import Action, ActionError, Done, Failed, Request
from iot.rules.aws import failed
from iot.rules.targets import Targets
from iot.services.web import NotAllowed

log = logging.getLogger(__name__)

PATIENCE = 2.0
DEFERRED = Failed("The destination is slow: the request was kept for later")
THREADS = 16
LANES = 1000


class Lanes:
    """All lanes of a process, and the threads that they share."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._most = LANES
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="actions")

    def __len__(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    def submit(self, action: Action, request: Request, done: Done, *, patient: bool = False) -> None:
        """Carry out a request, at once or after those before it; `done` hears what came of it.

        One that is not patient hears DEFERRED where those before it wait too long already.
        """
        key = (action.name, action.lane(request))
        lane = self._lanes.get(key)
        if lane is None:
            self._forget_idle()
            lane = self._lanes[key] = _Lane(action, self._targets, self._threads)
        lane.submit(request, done, patient)

    def _forget_idle(self) -> None:
        """A lane may be of one topic, and topics may be many."""
        if len(self._lanes) >= self._most:
            self._lanes = {key: lane for key, lane in self._lanes.items() if len(lane)}
            self._most = max(LANES, 2 * len(self._lanes))

    def close(self) -> None:
        """Start nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Lane:
    def __init__(self, action: Action, targets: Targets, threads: ThreadPoolExecutor) -> None:
        self._action = action
        self._targets = targets
        self._threads = threads
        self._waiting: deque[tuple[float, Request, Done, bool]] = deque()
        self._busy = 0
        self._calls = 0
        self._watched = False
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._waiting) + self._busy

    def submit(self, request: Request, done: Done, patient: bool) -> None:
        now = time.monotonic()
        if not self._watched:
            self._watched = True
            asyncio.get_running_loop().call_later(PATIENCE, self._watch)
        if not patient and self._waiting and now - self._waiting[0][0] > PATIENCE:
            done(DEFERRED)
            return
        self._waiting.append((now, request, done, patient))
        linger = self._action.linger(request)
        if linger and len(self._waiting) < self._action.most(request):
            asyncio.get_running_loop().call_later(linger, self._pump)
        else:
            self._pump()

    def _pump(self) -> None:
        self._defer()
        while self._waiting and self._calls < self._action.concurrency:
            batch = self._take()
            self._calls += 1
            self._busy += len(batch)
            task = asyncio.get_running_loop().create_task(self._call(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _watch(self) -> None:
        """Look at the waiting now and then, also while nothing comes and no call ends."""
        self._defer()
        self._watched = bool(self._waiting)
        if self._watched:
            asyncio.get_running_loop().call_later(PATIENCE, self._watch)

    def _defer(self) -> None:
        """Keep for later what has waited too long, but for as many as go out next."""
        before = time.monotonic() - PATIENCE
        while len(self._waiting) > self._action.batch and not self._waiting[-1][3] and self._waiting[0][0] < before:
            _, _, done, _ = self._waiting.pop()
            done(DEFERRED)

    def _take(self) -> list[tuple[Request, Done]]:
        batch: list[tuple[Request, Done]] = []
        size = 0
        most, most_bytes = self._action.most(self._waiting[0][1]), self._action.most_bytes(self._waiting[0][1])
        while self._waiting and len(batch) < most:
            size += weight(self._waiting[0][1])
            if batch and size > most_bytes:
                break
            _, request, done, _ = self._waiting.popleft()
            batch.append((request, done))
        return batch

    async def _call(self, batch: list[tuple[Request, Done]]) -> None:
        requests = [request for request, _ in batch]
        try:
            results = await carry_out(self._action, self._targets, requests, self._threads)
        finally:
            self._calls -= 1
            self._busy -= len(batch)
        for (_, done), result in zip(batch, results, strict=True):
            try:
                done(result)
            except Exception:
                log.exception("The outcome of an action could not be handled")
        self._pump()


async def carry_out(
    action: Action, targets: Targets, requests: list[Request], threads: ThreadPoolExecutor
) -> list[Failed | None]:
    """Carry out requests in one call; every one has a result, whatever happens."""
    send = action.send
    if send is None:
        raise ActionError(f"{action.name} has nothing to send")
    try:
        if asyncio.iscoroutinefunction(send):
            answered: Any = send(targets, requests)
        else:
            answered = asyncio.get_running_loop().run_in_executor(threads, send, targets, requests)
        results: list[Failed | None] = await answered if isawaitable(answered) else answered
    except (ActionError, NotAllowed) as error:
        return [Failed(str(error), final=True)] * len(requests)
    except Exception as error:
        log.debug("The action %s failed", action.name, exc_info=True)
        return [failed(error)] * len(requests)
    return results


def weight(request: Request) -> int:
    """About how many bytes a request has; in a batch of the rule's own making only its element counts."""
    if "batch" in request:
        return len(request["body"]) + 1
    return sum(len(value) for value in request.values() if isinstance(value, bytes | str)) + 64
