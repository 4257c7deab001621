"""A filter that begins with a wildcard does not match a topic that begins with `$`."""

import pytest

from .conftest import Dial


@pytest.mark.parametrize("version", [4, 5])
def test_wildcards_do_not_hear_reserved_topics(dial: Dial, version: int) -> None:
    wild, named = dial(version=version), dial(version=version)
    wild.connect()
    named.connect()
    thing = f"dollar-{version}"
    wild.subscribe("#", f"+/things/{thing}/shadow/get")
    named.subscribe(f"$aws/things/{thing}/shadow/#")
    named.publish(f"$aws/things/{thing}/shadow/get")
    assert named.hear().topic == f"$aws/things/{thing}/shadow/get"
    assert named.hear().topic == f"$aws/things/{thing}/shadow/get/rejected"
    named.publish(f"plain/{thing}", b"x")
    while (message := wild.hear()).topic != f"plain/{thing}":
        assert not message.topic.startswith("$")
