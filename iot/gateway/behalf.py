"""Messages that the gateway publishes for a device: its will where the broker does not, and copies of retained ones."""

from dataclasses import replace

from iot.core.message import Message, Properties, Sender
from iot.core.mqtt.events import Retained
from iot.core.mqtt.packets import Will
from iot.core.mqtt.properties import Properties as MqttProperties

RETAINED_PREFIX = "$retained/"


def will_message(will: Will, sender: Sender) -> Message:
    """Answer a will as a message."""
    properties = _properties(will.properties)
    return Message(will.topic, will.payload, will.qos, will.retain, properties, replace(sender, protocol="will"))


def retained_message(event: Retained, sender: Sender) -> Message:
    """Answer the copy of a device's retained message by which the bridge hears of it.

    The bridge subscribes to what rules ask for, and does not see every retained message.
    """
    return retained_copy(Message(event.topic, event.payload, event.qos, True, _properties(event.properties), sender))


def retained_copy(message: Message) -> Message:
    """Answer the copy of a retained message by which the bridge hears of it."""
    return Message(RETAINED_PREFIX + message.topic, message.payload, 1, False, message.properties, message.sender)


def _properties(given: MqttProperties) -> Properties:
    return Properties(
        content_type=given.content_type,
        response_topic=given.response_topic,
        correlation_data=given.correlation_data,
        payload_format=given.payload_format_indicator,
        message_expiry=given.message_expiry_interval,
        user_properties=given.user_property,
    )
