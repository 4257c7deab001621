"""When the broker dies its devices are told or closed, and come back as soon as it is back."""

import ssl

import pytest

from iot.core.mqtt.packets import ConnAck, Connect, Disconnect, Packet
from tests.stack import Stack

from .conftest import Dial


@pytest.mark.parametrize(("version", "told"), [(4, [[]]), (5, [[Disconnect(0x8B)], [Disconnect(0x88)]])])
def test_devices_are_told_and_come_back(stack: Stack, dial: Dial, version: int, told: list[list[Packet]]) -> None:
    device = dial(version=version)
    device.connect()
    stack.kill("broker")
    assert [packet for packet in iter(device.receive, None)] in told

    def again() -> bool:
        try:
            other = dial(version=version)
            answer = other.ask(Connect(device.client_id, version))
        except (ConnectionError, ssl.SSLError):
            return False
        assert isinstance(answer, ConnAck | None)
        assert answer is None or answer.reason_code in (0, 3, 0x88, 0x97)
        return answer is not None and answer.reason_code == 0

    stack.wait_for(again, 15)
