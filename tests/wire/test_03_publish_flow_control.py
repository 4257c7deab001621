"""A device of MQTT 5 gets no more messages at once than its Receive Maximum, whatever the broker behind does."""

from iot.core.mqtt.packets import PingReq, PingResp, PubAck, Publish
from iot.core.mqtt.properties import Properties

from .conftest import Dial


def test_a_window_of_two_is_never_exceeded(dial: Dial) -> None:
    sender, receiver = dial(), dial()
    sender.connect()
    receiver.connect(properties=Properties(receive_maximum=2))
    receiver.subscribe("flow/t")
    numbers = range(1, 31)
    sender.send(*(Publish("flow/t", b"%d" % number, 1, packet_id=number) for number in numbers))
    sender.expect(*(PubAck(number) for number in numbers))
    heard: list[int] = []
    for _ in numbers[::2]:
        first, second = receiver.receive(), receiver.receive()
        assert isinstance(first, Publish)
        assert isinstance(second, Publish)
        # Nothing follows before the acknowledgement: the answer to a ping is the next packet.
        assert receiver.ask(PingReq()) == PingResp()
        heard += [int(first.payload), int(second.payload)]
        receiver.send(PubAck(first.packet_id), PubAck(second.packet_id))
    assert heard == list(numbers)
