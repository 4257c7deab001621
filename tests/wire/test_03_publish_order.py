"""Messages of one device on one topic arrive in the order in which they were sent."""

import pytest

from iot.core.mqtt.packets import PubAck, Publish

from .conftest import Dial


@pytest.mark.parametrize("versions", [(4, 5), (5, 4)])
def test_order_is_kept(dial: Dial, versions: tuple[int, int]) -> None:
    topic = f"order/{versions[0]}"
    sender, receiver = dial(version=versions[0]), dial(version=versions[1])
    sender.connect()
    receiver.connect()
    receiver.subscribe(topic)
    heard = []
    for start in range(1, 501, 50):
        numbers = range(start, start + 50)
        sender.send(*(Publish(topic, str(number).encode(), 1, packet_id=number) for number in numbers))
        sender.expect(*(PubAck(number) for number in numbers))
        heard += [int(receiver.hear().payload) for _ in numbers]
    assert heard == list(range(1, 501))
