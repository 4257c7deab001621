"""PINGREQ is answered by the broker, behind all that came before it."""

import pytest

from iot.core.mqtt.packets import PingReq, PingResp

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_a_ping_is_answered(dial: Dial, version: int) -> None:
    device = dial(version=version)
    device.connect()
    device.send(PingReq(), PingReq())
    device.expect(PingResp(), PingResp())
