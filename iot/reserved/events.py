"""What gateways report: who is connected, who subscribed to what, and what was published to be retained."""

from dataclasses import replace

from iot.bridge.batches import Batches
from iot.bridge.client import Delivery
from iot.core.arn import Scope
from iot.services import connections, messages
from iot.services.call import call

RETAINED = "$retained/"
FILTERS = (f"{connections.PRESENCE}+/+", f"{connections.SUBSCRIPTIONS}+/+", f"{RETAINED}#")


class Events:
    """Takes reports into the database; a delivery is released when its report is committed."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._presence: Batches[Delivery] = Batches(self._absorb, Delivery.release)
        self._retained: Batches[Delivery] = Batches(self._keep, Delivery.release)

    def __len__(self) -> int:
        return len(self._presence) + len(self._retained)

    def __call__(self, delivery: Delivery) -> None:
        topic = delivery.message.topic
        if topic.startswith(RETAINED):
            delivery.hold()
            self._retained.add(delivery)
        elif topic.startswith((connections.PRESENCE, connections.SUBSCRIPTIONS)):
            delivery.hold()
            self._presence.add(delivery)

    async def run_presence(self) -> None:
        """Take connections in for ever."""
        await self._presence.run()

    async def run_retained(self) -> None:
        """Take retained messages in for ever."""
        await self._retained.run()

    async def _absorb(self, deliveries: list[Delivery]) -> None:
        await call(connections.absorb, self._scope, [one.message for one in deliveries])

    async def _keep(self, deliveries: list[Delivery]) -> None:
        kept = [replace(one.message, topic=one.message.topic[len(RETAINED) :]) for one in deliveries]
        await call(messages.keep_retained, self._scope, kept)
