"""A forbidden publish of QoS 0 ends the connection; what came before it in the same write still goes out."""

import pytest

from iot.core.mqtt.packets import Disconnect, Packet, Publish
from tests.stack import Device

from .conftest import Dial


@pytest.mark.parametrize(("version", "told"), [(4, []), (5, [Disconnect(0x87)])])
def test_it_ends_the_connection_behind_what_came_before(
    dial: Dial, limited: Device, version: int, told: list[Packet]
) -> None:
    topic = f"ok/before/{version}"
    watcher, device = dial(), dial(limited, version=version)
    watcher.connect()
    watcher.subscribe(topic, "no/t")
    device.connect()
    device.send(Publish(topic, b"1"), Publish(topic, b"2"), Publish("no/t", b"3"), Publish(topic, b"4"))
    device.expect(*told, None)
    watcher.expect(Publish(topic, b"1"), Publish(topic, b"2"))
    watcher.publish("no/t", b"nothing between")
    assert watcher.hear().payload == b"nothing between"
