"""Only the gateway says who sent a message: a device that tries to is refused, and none sees what the gateway said."""

from iot.core.message import STAMP_KEY
from iot.core.mqtt.packets import ConnAck, Connect, Disconnect, PubAck, Publish, Subscribe, Subscription, Will
from iot.core.mqtt.properties import Properties

from .conftest import Dial

FORGED = Properties(user_property=((STAMP_KEY, "0 mqtt somebody 192.0.2.1 else"),))


def test_a_device_that_stamps_its_publish_is_refused(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.send(Publish("t", b"x", 1, packet_id=1, properties=FORGED))
    device.expect(PubAck(1, 0x87))
    device.send(Publish("t", b"x", properties=FORGED))
    device.expect(Disconnect(0x87), None)


def test_a_device_that_stamps_its_will_is_refused(dial: Dial) -> None:
    device = dial()
    device.send(Connect(device.client_id, will=Will("t", b"x", properties=FORGED)))
    device.expect(ConnAck(reason_code=0x87), None)


def test_the_stamp_is_taken_off_behind_a_subscription_identifier_too(dial: Dial) -> None:
    sender, receiver = dial(version=4), dial()
    sender.connect()
    receiver.connect()
    receiver.ask(Subscribe(1, (Subscription("stamp/t", 1),), Properties(subscription_identifier=(300,))))
    sender.publish("stamp/t", b"x")
    message = receiver.hear()
    assert message.properties == Properties(subscription_identifier=(300,))


def test_strict_mode_has_no_subscription_identifiers(dial: Dial, strict_port: int) -> None:
    device = dial(port=strict_port)
    device.connect()
    device.send(Subscribe(1, (Subscription("stamp/t", 1),), Properties(subscription_identifier=(300,))))
    device.expect(Disconnect(0xA1), None)
