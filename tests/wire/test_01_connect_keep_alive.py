"""A device that is silent for one and a half times its keep-alive is ended, and its will published."""

import pytest

from iot.core.mqtt.packets import Disconnect, Packet, PingReq, PingResp, Will

from .conftest import Dial


@pytest.mark.parametrize(("version", "told"), [(4, []), (5, [Disconnect(0x8D)])])
def test_a_silent_device_is_ended(dial: Dial, version: int, told: list[Packet]) -> None:
    watcher, device = dial(), dial(version=version)
    watcher.connect()
    watcher.subscribe(f"silent/{version}")
    device.connect(keep_alive=1, will=Will(f"silent/{version}", b"gone"))
    device.expect(*told, None)
    assert watcher.hear().payload == b"gone"


def test_a_ping_keeps_it_alive(dial: Dial) -> None:
    device = dial()
    device.connect(keep_alive=1)
    for _ in range(3):
        assert device.ask(PingReq()) == PingResp()
