"""A will may wait, and is not published at all when its device is back in time."""

from iot.core.mqtt.packets import Disconnect, Will
from iot.core.mqtt.properties import Properties

from .conftest import Dial

KEPT = Properties(session_expiry_interval=60)


def test_a_device_that_is_back_in_time_leaves_no_will(dial: Dial) -> None:
    watcher, device, other = dial(), dial(), dial()
    watcher.connect()
    watcher.subscribe("delayed/#")
    device.connect(will=Will("delayed/long", b"gone", properties=Properties(will_delay_interval=30)), properties=KEPT)
    other.connect(will=Will("delayed/short", b"gone", properties=Properties(will_delay_interval=1)), properties=KEPT)
    device.send(Disconnect(0x04))
    device.wait_closed()
    other.send(Disconnect(0x04))
    other.wait_closed()
    dial().connect(device.client_id, clean_start=False, properties=KEPT)
    assert watcher.hear().topic == "delayed/short"
