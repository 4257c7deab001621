"""Requests on reserved topics that are answered one by one, each to the connection that asked."""

from collections.abc import Awaitable, Callable

from iot.bridge.batches import Batches
from iot.bridge.client import Delivery
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.topic import Reserved
from iot.services.call import call

Publish = Callable[[list[Message]], Awaitable[None]]
Answer = Callable[[Scope, Reserved, Message], Message]
Item = tuple[Reserved, Delivery]


class Answers:
    """Answers the requests of one area in order; `publish` returns when the broker has acknowledged all messages."""

    def __init__(self, scope: Scope, publish: Publish, answer: Answer) -> None:
        self._scope = scope
        self._publish = publish
        self._answer = answer
        self._batches: Batches[Item] = Batches(self._work, _finish)

    def __len__(self) -> int:
        return len(self._batches)

    def __call__(self, request: Reserved, delivery: Delivery) -> None:
        delivery.hold()
        self._batches.add((request, delivery))

    async def run(self) -> None:
        """Answer for ever."""
        await self._batches.run()

    async def _work(self, items: list[Item]) -> None:
        for request, delivery in items:
            answer = await call(self._answer, self._scope, request, delivery.message)
            await self._publish([answer])


def _finish(item: Item) -> None:
    item[1].release()
