"""The options of a subscription of MQTT 5: no local, retain as published, retain handling."""

from iot.core.mqtt.packets import Publish, SubAck, Subscribe, Subscription

from .conftest import Dial
from .raw import Raw


def subscribe(device: Raw, wanted: Subscription) -> None:
    device.send(Subscribe(5, (wanted,)))
    device.expect(SubAck(5, (wanted.qos,)))


def test_no_local_keeps_ones_own_messages_away(dial: Dial) -> None:
    device, other = dial(), dial()
    device.connect()
    other.connect()
    subscribe(device, Subscription("options/local", no_local=True))
    device.publish("options/local", b"own")
    other.publish("options/local", b"other's")
    assert device.hear().payload == b"other's"


def test_retain_as_published_keeps_the_flag(dial: Dial) -> None:
    device = dial()
    device.connect()
    subscribe(device, Subscription("options/kept", retain_as_published=True))
    subscribe(device, Subscription("options/cleared"))
    device.send(Publish("options/kept", b"x", retain=True), Publish("options/cleared", b"x", retain=True))
    assert [device.hear().retain, device.hear().retain] == [True, False]
    device.send(Publish("options/kept", b"", retain=True), Publish("options/cleared", b"", retain=True))


def test_retain_handling_says_when_retained_messages_come(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.publish("options/handling", b"kept", retain=True)
    subscribe(device, Subscription("options/handling", retain_handling=1))
    assert device.hear().retain
    for handling in (1, 2):
        subscribe(device, Subscription("options/handling", retain_handling=handling))
    device.publish("options/handling", b"fresh")
    assert device.hear().payload == b"fresh"
    subscribe(device, Subscription("options/handling", retain_handling=0))
    assert device.hear().payload == b"kept"
    device.publish("options/handling", b"", retain=True)
