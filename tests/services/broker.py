"""A broker in memory: what services publish when their transaction is committed."""

import base64
from collections.abc import Callable
from typing import Any, cast

from iot.bridge import outbox
from iot.core.arn import Scope
from iot.core.message import Message

SCOPE = Scope("123456789012", "us-east-1")
ELSEWHERE = Scope("210987654321", "us-east-1")


class Broker:
    """Takes the place of the client and of its loop; acknowledges nothing."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def post(self, message: Message, done: Callable[[int], None]) -> None:
        self.messages.append(message)

    def is_closed(self) -> bool:
        return False

    def call_soon_threadsafe(self, callback: Callable[..., None], *args: Any) -> None:
        callback(*args)

    def attach(self) -> None:
        outbox.attach(cast("Any", self), cast("Any", self))

    def announced(self) -> list[tuple[str, str]]:
        """Take what was announced so far, as (kind, name)."""
        taken, self.messages = self.messages, []
        notices = [message.topic.split("/") for message in taken if message.topic.startswith(outbox.CHANGED_PREFIX)]
        return [(kind, base64.urlsafe_b64decode(name).decode()) for _, kind, name in notices]
