"""DISCONNECT ends the connection at once, and what came before it is not lost."""

import pytest

from iot.core.mqtt.packets import Disconnect, Publish
from iot.core.mqtt.properties import Properties

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [0, 1])
def test_what_came_before_disconnect_arrives(dial: Dial, version: int, qos: int) -> None:
    topic = f"last/{version}/{qos}"
    watcher = dial()
    watcher.connect()
    watcher.subscribe(topic)
    for number in range(10):
        device = dial(version=version)
        device.connect()
        burst = [Publish(topic, b"%d" % one, qos, packet_id=one if qos else 0) for one in range(1, 51)]
        device.send(*burst, Disconnect())
        device.wait_closed()
        assert [int(watcher.hear().payload) for _ in burst] == list(range(1, 51)), number


def test_disconnect_may_not_bring_a_session_to_life(dial: Dial) -> None:
    device = dial()
    device.connect()
    device.send(Disconnect(0, Properties(session_expiry_interval=60)))
    device.expect(Disconnect(0x82), None)
