"""A message that waited past its expiry is not delivered; one that did not is delivered with the seconds left."""

from iot.core.mqtt.packets import Disconnect, PubAck, Publish
from iot.core.mqtt.properties import Properties
from tests.stack import Stack

from .conftest import Dial

KEPT = Properties(session_expiry_interval=60)


def test_only_what_has_not_expired_is_delivered(stack: Stack, dial: Dial) -> None:
    first, sender = dial(), dial()
    first.connect(properties=KEPT)
    first.subscribe("expiry/#")
    first.send(Disconnect())
    first.wait_closed()
    sender.connect()
    for number, seconds in enumerate((1, 60, None), 1):
        own = Properties(message_expiry_interval=seconds)
        sender.send(Publish(f"expiry/{number}", b"x", 1, packet_id=number, properties=own))
        sender.expect(PubAck(number))
    # Brokers count whole seconds: a retained message that lives for one more tells when the first must be over.
    sender.send(Publish("expired/r", b"x", 1, True, packet_id=9, properties=Properties(message_expiry_interval=2)))
    sender.expect(PubAck(9))

    def is_expired() -> bool:
        watcher = dial()
        watcher.connect()
        watcher.subscribe("expired/r")
        watcher.publish("expired/r", b"mark")
        return watcher.hear().payload == b"mark"

    stack.wait_for(is_expired, 5)
    again = dial()
    assert again.connect(first.client_id, clean_start=False, properties=KEPT).session_present
    heard = [again.hear() for _ in range(2)]
    assert [message.topic for message in heard] == ["expiry/2", "expiry/3"]
    left = [message.properties.message_expiry_interval for message in heard]
    assert left[0] is not None
    assert left[0] < 60
    assert left[1] is None
