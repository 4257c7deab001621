"""A stream and a broker in memory, and what they were told."""

from dataclasses import dataclass, field

from iot.core.message import Message
from iot.gateway.stream import Peer


@dataclass(slots=True)
class MemoryStream:
    """A stream that keeps what is written."""

    peer: Peer = field(default_factory=lambda: Peer("10.0.0.1", 4711))
    written: bytes = b""
    is_closed: bool = False
    is_paused: bool = False
    is_established: bool = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = True

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def establish(self) -> None:
        self.is_established = True


@dataclass(slots=True)
class MemoryBroker:
    """A broker that keeps what is published; with `error` set it fails instead."""

    messages: list[Message] = field(default_factory=list)
    error: Exception | None = None
    attempts: int = 0

    async def publish(self, message: Message) -> None:
        self.attempts += 1
        if self.error is not None:
            raise self.error
        self.messages.append(message)

    @property
    def topics(self) -> list[str]:
        return [message.topic for message in self.messages]
