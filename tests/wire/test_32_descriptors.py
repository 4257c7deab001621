"""A device costs two descriptors, gives both back, and takes none of the few TCP ports that lead to the broker."""

import os
from urllib.parse import urlsplit

from tests.stack import Stack

from .conftest import Dial

DEVICES = 20
ESTABLISHED = "01"


def descriptors(stack: Stack) -> int:
    return len(os.listdir(f"/proc/{stack.pid('gateway')}/fd"))


def connections_to_the_broker(stack: Stack) -> int:
    """Count TCP connections that somebody holds to the broker's port."""
    port = urlsplit(stack.broker_url).port
    with open(f"/proc/{stack.pid('gateway')}/net/tcp") as lines:
        rows = [line.split() for line in lines][1:]
    return sum(row[2].endswith(f":{port:04X}") and row[3] == ESTABLISHED for row in rows)


def test_each_device_takes_two_descriptors_and_no_port(stack: Stack, dial: Dial) -> None:
    before = descriptors(stack), connections_to_the_broker(stack)
    devices = [dial() for _ in range(DEVICES)]
    for device in devices:
        device.connect()
    assert descriptors(stack) - before[0] <= 2 * DEVICES
    assert connections_to_the_broker(stack) <= before[1]
    for device in devices:
        device.socket.close()
    stack.wait_for(lambda: descriptors(stack) <= before[0])
