"""What a device may not receive is dropped and acknowledged for it, so that its window never fills."""

from typing import Any

import pytest

from iot.core.mqtt.packets import Disconnect, PubAck, Publish
from tests.stack import Device, Stack

from .conftest import Dial
from .raw import KEPT


@pytest.mark.parametrize("version", [4, 5])
def test_hundreds_of_denied_messages_do_not_hold_up_an_allowed_one(dial: Dial, limited: Device, version: int) -> None:
    sender, receiver = dial(), dial(limited, version=version)
    sender.connect()
    receiver.connect()
    assert receiver.subscribe("ok/#") == (1,)
    for start in range(1, 401, 80):
        numbers = range(start, start + 80)
        sender.send(*(Publish("ok/deaf/x", b"denied", 1, packet_id=number) for number in numbers))
        sender.expect(*(PubAck(number) for number in numbers))
    sender.publish(f"ok/heard/{version}", b"allowed")
    assert receiver.hear().payload == b"allowed"


@pytest.mark.parametrize("version", [4, 5])
def test_a_retained_message_is_not_delivered_at_subscribe(dial: Dial, limited: Device, version: int) -> None:
    sender, receiver = dial(), dial(limited, version=version)
    sender.connect()
    receiver.connect()
    for topic in ("ok/deaf/kept", "ok/kept"):
        sender.publish(topic, topic.encode(), retain=True)
    receiver.subscribe("ok/deaf/kept", "ok/kept")
    assert receiver.hear().payload == b"ok/kept"
    for topic in ("ok/deaf/kept", "ok/kept"):
        sender.publish(topic, b"", retain=True)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("topic_filter", ["ok/#", "$share/denied/ok/#"])
def test_what_waited_in_the_session_is_judged_when_it_is_delivered(
    dial: Dial, limited: Device, version: int, topic_filter: str
) -> None:
    first, sender = dial(limited, version=version), dial()
    first.connect(**KEPT[version])
    first.subscribe(topic_filter)
    first.send(Disconnect())
    first.wait_closed()
    sender.connect()
    for topic in ("ok/deaf/late", "ok/late"):
        sender.publish(topic, topic.encode())
    again = dial(limited, version=version)
    assert again.connect(first.client_id, **KEPT[version]).session_present
    assert again.hear().payload == b"ok/late"
    again.send(Disconnect())
    again.wait_closed()
    dial(limited, version=version).connect(first.client_id)


def test_a_direct_message_is_judged_like_any_other(stack: Stack, dial: Dial, limited: Device) -> None:
    device = dial(limited)
    device.connect()
    data = stack.boto("iot-data")
    stack.wait_for(lambda: _is_known(data, device.client_id))
    for topic in ("ok/deaf/direct", "no/direct", "$aws/rules/direct", "ok/direct"):
        data.send_direct_message(clientId=device.client_id, topic=topic, payload=topic.encode())
    assert device.hear().payload == b"ok/direct"


def _is_known(data: Any, client_id: str) -> bool:
    try:
        return bool(data.get_connection(clientId=client_id)["connected"])
    except data.exceptions.ResourceNotFoundException:
        return False
