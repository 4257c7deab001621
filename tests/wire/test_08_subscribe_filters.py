"""Filters that are none end the connection; limits on filters and subscriptions are answered in SUBACK."""

import pytest

from iot.core.mqtt.packets import Publish, SubAck, Subscribe, Subscription

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("name", ["", "a/#/b", "a#", "+a", "$share/g", "$share//a", "$share/g+/a", "a\0"])
def test_what_is_no_filter_ends_the_connection(dial: Dial, version: int, name: str) -> None:
    device = dial(version=version)
    device.connect()
    device.send(Subscribe(1, (Subscription(name, 1),)))
    device.wait_closed()


@pytest.mark.parametrize(("version", "code"), [(4, 0x80), (5, 0x97)])
def test_strict_mode_takes_eight_filters_at_once_and_fifty_in_all(
    dial: Dial, strict_port: int, version: int, code: int
) -> None:
    device = dial(version=version, port=strict_port)
    device.connect()
    nine = tuple(Subscription(f"filters/{number}", 1) for number in range(9))
    assert device.ask(Subscribe(1, nine)) == SubAck(1, (code,) * 9)
    for number in range(50):
        assert device.subscribe(f"filters/{number}") == (1,)
    assert device.subscribe("filters/50") == (code,)
    assert device.subscribe("filters/49") == (1,)


@pytest.mark.parametrize("version", [4, 5])
def test_wildcards_match_as_the_standard_says(dial: Dial, version: int) -> None:
    device = dial(version=version)
    device.connect()
    device.subscribe(f"wild{version}/+/c", f"wild{version}/d/#", qos=0)
    topics = ("b/c", "b/d", "b/c/d", "/c", "d", "d/e/f", "c")
    device.send(*(Publish(f"wild{version}/{topic}") for topic in topics))
    device.expect(*(Publish(f"wild{version}/{topic}") for topic in ("b/c", "/c", "d", "d/e/f")))
