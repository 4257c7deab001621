"""A message of QoS 0 goes from one device to another as it was sent, stamped on the way and not seen so."""

import pytest

from iot.core.mqtt.packets import Publish
from iot.core.mqtt.properties import Properties

from .conftest import Dial


@pytest.mark.parametrize("versions", [(4, 4), (4, 5), (5, 4), (5, 5)])
@pytest.mark.parametrize("size", [0, 1, 5000, 131_072])
def test_a_message_arrives_as_it_was_sent(dial: Dial, versions: tuple[int, int], size: int) -> None:
    topic = f"qos0/é/{versions[0]}{versions[1]}/{size}"
    sender, receiver = dial(version=versions[0]), dial(version=versions[1])
    sender.connect()
    receiver.connect()
    receiver.subscribe(topic, qos=0)
    sender.send(Publish(topic, bytes(size)))
    receiver.expect(Publish(topic, bytes(size)))


def test_properties_of_mqtt_5_arrive_as_they_were_sent(dial: Dial) -> None:
    own = Properties(
        payload_format_indicator=1,
        content_type="text/plain",
        response_topic="answer/here",
        correlation_data=b"\0\1",
        user_property=(("k", "v"), ("k", "w")),
    )
    sender, receiver, old = dial(), dial(), dial(version=4)
    for device in (sender, receiver, old):
        device.connect()
    for device in (receiver, old):
        device.subscribe("qos0/properties", qos=0)
    sender.send(Publish("qos0/properties", b"x", properties=own))
    receiver.expect(Publish("qos0/properties", b"x", properties=own))
    old.expect(Publish("qos0/properties", b"x"))
