"""Basic Ingest takes publishes and shows them to nobody."""

import pytest

from iot.core.mqtt.packets import PubAck, Publish
from tests.stack import Device

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_nobody_hears_what_is_published_to_a_rule(dial: Dial, version: int) -> None:
    sender, listener = dial(version=version), dial(version=version)
    sender.connect()
    listener.connect()
    refused = 0x80 if version == 4 else 0x87
    codes = listener.subscribe("$aws/rules/#", "$aws/rules/r/t", "$share/g/$aws/rules/#", "#")
    assert all(code >= refused or code == 0x8F for code in codes[:3])
    assert codes[3] == 1
    listener.subscribe("$aws/#", "$aws/+/r/t")
    sender.send(Publish("$aws/rules/r/t", b"secret", 1, packet_id=1))
    sender.expect(PubAck(1))
    sender.publish(f"rules/after/{version}", b"open")
    while (message := listener.hear()).payload != b"open":
        assert message.payload != b"secret"


def test_basic_ingest_needs_leave_like_any_topic(dial: Dial, limited: Device) -> None:
    device = dial(limited)
    device.connect()
    device.send(Publish("$aws/rules/r/ok/t", b"x", 1, packet_id=1))
    device.expect(PubAck(1, 0x87))
