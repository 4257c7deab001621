"""Answers for one connection."""

import base64
import json

from iot.core.message import Message, Sender
from iot.reserved.replies import to_sender


def test_an_answer_goes_to_the_client_that_asked() -> None:
    message = to_sender("a/accepted", b"\xff", Sender("client/1", "principal"))
    assert message.topic == f"$gateway/direct/{base64.urlsafe_b64encode(b'client/1').decode()}"
    assert json.loads(message.payload) == {"topic": "a/accepted", "payload": "/w==", "qos": 1}


def test_without_a_client_it_goes_to_whoever_subscribes() -> None:
    expected = Message("a/accepted", b"x", qos=1)
    assert to_sender("a/accepted", b"x", None) == to_sender("a/accepted", b"x", Sender("")) == expected
