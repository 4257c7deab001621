"""QoS 2 passes in standard mode, and is refused in AWS's."""

import pytest

from iot.core.mqtt.packets import Disconnect, Packet, PubComp, Publish, PubRec, PubRel

from .conftest import Dial


@pytest.mark.parametrize("versions", [(4, 4), (4, 5), (5, 4), (5, 5)])
def test_standard_mode_passes_it_whole(dial: Dial, versions: tuple[int, int]) -> None:
    topic = f"qos2/{versions[0]}{versions[1]}"
    sender, receiver = dial(version=versions[0]), dial(version=versions[1])
    sender.connect()
    receiver.connect()
    assert receiver.subscribe(topic, qos=2) == (2,)
    sender.send(Publish(topic, b"x", 2, packet_id=5))
    sender.expect(PubRec(5))
    sender.send(PubRel(5))
    sender.expect(PubComp(5))
    receiver.expect(Publish(topic, b"x", 2, packet_id=1))
    receiver.send(PubRec(1))
    receiver.expect(PubRel(1))
    receiver.send(PubComp(1))


@pytest.mark.parametrize(("version", "told"), [(4, []), (5, [Disconnect(0x9B)])])
def test_strict_mode_refuses_it(dial: Dial, strict_port: int, version: int, told: list[Packet]) -> None:
    device = dial(version=version, port=strict_port)
    device.connect()
    assert device.subscribe("qos2/strict", qos=2) == (1,)
    device.send(Publish("qos2/strict", b"x", 2, packet_id=5))
    device.expect(*told, None)
