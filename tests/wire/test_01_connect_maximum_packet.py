"""A device of MQTT 5 gets no packet above its Maximum Packet Size, of whatever kind."""

import pytest

from iot.core.mqtt.packets import (
    ConnAck,
    Connect,
    Packet,
    PingReq,
    PingResp,
    PubAck,
    Publish,
    SubAck,
    Subscribe,
    Subscription,
)
from iot.core.mqtt.properties import Properties

from .conftest import Dial

SMALL = Properties(maximum_packet_size=40)


@pytest.mark.parametrize(("size", "told"), [(4, []), (5, [ConnAck(reason_code=0x95)])])
def test_a_connack_that_is_too_large_is_not_sent(dial: Dial, size: int, told: list[Packet]) -> None:
    device = dial()
    device.send(Connect(device.client_id, properties=Properties(maximum_packet_size=size)))
    device.expect(*told, None)


def test_a_suback_that_is_too_large_is_not_sent(dial: Dial) -> None:
    device = dial()
    device.connect(properties=SMALL)
    assert device.ask(Subscribe(1, tuple(Subscription(f"small/{number}") for number in range(9)))) == SubAck(
        1, (0,) * 9
    )
    device.send(Subscribe(2, tuple(Subscription(f"small/{number}") for number in range(60))))
    device.wait_closed()


def test_a_message_that_is_too_large_is_left_out(dial: Dial) -> None:
    device = dial()
    device.connect(properties=SMALL)
    assert device.subscribe("small/t") == (1,)
    device.send(Publish("small/t", bytes(40), 1, packet_id=1), PingReq())
    device.expect(PubAck(1), PingResp())
    device.publish("small/t", b"x", packet_id=2)
    assert device.hear().payload == b"x"


def test_strict_mode_wants_512_bytes_at_least(dial: Dial, strict_port: int) -> None:
    device = dial(port=strict_port)
    device.send(Connect(device.client_id, properties=Properties(maximum_packet_size=511)))
    answer = device.receive()
    assert getattr(answer, "reason_code", None) == 0x80
    dial(port=strict_port).connect(properties=Properties(maximum_packet_size=512))
