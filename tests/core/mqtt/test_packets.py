from typing import Any

import pytest

from iot.core.mqtt.decoding import decode
from iot.core.mqtt.packets import ConnAck, Disconnect, PubAck, encode
from iot.core.mqtt.properties import Properties

from .vectors import load, to_bytes, to_packet


@pytest.mark.parametrize("case", load("packets"), ids=lambda case: case["name"])
def test_a_packet_is_written_as_the_standard_says(case: dict[str, Any]) -> None:
    assert encode(to_packet(case["packet"]), case["version"]).hex(" ") == to_bytes(case["bytes"]).hex(" ")


def test_what_mqtt_3_cannot_say_is_left_out() -> None:
    properties = Properties(reason_string="why")
    assert encode(PubAck(1, 0x87, properties), 4) == b"\x40\x02\x00\x01"
    assert encode(Disconnect(0x8E, properties), 4) == b"\xe0\x00"
    assert encode(ConnAck(False, 5, properties), 4) == b"\x20\x02\x00\x05"


def test_a_reason_of_zero_is_written_where_properties_follow() -> None:
    packet = Disconnect(0, Properties(reason_string="why"))
    assert decode(encode(packet)) == packet
