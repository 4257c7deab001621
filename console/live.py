"""What a live viewer is shown of the messages that arrive: which filters it may have, its rows, and its honest counts.

Messages come in one by one and go out in batches. What the page could not show in time is left out and counted. While
a viewer is paused everything is held, up to a limit, and what goes beyond the limit is counted as let go.
"""

import base64
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from iot.core import errors
from iot.core.message import Message, Properties
from iot.core.topic import matches, split_share, validate_filter

BATCH_ROWS = 100
BACKLOG_ROWS = 500
PAUSED_ROWS = 5_000
HELD_BYTES = 32 * 1024 * 1024
SHOWN_BYTES = 16 * 1024
MAXIMUM_FILTERS = 20
COLOURS = 8
OPEN_PREFIX = "$seen/rule/"


@dataclass(frozen=True, slots=True)
class Watch:
    """One subscription of a viewer; `refusal` says why it was not made."""

    topic_filter: str
    qos: int = 0
    refusal: str = ""

    def matches(self, topic: str) -> bool:
        _group, plain = split_share(self.topic_filter)
        return matches(plain, topic, parent=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it arrived: its number in this viewer's stream, when, and by which of its subscriptions."""

    number: int
    at: int
    message: Message
    watches: tuple[int, ...]


def read_watches(values: Iterable[str], *, may_see_reserved: bool, secret_group: str) -> list[Watch]:
    """Read the filters of a query: `filter`, or `0:filter` and `1:filter` with a QoS; none is dropped in silence."""
    found: dict[str, Watch] = {}
    for value in values:
        qos, plain = (int(value[0]), value[2:]) if value[:2] in ("0:", "1:") else (0, value)
        refusal = _refusal(plain, may_see_reserved, secret_group)
        if len(found) >= MAXIMUM_FILTERS and plain not in found:
            refusal = _("A viewer has at most %(count)s subscriptions") % {"count": MAXIMUM_FILTERS}
        found[plain] = Watch(plain, qos, refusal)
    return list(found.values())


def _refusal(topic_filter: str, may_see_reserved: bool, secret_group: str) -> str:
    try:
        group, plain = split_share(topic_filter)
        validate_filter(plain)
    except errors.AwsError as error:
        return error.message
    if group is not None and group == secret_group:
        return _("This group belongs to the bridge: a second member would take its messages away")
    if plain.startswith("$") and not plain.startswith(OPEN_PREFIX) and not may_see_reserved:
        return _("Topics that begin with $ are for operators and administrators")
    if group is not None and not may_see_reserved:
        return _("Shared subscriptions take messages from devices; they are for operators and administrators")
    return ""


class Stream:
    """The messages of one viewer on their way to its page."""

    def __init__(self, watches: list[Watch]) -> None:
        self._watches = watches
        self._waiting: deque[Arrival] = deque()
        self._bytes = 0
        self._told: tuple[int, ...] = ()
        self._limit = BACKLOG_ROWS
        self.paused = False
        self.received = self.sent = self.left_out = self.let_go = 0
        self.per_watch = [0] * len(watches)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, message: Message, at: int) -> None:
        """Take a message in; one that only matches a filter's parent level is not AWS's and is ignored."""
        found = tuple(
            index for index, watch in enumerate(self._watches) if not watch.refusal and watch.matches(message.topic)
        )
        if not found:
            return
        self.received += 1
        for index in found:
            self.per_watch[index] += 1
        self._waiting.append(Arrival(self.received, at, message, found))
        self._bytes += len(message.payload)
        while len(self._waiting) > self._limit or (self._bytes > HELD_BYTES and len(self._waiting) > 1):
            self._drop()

    @property
    def draining(self) -> bool:
        """What a pause has held goes out faster than by one batch a beat."""
        return not self.paused and self._limit > BACKLOG_ROWS

    def pause(self) -> None:
        self.paused, self._limit = True, PAUSED_ROWS

    def resume(self) -> None:
        """Go on; what was held is not dropped for what comes now."""
        self.paused, self._limit = False, PAUSED_ROWS + BACKLOG_ROWS

    def take(self) -> list[Arrival]:
        """Answer the next batch, oldest first; nothing while paused."""
        if self.paused:
            return []
        batch = [self._waiting.popleft() for _ in range(min(BATCH_ROWS, len(self._waiting)))]
        self._bytes -= sum(len(one.message.payload) for one in batch)
        if len(self._waiting) <= BATCH_ROWS:
            self._limit = BACKLOG_ROWS
        self.sent += len(batch)
        return batch

    def counts(self) -> dict[str, Any] | None:
        """Answer the counts where they have changed since they were last asked for."""
        now = (self.received, self.sent, self.left_out, self.let_go, self.waiting, int(self.paused))
        if now == self._told:
            return None
        self._told = now
        names = ("received", "sent", "left_out", "let_go", "waiting")
        return {**dict(zip(names, now, strict=False)), "paused": self.paused, "watches": list(self.per_watch)}

    def _drop(self) -> None:
        self._bytes -= len(self._waiting.popleft().message.payload)
        if self.paused:
            self.let_go += 1
        else:
            self.left_out += 1


def row(arrival: Arrival, limit: int = SHOWN_BYTES) -> dict[str, Any]:
    """Write an arrival as the page's script reads it: text where the payload is UTF-8, else base64, cut at a limit."""
    message = arrival.message
    found: dict[str, Any] = {
        "n": arrival.number,
        "at": arrival.at,
        "topic": message.topic,
        "qos": message.qos,
        "retain": message.retain,
        "size": len(message.payload),
        "watches": list(arrival.watches),
        "properties": written_properties(message.properties),
        **written_payload(message.payload, limit),
    }
    if message.sender is not None:
        sender = message.sender
        found["sender"] = {
            "client_id": sender.client_id,
            "principal": sender.principal,
            "address": sender.address,
            "protocol": sender.protocol,
            "hops": sender.hops,
        }
    return found


def written_payload(payload: bytes, limit: int = SHOWN_BYTES) -> dict[str, Any]:
    """Write a payload for a script: `text` or `base64`, and `cut` where it is longer than the limit."""
    cut = len(payload) > limit
    shown = payload[:limit]
    try:
        text = shown.decode()
    except UnicodeDecodeError as error:
        if not cut or error.start < limit - 3:
            return {"base64": base64.b64encode(shown).decode(), "cut": cut}
        text = shown[: error.start].decode()
    return {"text": text, "cut": cut}


def written_properties(properties: Properties) -> dict[str, Any]:
    """Write the MQTT 5 properties that are present."""
    found: dict[str, Any] = {}
    if properties.content_type is not None:
        found["content_type"] = properties.content_type
    if properties.response_topic is not None:
        found["response_topic"] = properties.response_topic
    if properties.correlation_data is not None:
        found["correlation_data"] = properties.correlation_data.hex()
    if properties.payload_format is not None:
        found["payload_format"] = properties.payload_format
    if properties.message_expiry is not None:
        found["message_expiry"] = properties.message_expiry
    if properties.user_properties:
        found["user_properties"] = [list(pair) for pair in properties.user_properties]
    return found
