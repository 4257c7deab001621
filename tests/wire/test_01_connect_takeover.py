"""A second connection with the same client id ends the first."""

import pytest

from iot.core.mqtt.packets import Disconnect, Packet, PingReq, PingResp

from .conftest import Dial


@pytest.mark.parametrize(("version", "told"), [(4, []), (5, [Disconnect(0x8E)])])
def test_the_first_connection_is_told_and_ended(dial: Dial, version: int, told: list[Packet]) -> None:
    first = dial(version=version)
    first.connect()
    second = dial()
    second.connect(first.client_id)
    first.expect(*told, None)
    assert second.ask(PingReq()) == PingResp()
