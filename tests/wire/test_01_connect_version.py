"""Versions that are not spoken, and what is no MQTT at all."""

import pytest

from .conftest import Dial


def test_a_version_that_is_not_spoken_is_refused(dial: Dial) -> None:
    device = dial(version=4)
    device.send(b"\x10\x0d\0\4MQTT\6\2\0\x3c\0\1a")
    assert device.socket.recv(9) == b"\x20\x02\x00\x01"
    device.expect(None)


@pytest.mark.parametrize(
    "sent",
    [
        b"\x10\x0f\0\6MQIsdp\3\2\0\x3c\0\1a",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\xc0\0",
        b"\xe0\0",
        b"\0" * 10,
        b"\x82\x06\0\1\0\1a\0",
    ],
)
def test_what_is_not_connect_is_not_answered(dial: Dial, sent: bytes) -> None:
    device = dial()
    device.send(sent)
    device.wait_closed()


@pytest.mark.parametrize(("version", "told"), [(4, 0), (5, 1)])
def test_a_second_connect_ends_the_connection(dial: Dial, version: int, told: int) -> None:
    device = dial(version=version)
    device.connect()
    device.send(b"\x10\x0d\0\4MQTT\4\2\0\x3c\0\1a")
    rest = [packet for packet in iter(device.receive, None)]
    assert len(rest) == told
