"""Names that are no topics end the connection; AWS's own limits on topics hold in strict mode."""

import pytest

from iot.core.mqtt.packets import PubAck, Publish

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("topic", ["", "a/+", "a/#", "#", "a\0b"])
def test_what_is_no_topic_ends_the_connection(dial: Dial, version: int, topic: str) -> None:
    device = dial(version=version)
    device.connect()
    device.send(Publish(topic, b"x", 1, packet_id=1))
    device.wait_closed()


@pytest.mark.parametrize("topic", ["a/b/c/d/e/f/g/h/i", "x" * 257])
def test_strict_mode_has_seven_slashes_and_256_bytes(dial: Dial, strict_port: int, topic: str) -> None:
    standard, strict = dial(), dial(port=strict_port)
    standard.connect()
    strict.connect()
    standard.publish(topic)
    strict.send(Publish(topic, b"", 1, packet_id=1))
    strict.expect(PubAck(1, 0x90))
    strict.publish("a/b/c/d/e/f/g/h")
    strict.publish("$aws/rules/r/a/b/c/d/e/f/g/h")
