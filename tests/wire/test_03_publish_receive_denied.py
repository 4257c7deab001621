"""What a device may not receive is dropped and acknowledged for it, so that its window never fills."""

import pytest

from iot.core.mqtt.packets import PubAck, Publish
from tests.stack import Device

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_hundreds_of_denied_messages_do_not_hold_up_an_allowed_one(dial: Dial, limited: Device, version: int) -> None:
    sender, receiver = dial(), dial(limited, version=version)
    sender.connect()
    receiver.connect()
    assert receiver.subscribe("ok/#") == (1,)
    for start in range(1, 401, 80):
        numbers = range(start, start + 80)
        sender.send(*(Publish("ok/deaf/x", b"denied", 1, packet_id=number) for number in numbers))
        sender.expect(*(PubAck(number) for number in numbers))
    sender.publish(f"ok/heard/{version}", b"allowed")
    assert receiver.hear().payload == b"allowed"
