"""Buckets."""

from collections.abc import Iterator

import pytest

from iot.services import rates


@pytest.fixture(autouse=True)
def _full() -> Iterator[None]:
    rates.forget()
    yield
    rates.forget()


def test_a_bucket_holds_two_seconds_and_fills_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("iot.services.rates.time.monotonic", lambda: now[0])
    assert [rates.spend("a", 2) for _ in range(5)] == [True] * 4 + [False]
    assert rates.spend("b", 2)
    now[0] += 1
    assert [rates.spend("a", 2) for _ in range(3)] == [True, True, False]
    now[0] += 100
    assert [rates.spend("a", 2) for _ in range(5)] == [True] * 4 + [False]


def test_a_slow_rate_still_lets_one_through() -> None:
    assert [rates.spend("a", 0.1) for _ in range(2)] == [True, False]


def test_no_rate_is_no_limit() -> None:
    assert all(rates.spend("a", 0) for _ in range(1000))


def test_the_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MAXIMUM_BUCKETS", 3)
    for number in range(10):
        assert rates.spend(str(number), 1)
    assert len(rates._buckets) <= 4
