"""What was decided is remembered: never for another device, never for ever, and never beyond a change of the policy."""

import json
from collections.abc import Iterable

from iot.core.mqtt.packets import PubAck, Publish
from tests.stack import Stack

from .conftest import Dial
from .raw import Raw
from .test_21_deaf import MEGABYTE, resident

OWN = "arn:aws:iot:*:*:topic/${iot:ClientId}/*"
TOPICS = 4_000
LONG = "x" * 2_000


def document(*resources: str) -> str:
    statements = [
        {"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"},
        {"Effect": "Allow", "Action": "iot:Publish", "Resource": list(resources)},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def codes(device: Raw, topics: Iterable[str]) -> list[int]:
    """Publish once on each topic; answers what the device is told of each."""
    found = []
    numbered = list(enumerate(topics, 1))
    for start in range(0, len(numbered), 50):
        part = numbered[start : start + 50]
        device.send(*(Publish(topic, b"", 1, packet_id=number) for number, topic in part))
        for number, _ in part:
            answer = device.receive()
            assert isinstance(answer, PubAck)
            assert answer.packet_id == number
            found.append(answer.reason_code)
    return found


def test_devices_of_one_policy_do_not_share_what_depends_on_them(stack: Stack, dial: Dial) -> None:
    certificate = stack.device(document=json.loads(document(OWN)))
    one, two = dial(certificate), dial(certificate)
    one.connect("remembered-1")
    two.connect("remembered-2")
    for _ in range(2):
        assert codes(one, ["remembered-1/t", "remembered-2/t"]) == [0, 0x87]
        assert codes(two, ["remembered-1/t", "remembered-2/t"]) == [0x87, 0]


def test_thousands_of_topics_are_decided_right_and_cost_little(stack: Stack, dial: Dial) -> None:
    device = dial(stack.device(document=json.loads(document(OWN))))
    device.connect("remembered-3")
    topics = [f"remembered-{3 + number % 2}/{number}{LONG}" for number in range(TOPICS)]
    before = resident(stack)
    assert codes(device, topics) == [0, 0x87] * (TOPICS // 2)
    assert resident(stack) - before < 10 * MEGABYTE
    assert codes(device, topics[:100]) == [0, 0x87] * 50


def test_a_change_of_the_policy_drops_them_all(stack: Stack, dial: Dial) -> None:
    certificate = stack.device(document=json.loads(document("arn:aws:iot:*:*:topic/before/*")))
    device = dial(certificate)
    device.connect()
    topics = [f"{area}/{number}" for number in range(20) for area in ("before", "after")]
    assert codes(device, topics) == [0, 0x87] * 20
    stack.boto("iot").create_policy_version(
        policyName=certificate.policy, policyDocument=document("arn:aws:iot:*:*:topic/after/*"), setAsDefault=True
    )
    stack.wait_for(lambda: codes(device, topics[:1]) == [0x87], 5)
    assert codes(device, topics) == [0x87, 0] * 20
