"""No policy opens the broker's own topics, ours, or the shared groups of our own processes to a device."""

import pytest

from tests.stack import Stack

from .conftest import Dial

CLOSED = (
    "$SYS/#",
    "$SYS/broker/uptime",
    "$CONTROL/dynamic-security/v1",
    "$changed/#",
    "$gateway/disconnect/#",
    "$gateway/direct/+",
    "$seen/#",
    "$retained/#",
    "$aws/rules/r/#",
    "$share/x/$SYS/#",
    "$share/x/$changed/#",
)


@pytest.mark.parametrize(("version", "codes"), [(4, {0x80}), (5, {0x87, 0x8F})])
def test_it_is_closed_whatever_the_policy(stack: Stack, dial: Dial, version: int, codes: set[int]) -> None:
    device = dial(version=version)
    device.connect()
    group = (stack.data / "broker" / "group").read_text().strip()
    answers = {name: device.subscribe(name)[0] for name in (*CLOSED, f"$share/{group}/#", f"$share/{group}/a")}
    assert set(answers.values()) <= codes, answers


def test_a_group_of_the_devices_own_takes_nothing_from_the_bridge(dial: Dial) -> None:
    """The bridge's group has a secret name, so a group that is called like it is another."""
    thief, sender = dial(), dial()
    thief.connect()
    sender.connect()
    thief.subscribe("$share/bridge/$aws/things/+/shadow/update", "$share/bridge/#")
    sender.subscribe("$aws/things/stolen/shadow/update/accepted")
    for number in range(1, 5):
        document = b'{"state":{"reported":{"n":%d}}}' % number
        sender.publish("$aws/things/stolen/shadow/update", document, packet_id=number)
        assert sender.hear().topic == "$aws/things/stolen/shadow/update/accepted"
