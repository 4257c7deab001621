"""Messages that the gateway publishes for a device."""

from iot.core.message import Message, Sender
from iot.core.mqtt.events import Retained
from iot.core.mqtt.packets import Will
from iot.core.mqtt.properties import Properties
from iot.gateway.behalf import retained_copy, retained_message, will_message

SENDER = Sender("c", "p", "10.0.0.1")
GIVEN = Properties(
    content_type="text/plain",
    response_topic="r",
    correlation_data=b"1",
    payload_format_indicator=1,
    message_expiry_interval=9,
    user_property=(("a", "b"),),
)


def test_a_will_keeps_its_properties_and_says_that_it_is_one() -> None:
    message = will_message(Will("t", b"x", 1, True, GIVEN), SENDER)
    assert (message.topic, message.payload, message.qos, message.retain) == ("t", b"x", 1, True)
    assert message.sender == Sender("c", "p", "10.0.0.1", protocol="will")
    properties = message.properties
    assert (properties.content_type, properties.response_topic, properties.correlation_data) == (
        "text/plain",
        "r",
        b"1",
    )
    assert (properties.payload_format, properties.message_expiry) == (1, 9)
    assert properties.user_properties == (("a", "b"),)


def test_the_copy_of_a_retained_message_is_not_retained_itself() -> None:
    message = retained_message(Retained("t", b"x", 0, GIVEN), SENDER)
    assert (message.topic, message.payload, message.qos, message.retain) == ("$retained/t", b"x", 1, False)
    assert message.sender == SENDER
    assert message.properties.content_type == "text/plain"
    assert retained_copy(Message("u", b"", 0, True)).topic == "$retained/u"
