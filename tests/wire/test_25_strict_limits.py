"""AWS's limits hold in strict mode and are told; in standard mode what harms nobody passes."""

import pytest

from iot.core.mqtt.packets import ConnAck, Connect, PingReq, PingResp, PubAck, Publish, Will
from iot.core.mqtt.properties import Properties

from .conftest import Dial

LONG_TOPICS = ["a/b/c/d/e/f/g/h/i", "x" * 257]
LARGE = [
    Properties(content_type="x" * 257),
    Properties(response_topic="x" * 257),
    Properties(correlation_data=bytes(8 * 1024 + 1)),
    Properties(user_property=tuple((f"{number:03}", "x" * 97) for number in range(83))),
]
LARGEST = [
    Properties(content_type="x" * 256),
    Properties(response_topic="x" * 256),
    Properties(correlation_data=bytes(8 * 1024)),
    Properties(user_property=tuple((f"{number:03}", "x" * 97) for number in range(81))),
]


@pytest.mark.parametrize(("properties", "fits"), list(zip(LARGE, LARGEST, strict=True)))
def test_properties_of_a_publish(dial: Dial, strict_port: int, properties: Properties, fits: Properties) -> None:
    standard, strict = dial(), dial(port=strict_port)
    for device in (standard, strict):
        device.connect()
        device.send(Publish("limits/t", b"", 1, packet_id=1, properties=fits))
        device.expect(PubAck(1))
        device.send(Publish("limits/t", b"", 1, packet_id=2, properties=properties))
    standard.expect(PubAck(2))
    answer = strict.receive()
    assert isinstance(answer, PubAck)
    assert answer.reason_code == 0x97


@pytest.mark.parametrize(("asked", "told"), [(0, 1), (1, 1), (604_801, 604_800)])
def test_a_messages_expiry(dial: Dial, strict_port: int, asked: int, told: int) -> None:
    device = dial(port=strict_port)
    device.connect()
    device.subscribe("limits/expiry", qos=0)
    device.send(Publish("limits/expiry", b"", properties=Properties(message_expiry_interval=asked)))
    heard = device.receive()
    assert isinstance(heard, Publish)
    assert heard.properties.message_expiry_interval in (told, told - 1)


@pytest.mark.parametrize("topic", LONG_TOPICS)
def test_the_topic_of_a_will(dial: Dial, strict_port: int, topic: str) -> None:
    dial().connect(will=Will(topic, b"x"))
    device = dial(port=strict_port)
    answer = device.ask(Connect(device.client_id, will=Will(topic, b"x")))
    assert isinstance(answer, ConnAck)
    assert answer.reason_code == 0x90


@pytest.mark.parametrize("name", [*LONG_TOPICS, "$share/g/a/b/c/d/e/f/g/h/i", f"$share/{'g' * 129}/a"])
def test_filters(dial: Dial, strict_port: int, name: str) -> None:
    standard, strict = dial(), dial(port=strict_port)
    standard.connect()
    strict.connect()
    assert standard.subscribe(name) == (1,)
    assert strict.subscribe(name, f"$share/{'g' * 128}/a/b/c/d/e/f/g/h") == (0x8F, 1)


def test_a_hash_does_not_match_its_parent(dial: Dial, strict_port: int) -> None:
    standard, strict = dial(), dial(port=strict_port)
    for device in (standard, strict):
        device.connect()
        device.subscribe("limits/parent/#", qos=0)
    standard.send(Publish("limits/parent"), Publish("limits/parent/child"))
    standard.expect(Publish("limits/parent"), Publish("limits/parent/child"))
    strict.expect(Publish("limits/parent/child"))


def test_a_keep_alive_is_between_thirty_seconds_and_twenty_minutes(dial: Dial, strict_port: int) -> None:
    for asked, used in ((0, 1200), (1, 30), (30, None), (1200, None), (1201, 1200)):
        assert dial(port=strict_port).connect(keep_alive=asked).properties.server_keep_alive == used


def test_more_than_a_hundred_publishes_a_second_of_others_do_not_reach_a_device(dial: Dial, strict_port: int) -> None:
    sender, receiver = dial(), dial(port=strict_port)
    sender.connect()
    receiver.connect()
    receiver.subscribe("limits/rate", qos=0)
    sender.send(*(Publish("limits/rate", b"%d" % number) for number in range(1000)), PingReq())
    sender.expect(PingResp())
    receiver.send(PingReq())
    heard = 0
    while receiver.receive() != PingResp():
        heard += 1
    assert 100 <= heard < 600
