"""A device may use up to eight topic aliases; receivers get names."""

from iot.core.mqtt.packets import Disconnect, Publish
from iot.core.mqtt.properties import Properties
from tests.stack import Device

from .conftest import Dial


def test_an_alias_stands_for_its_topic(dial: Dial) -> None:
    sender, receiver = dial(), dial()
    assert sender.connect().properties.topic_alias_maximum == 8
    receiver.connect(properties=Properties(topic_alias_maximum=10))
    receiver.subscribe("alias/#", qos=0)
    alias = Properties(topic_alias=8)
    sender.send(Publish("alias/a", b"1", properties=alias), Publish("", b"2", properties=alias))
    sender.send(Publish("alias/b", b"3", properties=alias), Publish("", b"4", properties=alias))
    receiver.expect(
        Publish("alias/a", b"1"), Publish("alias/a", b"2"), Publish("alias/b", b"3"), Publish("alias/b", b"4")
    )


def test_an_alias_does_not_get_round_a_policy(dial: Dial, limited: Device) -> None:
    device = dial(limited)
    device.connect()
    device.send(Publish("no/t", b"1", 1, packet_id=1, properties=Properties(topic_alias=1)))
    answer = device.ask(Publish("", b"2", 1, packet_id=2, properties=Properties(topic_alias=1)))
    assert answer is not None
    device.send(Publish("", b"3", properties=Properties(topic_alias=1)))
    device.wait_closed()


def test_an_alias_above_the_maximum_ends_the_connection(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.send(Publish("t", b"1", properties=Properties(topic_alias=9)))
    device.expect(Disconnect(0x94), None)


def test_an_alias_that_stands_for_nothing_ends_the_connection(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.send(Publish("", b"1", properties=Properties(topic_alias=1)))
    device.expect(Disconnect(0x82), None)
