"""What a device sends behind CONNECT, without waiting, is handled once CONNACK is out."""

import pytest

from iot.core.mqtt.packets import ConnAck, Connect, PingReq, PingResp, PubAck, Publish, SubAck, Subscribe, Subscription

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_packets_behind_connect_are_answered_after_connack(dial: Dial, version: int) -> None:
    device = dial(version=version)
    topic = f"pipelined/{version}"
    subscribe = Subscribe(1, (Subscription(topic, 1),))
    device.send(Connect(device.client_id, version), subscribe, Publish(topic, b"x", 1, packet_id=2), PingReq())
    answer = device.receive()
    assert isinstance(answer, ConnAck)
    assert answer.reason_code == 0
    rest = [device.receive() for _ in range(4)]
    assert SubAck(1, (1,)) in rest
    assert PubAck(2) in rest
    assert PingResp() in rest
    assert Publish(topic, b"x", 1, packet_id=1) in rest
