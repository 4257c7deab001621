"""How much one device and one address may ask of us: rates and counts, each excess counted under its name.

Two sets are known: AWS's own (strict), and one that keeps a single device from hurting the others but lets a load test
on one machine pass (standard). Any number can be set by itself.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, fields, replace

TRACKED = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates are per second; `burst_seconds` is how many seconds' worth may come at once."""

    publishes: float = 5_000
    bytes: float = 64 * 1024 * 1024
    subscriptions: int = 1_000
    filters: int = 100
    connects_per_client: float = 20
    connects_per_address: float = 2_000
    half_open_per_address: int = 1_000
    connections: int = 100_000
    burst_seconds: float = 4


STANDARD = Limits()
STRICT = Limits(
    publishes=100,
    bytes=512 * 1024,
    subscriptions=50,
    filters=8,
    connects_per_client=1,
    connects_per_address=50,
    half_open_per_address=100,
    burst_seconds=2,
)


def choose_limits(mode: str, changes: dict[str, float]) -> Limits:
    """Answer the limits of a mode with single numbers changed. Raises ValueError for a name that there is not."""
    known = {field.name for field in fields(Limits)}
    if unknown := changes.keys() - known:
        raise ValueError(f"There is no limit called {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    return replace(STRICT if mode == "strict" else STANDARD, **changes)  # type: ignore[arg-type]  # JSON numbers


class Bucket:
    """A token bucket: `take` says whether an amount may pass now, `wait` how long until it may."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = burst
        self._at = time.monotonic()

    def take(self, amount: float = 1) -> bool:
        if self._left < amount:
            now = time.monotonic()
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
            self._at = now
            if self._left < amount:
                return False
        self._left -= amount
        return True

    def spend(self, amount: float) -> float:
        """Take an amount whatever is left; answers the seconds until the bucket is not overdrawn."""
        if self._left >= amount:
            self._left -= amount
            return 0.0
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - amount
        self._at = now
        return max(0.0, -self._left / self._rate)


class Buckets:
    """Buckets by name, the ones longest unused forgotten."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._found: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, name: str) -> bool:
        bucket = self._found.get(name)
        if bucket is None:
            bucket = self._found[name] = Bucket(self._rate, self._burst)
            if len(self._found) > TRACKED:
                self._found.popitem(last=False)
        else:
            self._found.move_to_end(name)
        return bucket.take()


class Admission:
    """Who may open a connection at all, asked before TLS spends anything on it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._addresses = Buckets(limits.connects_per_address, limits.connects_per_address * limits.burst_seconds)
        self._clients = Buckets(limits.connects_per_client, max(1.0, limits.connects_per_client * limits.burst_seconds))
        self._half_open: dict[str, int] = {}
        self.open = 0

    def admit(self, address: str) -> str | None:
        """Take up a new connection; answers why not, or None. Each admitted one is to be released in the end."""
        if self.open >= self._limits.connections:
            return "This gateway has as many connections as it may have"
        if self._half_open.get(address, 0) >= self._limits.half_open_per_address:
            return "The address has too many connections that have not proved themselves"
        if not self._addresses.take(address):
            return "The address connects too often"
        self.open += 1
        self._half_open[address] = self._half_open.get(address, 0) + 1
        return None

    def establish(self, address: str) -> None:
        """Count a connection as proved: from now on its address has one less that is not."""
        left = self._half_open.get(address, 0) - 1
        if left > 0:
            self._half_open[address] = left
        else:
            self._half_open.pop(address, None)

    def release(self, address: str, *, established: bool) -> None:
        """Count a connection as ended."""
        self.open -= 1
        if not established:
            self.establish(address)

    def admit_client(self, client_id: str) -> bool:
        """Say whether a client id may connect again so soon."""
        return self._clients.take(client_id)
