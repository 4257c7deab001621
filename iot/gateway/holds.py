"""What holds back reading from one side: each reason is a bit, and reading goes on when none is left."""

from typing import Protocol

BROKER_FULL, PROXY_WAITS, TOO_MANY_BYTES, TOO_MANY_MESSAGES, BROKER_GONE, DEVICE_FULL = 1, 2, 4, 8, 16, 32


class Readable(Protocol):
    """A side whose reading can be held back."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Hold:
    """The reasons not to read from a side; `side` may come later and go earlier than they do."""

    __slots__ = ("_reasons", "side")

    def __init__(self, side: Readable | None = None) -> None:
        self.side = side
        self._reasons = 0

    def has(self, reason: int) -> bool:
        return bool(self._reasons & reason)

    def set(self, reason: int, on: bool) -> None:
        before, self._reasons = self._reasons, self._reasons | reason if on else self._reasons & ~reason
        if self.side is None or bool(before) == bool(self._reasons):
            return
        if self._reasons:
            self.side.pause_reading()
        else:
            self.side.resume_reading()
