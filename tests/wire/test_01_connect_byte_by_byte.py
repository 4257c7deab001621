"""A device may send its bytes one by one, each in a TLS record of its own."""

import pytest

from iot.core.mqtt.packets import ConnAck, Connect, PubAck, Publish, encode

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_bytes_one_by_one_are_as_good_as_all_at_once(dial: Dial, version: int) -> None:
    device = dial(version=version)
    packets = (Connect(device.client_id, version), Publish("slow/a", b"x" * 50, 1, packet_id=7))
    for byte in b"".join(encode(packet, version) for packet in packets):
        device.send(bytes((byte,)))
    assert isinstance(device.receive(), ConnAck)
    device.expect(PubAck(7))
