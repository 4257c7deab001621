"""Packets and payloads above the limits end the connection, a packet before any of it is kept."""

import pytest

from iot.core.mqtt.packets import Disconnect, Packet, Publish, encode
from iot.core.mqtt.properties import Properties

from .conftest import Dial

TOLD = pytest.mark.parametrize(("version", "told"), [(4, []), (5, [Disconnect(0x95)])])


@TOLD
@pytest.mark.parametrize("length", [b"\xff\x8f\x09", b"\xff\xff\xff\x7f"])
def test_the_length_alone_ends_the_connection(dial: Dial, version: int, told: list[Packet], length: bytes) -> None:
    device = dial(version=version)
    device.connect()
    device.send(b"\x30" + length)
    device.expect(*told, None)


@TOLD
def test_a_payload_above_128_kb_ends_the_connection(dial: Dial, version: int, told: list[Packet]) -> None:
    device = dial(version=version)
    device.connect()
    device.publish("large/t", bytes(131_072))
    device.send(Publish("large/t", bytes(131_073)))
    device.expect(*told, None)


def test_a_message_above_the_receivers_maximum_is_not_sent_to_it(dial: Dial) -> None:
    sender, receiver = dial(version=4), dial()
    sender.connect()
    receiver.connect(properties=Properties(maximum_packet_size=512))
    receiver.subscribe("large/receiver")
    for size in (490, 600, 700, 400):
        sender.publish("large/receiver", bytes(size))
    for size in (490, 400):
        message = receiver.hear()
        assert len(message.payload) == size
        assert len(encode(message)) <= 512
