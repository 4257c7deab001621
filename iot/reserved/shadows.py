"""Shadow requests over MQTT: in order, a batch in one transaction, then the answers, then the acknowledgements."""

from collections.abc import Awaitable, Callable

from iot.bridge.batches import Batches
from iot.bridge.client import Delivery
from iot.bridge.crash import crash_point
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.topic import Reserved
from iot.services import metrics, shadows
from iot.services.call import call
from iot.services.shadows import ShadowRequest

Publish = Callable[[list[Message]], Awaitable[None]]
Item = tuple[ShadowRequest, Delivery]

_OPERATIONS = {"get": "GetThingShadow", "update": "UpdateThingShadow", "delete": "DeleteThingShadow"}


class ShadowAnswers:
    """Answers shadow requests; `publish` returns when the broker has acknowledged all messages."""

    def __init__(self, scope: Scope, publish: Publish) -> None:
        self._scope = scope
        self._publish = publish
        self._batches: Batches[Item] = Batches(self._work, _finish)

    def __len__(self) -> int:
        return len(self._batches)

    def __call__(self, request: Reserved, delivery: Delivery) -> None:
        sender = delivery.message.sender
        if sender is not None and sender.protocol == "will":
            # AWS: a will message on a reserved shadow topic is ignored by the shadow service.
            return
        delivery.hold()
        payload = delivery.message.payload
        actor = "" if sender is None else sender.principal or sender.client_id
        asked = ShadowRequest(request.operation, request.subject, request.detail, payload, actor)
        self._batches.add((asked, delivery))

    async def run(self) -> None:
        """Answer for ever."""
        await self._batches.run()

    async def _work(self, items: list[Item]) -> None:
        messages = await call(shadows.answer, self._scope, [request for request, _ in items])
        await self._publish(messages)
        _count(messages)
        crash_point("after-work")


def _finish(item: Item) -> None:
    item[1].release()


def _count(messages: list[Message]) -> None:
    for message in messages:
        _, operation, outcome = message.topic.rsplit("/", 2)
        if outcome in ("accepted", "rejected"):
            metrics.count(f"{_OPERATIONS[operation]}.{outcome.capitalize()}")
