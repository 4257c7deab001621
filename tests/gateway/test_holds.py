"""Reading goes on when no reason is left not to."""

from iot.gateway.holds import BROKER_FULL, DEVICE_FULL, Hold
from tests.gateway.fakes import MemoryStream


def test_reading_goes_on_when_the_last_reason_is_gone() -> None:
    stream = MemoryStream()
    hold = Hold(stream)
    hold.set(BROKER_FULL, True)
    hold.set(DEVICE_FULL, True)
    assert stream.is_paused
    hold.set(BROKER_FULL, False)
    assert stream.is_paused
    assert hold.has(DEVICE_FULL)
    assert not hold.has(BROKER_FULL)
    hold.set(DEVICE_FULL, False)
    assert not stream.is_paused


def test_a_reason_that_is_set_twice_is_cleared_once() -> None:
    stream = MemoryStream()
    hold = Hold(stream)
    for _ in range(2):
        hold.set(BROKER_FULL, True)
    hold.set(BROKER_FULL, False)
    assert not stream.is_paused


def test_reasons_without_a_side_are_only_kept() -> None:
    hold = Hold()
    hold.set(BROKER_FULL, True)
    assert hold.has(BROKER_FULL)
