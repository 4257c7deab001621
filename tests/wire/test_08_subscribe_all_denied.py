"""A SUBSCRIBE of which nothing is allowed is answered as a failure, filter by filter."""

import pytest

from iot.core.mqtt.packets import SubAck, Subscribe, Subscription
from tests.stack import Device

from .conftest import Dial


@pytest.mark.parametrize(("version", "code"), [(4, 0x80), (5, 0x87)])
def test_every_filter_fails_and_the_connection_lives(dial: Dial, limited: Device, version: int, code: int) -> None:
    device = dial(limited, version=version)
    device.connect()
    device.send(Subscribe(7, (Subscription("no/1", 1), Subscription("#", 1))))
    device.expect(SubAck(7, (code, code)))
    device.publish("ok/alive")
