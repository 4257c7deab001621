"""Above AWS's hundred publishes a second a strict gateway drops, says so in MQTT 5, and lets the connection live."""

from collections import Counter

from iot.core.mqtt.packets import PingReq, PingResp, PubAck, Publish

from .conftest import Dial


def test_what_is_too_much_is_dropped(dial: Dial, strict_port: int) -> None:
    device = dial(port=strict_port)
    device.connect()
    codes: Counter[int] = Counter()
    for _ in range(10):
        device.send(*(Publish("rate/t", b"x", 1, packet_id=number) for number in range(1, 101)))
        for number in range(1, 101):
            answer = device.receive()
            assert isinstance(answer, PubAck)
            assert answer.packet_id == number
            codes[answer.reason_code] += 1
    assert set(codes) == {0, 0x97}
    assert codes[0] >= 200
    assert device.ask(PingReq()) == PingResp()


def test_mqtt_3_hears_nothing_of_it(dial: Dial, strict_port: int) -> None:
    device = dial(version=4, port=strict_port)
    device.connect()
    device.send(*(Publish("rate/t") for _ in range(1000)), PingReq())
    device.expect(PingResp())
