"""A publish of QoS 1 is acknowledged with 0x00 although nobody subscribes, as AWS does."""

import pytest

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_it_is_acknowledged(dial: Dial, version: int) -> None:
    device = dial(version=version)
    device.connect()
    device.publish("nobody/here", b"x", packet_id=65_535)
