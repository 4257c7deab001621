"""Rates and counts, with a clock that the test turns."""

import time

import pytest

from iot.gateway import limits
from iot.gateway.limits import STANDARD, STRICT, Admission, Bucket, Buckets, choose_limits


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "monotonic", found)
    return found


def test_a_mode_chooses_the_limits_and_single_numbers_may_differ() -> None:
    assert choose_limits("standard", {}) == STANDARD
    assert choose_limits("strict", {"publishes": 7}).publishes == 7
    assert choose_limits("strict", {"publishes": 7}).filters == STRICT.filters
    with pytest.raises(ValueError, match="no limit called speed"):
        choose_limits("strict", {"speed": 1})


def test_strict_limits_are_those_of_aws() -> None:
    assert (STRICT.publishes, STRICT.bytes, STRICT.subscriptions, STRICT.filters) == (100, 512 * 1024, 50, 8)
    assert (STRICT.connects_per_client, STRICT.connects_per_address) == (1, 50)


def test_a_bucket_gives_its_burst_and_then_its_rate(clock: Clock) -> None:
    bucket = Bucket(rate=2, burst=3)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [bucket.take(), bucket.take()] == [True, False]
    clock.now += 100
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_what_is_overdrawn_says_how_long_to_wait(clock: Clock) -> None:
    bucket = Bucket(rate=10, burst=20)
    assert bucket.spend(15) == 0
    assert bucket.spend(15) == pytest.approx(1.0)
    clock.now += 1.5
    assert bucket.spend(5) == 0
    assert bucket.spend(1) == pytest.approx(0.1)


def test_buckets_are_kept_by_name_and_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRACKED", 2)
    buckets = Buckets(rate=1, burst=1)
    assert buckets.take("a")
    assert not buckets.take("a")
    assert buckets.take("b")
    assert buckets.take("c")
    assert not buckets.take("c")
    assert buckets.take("a")


def test_connections_are_counted_in_all_and_by_address(clock: Clock) -> None:
    admission = Admission(choose_limits("standard", {"connections": 3, "half_open_per_address": 2}))
    assert admission.admit("a") is None
    assert admission.admit("a") is None
    assert "not proved" in (admission.admit("a") or "")
    admission.establish("a")
    assert admission.admit("a") is None
    assert "as many connections" in (admission.admit("b") or "")
    admission.release("a", established=True)
    admission.release("a", established=False)
    assert admission.open == 1
    assert admission.admit("a") is None


def test_addresses_and_clients_may_connect_only_so_often(clock: Clock) -> None:
    admission = Admission(
        choose_limits("standard", {"connects_per_address": 1, "connects_per_client": 1, "burst_seconds": 1})
    )
    assert admission.admit("a") is None
    assert "too often" in (admission.admit("a") or "")
    assert admission.admit("b") is None
    assert admission.admit_client("c")
    assert not admission.admit_client("c")
    clock.now += 1
    assert admission.admit("a") is None
    assert admission.admit_client("c")
