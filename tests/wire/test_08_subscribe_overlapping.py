"""Overlapping subscriptions deliver with the highest QoS among them, once or once for each."""

import pytest

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_the_highest_qos_counts(dial: Dial, version: int) -> None:
    device, sender = dial(version=version), dial()
    device.connect()
    sender.connect()
    device.subscribe(f"overlap{version}/#", qos=1, packet_id=1)
    device.subscribe(f"overlap{version}/+", qos=0, packet_id=2)
    sender.publish(f"overlap{version}/t", b"x")
    sender.publish(f"overlap{version}/end/t", b"end")
    heard = [device.hear()]
    while heard[-1].payload != b"end":
        heard.append(device.hear())
    assert len(heard) in (2, 3)
    assert max(message.qos for message in heard[:-1]) == 1


@pytest.mark.parametrize("version", [4, 5])
def test_a_filter_subscribed_again_replaces_itself(dial: Dial, version: int) -> None:
    device = dial(version=version)
    device.connect()
    assert device.subscribe(f"twice/{version}", qos=0) == (0,)
    assert device.subscribe(f"twice/{version}", qos=1) == (1,)
    device.publish(f"twice/{version}", b"x")
    device.publish(f"twice/{version}", b"y")
    assert [device.hear().payload, device.hear().payload] == [b"x", b"y"]
