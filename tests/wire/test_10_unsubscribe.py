"""UNSUBSCRIBE is answered in the device's version, and nothing comes afterwards."""

import pytest

from iot.core.mqtt.packets import PubAck, Publish, UnsubAck, Unsubscribe

from .conftest import Dial


@pytest.mark.parametrize(("version", "codes"), [(4, ()), (5, (0, 0x11))])
def test_nothing_comes_afterwards(dial: Dial, version: int, codes: tuple[int, ...]) -> None:
    device = dial(version=version)
    device.connect()
    device.subscribe(f"unsubscribe/{version}")
    assert device.ask(Unsubscribe(3, (f"unsubscribe/{version}", "never/had"))) == UnsubAck(3, codes)
    device.send(Publish(f"unsubscribe/{version}", b"x", 1, packet_id=4), Publish("t", b"", 1, packet_id=5))
    device.expect(PubAck(4), PubAck(5))
