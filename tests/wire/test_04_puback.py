"""What a device has acknowledged does not come again, what it has not does."""

import pytest

from iot.core.mqtt.packets import Disconnect, Publish

from .conftest import Dial
from .raw import KEPT


@pytest.mark.parametrize("version", [4, 5])
def test_what_was_not_acknowledged_comes_again(dial: Dial, version: int) -> None:
    topic = f"again/{version}"
    first, sender = dial(version=version), dial()
    first.connect(**KEPT[version])
    first.subscribe(topic)
    sender.connect()
    sender.publish(topic, b"acknowledged")
    assert first.hear().payload == b"acknowledged"
    sender.publish(topic, b"not acknowledged")
    message = first.receive()
    assert isinstance(message, Publish)
    assert not message.dup
    first.send(Disconnect())
    first.wait_closed()
    again = dial(version=version)
    again.connect(first.client_id, **KEPT[version])
    message = again.hear()
    assert (message.payload, message.dup) == (b"not acknowledged", True)
