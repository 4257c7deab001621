"""What a device may hear of behind a broker that saves what it acknowledged only later: nothing that may be lost still.

A broker that saves between two turns has saved what it acknowledged when it answers what came after that. So a PINGREQ
of ours follows each run of acknowledgements, and they wait, with what comes later, for its PINGRESP.
"""

from collections import deque

PINGREQ = b"\xc0\0"
_ACKNOWLEDGING = frozenset((b"\x40", b"\x50", b"\x70"))


class Barrier:
    """Packets on their way to one device: those that wait for the broker's next answer, and those that have waited."""

    __slots__ = ("_passed", "_pings", "_sealed")

    def __init__(self) -> None:
        self._sealed: list[bytes] = []
        self._passed: list[bytes] = []
        self._pings: deque[bool] = deque()  # which PINGREQ on their way to the broker are the device's

    def asked(self) -> None:
        """Take note of a PINGREQ of the device's."""
        self._pings.append(True)

    def answered(self) -> bool:
        """Answer whether a PINGRESP is the device's; one that answers ours lets through what waited for it."""
        if not self._pings or self._pings.popleft():
            return True
        self._passed += self._sealed
        self._sealed.clear()
        return False

    def seal(self, down: list[bytes]) -> bool:
        """Take what is on its way down if an acknowledgement is among it; answer whether a PINGREQ must follow."""
        if self._sealed or not any(part[:1] in _ACKNOWLEDGING for part in down):
            return False
        self._sealed += down
        down.clear()
        self._pings.append(False)
        return True

    def through(self, down: list[bytes]) -> list[bytes]:
        """Answer what may be written to the device; what is behind a seal stays in `down`."""
        if not self._sealed:
            self._passed += down
            down.clear()
        return self._passed

    def give_up(self, down: list[bytes]) -> None:
        """Forget what was not let through: not acknowledged, it comes again."""
        self._sealed.clear()
        down.clear()
