"""A subscriber that does not read costs the gateway little, and nobody else's latency."""

import socket
from pathlib import Path

from iot.core.mqtt.packets import PingReq, PingResp, PubAck, Publish
from tests.stack import Stack

from .conftest import Dial

MEGABYTE = 1024 * 1024


def resident(stack: Stack) -> int:
    """Answer the bytes of memory that the gateway holds."""
    status = Path(f"/proc/{stack.pid('gateway')}/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def test_a_subscriber_that_does_not_read_costs_at_most_eight_megabytes(stack: Stack, dial: Dial) -> None:
    deaf, sender, probe = dial(), dial(), dial()
    deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for device in (deaf, sender, probe):
        device.connect()
    deaf.subscribe("deaf/#", qos=0)
    sender.send(*(Publish("warm/up", bytes(100_000), 1, packet_id=number) for number in range(1, 51)))
    sender.expect(*(PubAck(number) for number in range(1, 51)))
    before = resident(stack)
    for start in range(1, 501, 50):
        sender.send(*(Publish("deaf/t", bytes(100_000), 1, packet_id=n) for n in range(start, start + 50)))
        sender.expect(*(PubAck(number) for number in range(start, start + 50)))
        assert probe.ask(PingReq()) == PingResp()
    assert resident(stack) - before < 8 * MEGABYTE
