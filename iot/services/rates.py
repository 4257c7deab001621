"""Rates: buckets that fill at a rate and hold two seconds of it; each process counts for itself."""

import time

MAXIMUM_BUCKETS = 100_000
BURST_SECONDS = 2.0
_buckets: dict[str, tuple[float, float]] = {}


def spend(key: str, rate: float) -> bool:
    """Take one from a bucket; says whether there was one. A rate of 0 knows no limit."""
    if not rate:
        return True
    now = time.monotonic()
    if len(_buckets) > MAXIMUM_BUCKETS:
        _buckets.clear()
    full = max(1.0, BURST_SECONDS * rate)
    held, at = _buckets.get(key, (full, now))
    held = min(full, held + (now - at) * rate)
    spent = held >= 1
    _buckets[key] = (held - 1 if spent else held), now
    return spent


def forget() -> None:
    """Fill all buckets."""
    _buckets.clear()
