"""Denied filters of a SUBSCRIBE fail, the others are granted, and the codes stand in the order of the filters."""

import pytest

from iot.core.mqtt.packets import SubAck, Subscribe, Subscription
from tests.stack import Device

from .conftest import Dial


@pytest.mark.parametrize(("version", "code"), [(4, 0x80), (5, 0x87)])
def test_codes_stand_in_order(dial: Dial, limited: Device, version: int, code: int) -> None:
    device = dial(limited, version=version)
    device.connect()
    wanted = ("no/1", "ok/some/a", "no/2", "$share/group/ok/some/b", "$share/group/no", "ok/some/c")
    first = Subscribe(7, tuple(Subscription(name, number % 2) for number, name in enumerate(wanted)))
    second = Subscribe(8, (Subscription("ok/some/d", 1),))
    device.send(first, second)
    device.expect(SubAck(7, (code, 1, code, 1, code, 1)), SubAck(8, (1,)))
