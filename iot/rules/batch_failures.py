"""What failed together in one batch of an HTTP action: told to the error action together, in one document of AWS's."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from iot.bridge.client import Delivery
from iot.rules.firing import FailedRequest, Firing, failure_entry, payload_entry

Member = tuple[Firing, FailedRequest]
Tell = Callable[[list[Member]], None]


class Together:
    """The deliveries of several messages, released as one."""

    def __init__(self, deliveries: list[Delivery]) -> None:
        self._deliveries = deliveries

    def release(self) -> None:
        for one in self._deliveries:
            one.release()


class BatchFailures:
    """Gathers the failures of a batch, whose outcomes come in one go, and hands them to `tell`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._groups: dict[tuple[str, int, int], list[Member]] = {}

    def add(self, firing: Firing, one: FailedRequest) -> None:
        """Add a failure. Requests of one batch share one outcome."""
        if not self._groups:
            asyncio.get_running_loop().call_soon(self._flush)
        key = (firing.rule.name, one.bound.index, id(one.failed))
        self._groups.setdefault(key, []).append((firing, one))

    def _flush(self) -> None:
        groups, self._groups = self._groups, {}
        for members in groups.values():
            self._tell(members)


def is_batched(one: FailedRequest) -> bool:
    """Say whether a request went out in a batch of the rule's own making."""
    return one.request is not None and "batch" in one.request


def batch_document(members: list[Member]) -> dict[str, Any]:
    """Write the error document of a batch: one for all its messages."""
    firing, first = members[0]
    across = bool((first.bound.parameters.get("batchConfig") or {}).get("batchAcrossTopics"))
    payloads = []
    for one, _ in members:
        entry = {"id": str(uuid.uuid4()), **payload_entry(one.delivery.message, one.fired.trace)}
        payloads.append({**entry, "topic": one.fired.run.input.topic} if across else entry)
    failure = {
        "affectedIds": [entry["id"] for entry in payloads],
        **failure_entry(first.bound, first.failed.reason),
    }
    topic = {} if across else {"topic": firing.fired.run.input.topic}
    return {"ruleName": firing.rule.name, **topic, "payloadsWithMetadata": payloads, "failures": [failure]}
