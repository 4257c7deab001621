"""Records the messages of the filters that someone asked to record, for backtests of rules."""

import time

from iot.bridge.batches import Batches
from iot.bridge.client import Delivery
from iot.core.arn import Scope
from iot.core.filter_tree import FilterTree
from iot.core.message import Message
from iot.services import recorder
from iot.services.call import call

MOST_WAITING = 2_000

Entry = tuple[str, float, Message]


class Recording:
    """Sees every message; without filters to record it costs nothing. What it cannot keep up with it leaves out."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._tree: FilterTree[str] = FilterTree()
        self._ends: dict[str, float] = {}
        self._batches: Batches[Entry] = Batches(self._keep, lambda entry: None)

    @property
    def filters(self) -> set[str]:
        """The filters that are recorded."""
        return set(self._ends)

    async def load(self) -> None:
        """Learn which filters are recorded."""
        self._ends = await call(recorder.recorded_filters, self._scope)
        self._tree = FilterTree()
        for topic_filter in self._ends:
            self._tree.add(topic_filter, topic_filter)

    async def run(self) -> None:
        """Keep messages for ever."""
        await self._batches.run()

    def __call__(self, delivery: Delivery) -> None:
        if not self._ends or len(self._batches) > MOST_WAITING:
            return
        now = time.time()
        for topic_filter in self._tree.find(delivery.message.topic):
            if self._ends[topic_filter] > now:
                self._batches.add((topic_filter, now, delivery.message))

    async def _keep(self, entries: list[Entry]) -> None:
        await call(recorder.keep, self._scope, entries)
