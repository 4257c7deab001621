"""MQTT 5 is told how many publishes may be in flight and ended above it; MQTT 3.1.1 is made to wait."""

from iot.core.mqtt.packets import Disconnect, PubAck, Publish, encode

from .conftest import Dial


def test_mqtt_3_may_send_any_number_at_once(dial: Dial) -> None:
    device = dial(version=4)
    device.connect()
    data = b"".join(encode(Publish("many/3", b"x" * 100, 1, packet_id=number), 4) for number in range(1, 2001))
    device.send(data)
    device.expect(*(PubAck(number) for number in range(1, 2001)))


def test_mqtt_5_may_use_its_window_and_is_ended_above_it(dial: Dial) -> None:
    device = dial()
    window = device.connect().properties.receive_maximum
    assert window == 100
    device.send(*(Publish("many/5", b"x", 1, packet_id=number) for number in range(1, window + 1)))
    device.expect(*(PubAck(number) for number in range(1, window + 1)))
    device.send(*(Publish("many/5", b"x", 1, packet_id=number) for number in range(1, 2 * window)))
    rest = [packet for packet in iter(device.receive, None)]
    assert rest[-1] == Disconnect(0x93)
