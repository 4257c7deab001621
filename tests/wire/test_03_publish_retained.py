"""Retained messages: delivered at SUBSCRIBE without the stamp, taken back by an empty one, a right of their own."""

import pytest

from iot.core.mqtt.packets import PubAck, Publish
from iot.core.mqtt.properties import Properties
from tests.stack import Stack

from .conftest import Dial

NO_RETAIN = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["iot:Connect", "iot:Publish"], "Resource": "*"}],
}


@pytest.mark.parametrize("version", [4, 5])
def test_a_retained_message_is_delivered_at_subscribe_and_can_be_taken_back(dial: Dial, version: int) -> None:
    topic = f"retained/{version}"
    sender, receiver = dial(version=version), dial(version=version)
    sender.connect()
    receiver.connect()
    sender.publish(topic, b"kept", retain=True)
    receiver.subscribe(topic)
    message = receiver.hear()
    assert (message.payload, message.retain, message.properties) == (b"kept", True, Properties())
    sender.publish(topic, b"", retain=True)
    assert receiver.hear().payload == b""
    third = dial(version=version)
    third.connect()
    third.subscribe(topic)
    sender.publish(topic, b"fresh")
    message = third.hear()
    assert (message.payload, message.retain) == (b"fresh", False)


def test_to_retain_needs_leave_of_its_own(stack: Stack, dial: Dial) -> None:
    device = dial(stack.device(document=NO_RETAIN))
    device.connect()
    device.send(Publish("r/t", b"x", 1, packet_id=1), Publish("r/t", b"x", 1, True, packet_id=2))
    device.expect(PubAck(1), PubAck(2, 0x87))


def test_reserved_topics_do_not_retain(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.send(Publish("$aws/rules/r/t", b"x", 1, True, packet_id=2))
    answer = device.receive()
    assert isinstance(answer, PubAck)
    assert answer.reason_code >= 0x80


def test_wildcards_hear_retained_messages_in_standard_mode_only(dial: Dial, strict_port: int) -> None:
    sender, standard, strict = dial(), dial(), dial(port=strict_port)
    for device in (sender, standard, strict):
        device.connect()
    sender.publish("retained/wild/a", b"kept", retain=True)
    standard.subscribe("retained/wild/+")
    assert standard.hear().payload == b"kept"
    strict.subscribe("retained/wild/+")
    sender.publish("retained/wild/b", b"fresh")
    assert strict.hear().payload == b"fresh"
    strict.subscribe("retained/wild/a")
    assert strict.hear().payload == b"kept"
    sender.publish("retained/wild/a", b"", retain=True)
