"""The shared subscription: one session that keeps order, whose messages are acknowledged after their work.

Topics that begin with `$` are subscribed to plainly, by the first consumer alone: Mosquitto matches none of them for a
shared subscription (seen with 2.0.11), and what is asked there needs one order anyway.

Handlers are handed in. Each sees every message at once and synchronously; one whose work takes longer holds the
delivery and releases it when the work is done. The broker's window bounds what is held of QoS 1; for QoS 0, which has
no window, and for Mosquitto before 2.0.22, which does not keep to it where its queues are unbounded, the consumer stops
reading while as much waits.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from iot.bridge.client import Client, Delivery
from iot.core.topic import SHARE_PREFIX, cover

log = logging.getLogger(__name__)

SESSION_EXPIRY = 7 * 24 * 3600
WINDOW = 1000
MOST_FILTERS = 200
SUBSCRIBE_AT_ONCE = 50
BACKLOG = WINDOW
BACKLOG_CHECK = 0.05

Handler = Callable[[Delivery], None]


class Consumer:
    """The consuming session `client_id` in the group `group`; `first` says that it is the one for topics with `$`.

    Without a group it is the only one, and subscribes plainly: Mosquitto 2.0.11 does not save shared subscriptions, so
    that what comes between its restart and ours would be lost.

    A session outlives its process, and so do its subscriptions; `subscribed` are those that `remember` was last
    called with, so that those no longer wanted can be ended. `backlog` says how much work waits.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        group: str,
        handlers: Sequence[Handler],
        *,
        first: bool = True,
        subscribed: Iterable[str] = (),
        remember: Callable[[list[str]], Awaitable[None]],
        backlog: Callable[[], int],
    ) -> None:
        self._prefix = f"{SHARE_PREFIX}{group}/" if group else ""
        self._first = first
        self._handlers = tuple(handlers)
        self._stored = set(subscribed)
        self._subscribed: set[str] = set()
        self._remember = remember
        self._backlog = backlog
        self._changing = asyncio.Lock()
        self._paused = False
        self._count = 0
        self.client = Client(
            url,
            client_id,
            session_expiry=SESSION_EXPIRY,
            receive_maximum=WINDOW,
            on_delivery=self._deliver,
            on_connected=self._connected,
        )

    async def listen(self, filters: Iterable[str]) -> None:
        """Subscribe to a cover of the filters, and to nothing else."""
        async with self._changing:
            covering = await asyncio.get_running_loop().run_in_executor(
                None, subscriptions, self._prefix, list(filters), self._first
            )
            stale = self._stored - covering
            if covering != self._stored:
                await self._remember(sorted(covering | stale))
            await self._subscribe(sorted(covering - self._subscribed))
            # After the new ones, so that nothing is missed; what both match for a moment comes twice.
            await self.client.unsubscribe(*stale)
            self._stored = self._subscribed = covering
            if stale:
                await self._remember(sorted(covering))

    async def run(self) -> None:
        """Watch over the backlog for ever."""
        while True:
            await asyncio.sleep(BACKLOG_CHECK)
            if self._paused and self._backlog() < BACKLOG // 2:
                self._paused = False
                self.client.resume_reading()

    async def _subscribe(self, filters: list[str]) -> None:
        for start in range(0, len(filters), SUBSCRIBE_AT_ONCE):
            some = filters[start : start + SUBSCRIBE_AT_ONCE]
            codes = await self.client.subscribe(*some, retained=False)
            for topic_filter, code in zip(some, codes, strict=False):
                if code >= 0x80:
                    log.error("The broker refuses the subscription %s with reason code 0x%02X", topic_filter, code)

    def _deliver(self, delivery: Delivery) -> None:
        for handle in self._handlers:
            try:
                handle(delivery)
            except Exception:
                log.exception("A message on %s could not be handled", delivery.message.topic)
        delivery.release()
        self._count += 1
        if self._count % 100 == 0 and not self._paused and self._backlog() > BACKLOG:
            self._paused = True
            self.client.pause_reading()

    def _connected(self, session_present: bool) -> None:
        self._paused = False
        if self._stored and not session_present:
            log.warning(
                "The broker has lost the bridge's session, and with it what it queued while the bridge was away"
            )


def subscriptions(prefix: str, filters: Iterable[str], first: bool) -> set[str]:
    """Answer the subscriptions that cover filters: shared ones, and plain ones where a filter begins with `$`."""
    covering = cover(coarsen(filters, MOST_FILTERS))
    shared = {prefix + topic_filter for topic_filter in covering if not topic_filter.startswith("$")}
    return shared | {topic_filter for topic_filter in covering if first and topic_filter.startswith("$")}


def coarsen(filters: Iterable[str], most: int) -> set[str]:
    """Cut filters short, the longest first, until no more than `most` are left."""
    found = set(filters)
    depth = max((topic_filter.count("/") for topic_filter in found), default=0)
    while len(found) > most and depth > 0:
        found = {_cut(topic_filter, depth) for topic_filter in found}
        depth -= 1
    return found


def _cut(topic_filter: str, depth: int) -> str:
    levels = topic_filter.split("/")
    return topic_filter if len(levels) <= depth else "/".join([*levels[:depth], "#"])
