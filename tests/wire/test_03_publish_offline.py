"""What was published with QoS 1 while a device with a kept session was away is delivered in order when it is back."""

import pytest

from iot.core.mqtt.packets import Disconnect, PubAck, Publish

from .conftest import Dial
from .raw import KEPT


@pytest.mark.parametrize("version", [4, 5])
def test_a_hundred_messages_wait_in_order(dial: Dial, version: int) -> None:
    first, sender = dial(version=version), dial(version=version)
    first.connect(**KEPT[version])
    first.subscribe(f"offline/{version}/+")
    first.send(Disconnect())
    first.wait_closed()
    sender.connect()
    numbers = range(1, 101)
    sender.send(*(Publish(f"offline/{version}/a", b"%d" % number, 1, packet_id=number) for number in numbers))
    sender.expect(*(PubAck(number) for number in numbers))
    again = dial(version=version)
    assert again.connect(first.client_id, **KEPT[version]).session_present
    assert [int(again.hear().payload) for _ in numbers] == list(numbers)
