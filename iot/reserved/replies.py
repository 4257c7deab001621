"""Answers that only the connection that asked may see."""

import base64

import orjson

from iot.core.message import Message, Sender


def to_sender(topic: str, payload: bytes, sender: Sender | None) -> Message:
    """Address a message to the connection that asked; without one, to whoever subscribes."""
    if sender is None or not sender.client_id:
        return Message(topic, payload, qos=1)
    client = base64.urlsafe_b64encode(sender.client_id.encode()).decode()
    body = {"topic": topic, "payload": base64.b64encode(payload).decode(), "qos": 1}
    return Message(f"$gateway/direct/{client}", orjson.dumps(body), qos=1)
