"""Retained messages: the copy by which the bridge hears of each."""

from iot.core.message import Message


def retained_copy(message: Message) -> Message:
    """Answer the copy of a retained message that tells the bridge of it."""
    return Message(f"$retained/{message.topic}", message.payload, 1, False, message.properties, message.sender)
