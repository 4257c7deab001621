"""A response topic is data for the receiver: the answer needs leave of its own; a wildcard in it is an error."""

from iot.core.mqtt.packets import Disconnect, PubAck, Publish
from iot.core.mqtt.properties import Properties
from tests.stack import Device

from .conftest import Dial


def test_the_answer_to_a_response_topic_needs_leave(dial: Dial, limited: Device) -> None:
    asker, answerer = dial(), dial(limited)
    asker.connect()
    answerer.connect()
    answerer.subscribe("ok/question")
    asker.send(Publish("ok/question", b"?", properties=Properties(response_topic="no/answer")))
    topic = answerer.hear().properties.response_topic
    assert topic == "no/answer"
    answerer.send(Publish(topic, b"!", 1, packet_id=1))
    answerer.expect(PubAck(1, 0x87))


def test_a_wildcard_in_a_response_topic_ends_the_connection(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.send(Publish("t", b"?", properties=Properties(response_topic="a/#")))
    device.expect(Disconnect(0x82), None)
