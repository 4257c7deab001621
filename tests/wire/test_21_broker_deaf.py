"""While the broker does not read, devices are not read from: nothing piles up in the gateway, and nothing is lost."""

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from iot.core.mqtt.packets import PingReq, PingResp, PubAck, Publish, encode
from tests.stack import Stack

from .conftest import Dial
from .raw import Raw
from .test_21_deaf import MEGABYTE, resident

SIZE = 100_000
ENOUGH = 400  # messages, which are more than all buffers on the way hold
STUCK_SECONDS = 0.3


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def fill(device: Raw) -> bytes:
    """Publish until nothing is taken any more; answers what was not."""
    message = encode(Publish("deaf/broker", bytes(SIZE)), device.version)
    device.socket.settimeout(STUCK_SECONDS)
    for _ in range(ENOUGH):
        left = message
        while left:
            try:
                left = left[device.socket.send(left) :]
            except TimeoutError:
                return left
    raise AssertionError("everything was taken")


@pytest.mark.parametrize("version", [4, 5])
def test_a_device_has_to_wait_and_goes_on_when_the_broker_does(stack: Stack, dial: Dial, version: int) -> None:
    device, other = dial(version=version), dial()
    for one in (device, other):
        one.connect()
    before = resident(stack)
    with stopped(stack.pid("broker")):
        rest = fill(device)
        assert resident(stack) - before < 8 * MEGABYTE
        other.send(Publish("deaf/broker", b"late", 1, packet_id=7), PingReq())
    device.send(rest, PingReq())
    device.expect(PingResp())
    other.expect(PubAck(7), PingResp())
