"""A forbidden publish of QoS 1 is answered in MQTT 5 and ends the connection in MQTT 3.1.1."""

from iot.core.mqtt.packets import PubAck, Publish
from tests.stack import Device

from .conftest import Dial


def test_mqtt_5_is_told_and_goes_on(dial: Dial, limited: Device) -> None:
    device = dial(limited)
    device.connect()
    topics = ("no/t", "ok/t", "no/t", "ok/t", "no/t")
    device.send(*(Publish(topic, b"x", 1, packet_id=number) for number, topic in enumerate(topics, 1)))
    device.expect(PubAck(1, 0x87), PubAck(2), PubAck(3, 0x87), PubAck(4), PubAck(5, 0x87))
    assert device.reasons == ["not allowed"] * 3


def test_mqtt_3_is_ended(dial: Dial, limited: Device) -> None:
    device = dial(limited, version=4)
    device.connect()
    device.send(Publish("no/t", b"x", 1, packet_id=3))
    device.expect(None)


def test_reserved_topics_are_refused(dial: Dial) -> None:
    device = dial()
    device.connect()
    names = (
        "$SYS/x",
        "$changed/things/x",
        "$gateway/disconnect/eA",
        "$aws/things/x/shadow/update/accepted",
        "$share/g/t",
    )
    for number, topic in enumerate(names, 1):
        device.send(Publish(topic, b"x", 1, packet_id=number))
        answer = device.receive()
        assert isinstance(answer, PubAck)
        assert (topic, answer.reason_code) in {(topic, 0x87), (topic, 0x90)}
