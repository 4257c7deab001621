"""Every definite error of the protocol ends the connection, whatever state it is in; nobody else notices."""

import os
import random
from typing import Any

import pytest

from iot.core.mqtt.packets import (
    Connect,
    Packet,
    PingReq,
    PingResp,
    Publish,
    Subscribe,
    Subscription,
    Unsubscribe,
    encode,
)
from tests.core.mqtt.vectors import load, to_bytes
from tests.stack import Stack

from .conftest import Dial

# What is cut off is waited for, not refused; a version that is not spoken has a test of its own.
LEFT_OUT = ("CONNACK", "SUBACK", "UNSUBACK", "another version")
CASES = [
    case
    for case in load("malformed")
    if case["bytes"] and "length" not in case["name"] and not case["name"].startswith(LEFT_OUT)
]
SEED = 20261124


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_packet_that_the_standard_forbids_ends_the_connection(dial: Dial, case: dict[str, Any]) -> None:
    data = to_bytes(case["bytes"])
    device = dial(version=case["version"])
    if data[0] >> 4 != 1:
        device.connect()
    device.send(data)
    device.wait_closed()


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("name", ["CONNACK", "SUBACK", "UNSUBACK", "PINGRESP"])
def test_a_packet_that_only_servers_send_ends_the_connection(dial: Dial, version: int, name: str) -> None:
    first = {"CONNACK": "20 02 00 00", "SUBACK": "90 03 0001 00", "UNSUBACK": "b0 02 0001", "PINGRESP": "d0 00"}[name]
    device = dial(version=version)
    device.connect()
    device.send(to_bytes(first))
    device.wait_closed()


@pytest.mark.parametrize("data", ["30 ff ff ff ff 01", "10 ff ff ff ff 7f"])
def test_a_length_without_end_ends_the_connection(dial: Dial, data: str) -> None:
    device = dial()
    if data.startswith("3"):
        device.connect()
    device.send(to_bytes(data))
    device.wait_closed()


def test_random_changes_hurt_nobody_else(stack: Stack, dial: Dial) -> None:
    """Connections that send changed packets come and go; one that does not is answered all the while."""
    chance = random.Random(SEED)
    probe = dial()
    probe.connect()
    before = _descriptors(stack)
    for number in range(200):
        version = chance.choice((4, 5))
        device = dial(version=version)
        packets: list[Packet] = [
            Connect(device.client_id, version),
            Publish("mutated/t", b"x" * 40, 1, packet_id=1),
            Subscribe(2, (Subscription("mutated/+", 1),)),
            Unsubscribe(3, ("mutated/+",)),
            PingReq(),
        ]
        data = bytearray(b"".join(encode(packet, version) for packet in packets))
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        device.send(bytes(data))
        device.socket.close()
        if number % 20 == 0:
            assert probe.ask(PingReq()) == PingResp()
    stack.wait_for(lambda: _descriptors(stack) <= before + 2, 15)


def _descriptors(stack: Stack) -> int:
    return len(os.listdir(f"/proc/{stack.pid('gateway')}/fd"))
