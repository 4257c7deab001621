"""A will is published when the connection ends without DISCONNECT 0x00, and needs leave like any other publish."""

import socket
import struct
import uuid

import pytest

from iot.core.mqtt.packets import ConnAck, Connect, Disconnect, PingReq, PingResp, Will
from iot.core.mqtt.properties import Properties
from tests.stack import Device, Stack

from .conftest import Dial
from .raw import Raw

PROBE = b'{"gone":0}'
BOTH = pytest.mark.parametrize("version", [4, 5])


@BOTH
@pytest.mark.parametrize("how", ["cut", "closed", "malformed"])
def test_a_will_is_published_when_the_connection_breaks(dial: Dial, version: int, how: str) -> None:
    topic = f"will/{version}/{how}"
    watcher, device = dial(), dial(version=version)
    watcher.connect()
    watcher.subscribe(topic)
    device.connect(will=Will(topic, b"gone", 1))
    if how == "cut":
        device.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "malformed":
        device.send(b"\xff\xff\xff")
        device.wait_closed()
    device.socket.close()
    message = watcher.hear()
    assert (message.topic, message.payload, message.properties) == (topic, b"gone", Properties())


@BOTH
def test_disconnect_takes_the_will_back(dial: Dial, version: int) -> None:
    topic = f"will/{version}/back"
    watcher, device = dial(), dial(version=version)
    watcher.connect()
    watcher.subscribe(topic)
    device.connect(will=Will(topic, b"gone", 1))
    device.send(Disconnect())
    device.wait_closed()
    watcher.publish(topic, b"after")
    assert watcher.hear().payload == b"after"


def test_disconnect_with_will_of_mqtt_5_publishes_it_with_its_properties(dial: Dial) -> None:
    own = Properties(content_type="text/plain", user_property=(("k", "v"),))
    watcher, device = dial(), dial()
    watcher.connect()
    watcher.subscribe("will/asked")
    device.connect(will=Will("will/asked", b"gone", properties=own))
    device.send(Disconnect(0x04))
    message = watcher.hear()
    assert (message.payload, message.properties) == (b"gone", own)


@pytest.mark.parametrize("clean", [False, True])
def test_a_will_is_published_when_another_connection_takes_the_client_id(dial: Dial, clean: bool) -> None:
    topic = f"will/taken/{clean}"
    kept = Properties(session_expiry_interval=60)
    watcher, device = dial(), dial()
    watcher.connect()
    watcher.subscribe(topic)
    device.connect(will=Will(topic, b"taken"), properties=kept)
    dial().connect(device.client_id, clean_start=clean, properties=kept)
    assert watcher.hear().payload == b"taken"
    watcher.publish(topic, b"once only")
    assert watcher.hear().payload == b"once only"


@pytest.mark.parametrize(("version", "code"), [(4, 5), (5, 0x87)])
@pytest.mark.parametrize("topic", ["no/will", "$SYS/will", "$aws/things/x/shadow/update/accepted"])
def test_a_will_that_may_not_be_published_is_refused_at_connect(
    dial: Dial, limited: Device, version: int, code: int, topic: str
) -> None:
    device = dial(limited, version=version)
    device.send(Connect(device.client_id, version, will=Will(topic, b"x")))
    device.expect(ConnAck(reason_code=code), None)


@pytest.mark.parametrize(("version", "code"), [(4, 5), (5, 0x87)])
def test_a_will_that_is_to_be_retained_needs_leave_for_that_too(
    dial: Dial, limited: Device, version: int, code: int
) -> None:
    device = dial(limited, version=version)
    device.send(Connect(device.client_id, version, will=Will("ok/will", b"x", retain=True)))
    device.expect(ConnAck(reason_code=code), None)


@BOTH
def test_a_will_that_may_be_published_is_taken(dial: Dial, limited: Device, version: int) -> None:
    device = dial(limited, version=version)
    device.connect(will=Will("ok/will", b"x"))
    assert device.ask(PingReq()) == PingResp()


@pytest.mark.parametrize("how", ["closed", "taken"])
def test_a_retained_will_runs_a_rule_once_and_is_kept(dial: Dial, stack: Stack, how: str) -> None:
    name = f"will_{how}"
    republish = {"roleArn": "arn:aws:iam::123456789012:role/r", "topic": f"{name}/out", "qos": 1}
    payload = {"sql": f"SELECT gone FROM '{name}/+/in'", "actions": [{"republish": republish}]}
    stack.boto("iot").create_topic_rule(ruleName=name, topicRulePayload=payload)
    topic = f"{name}/{uuid.uuid4()}/in"
    watcher, device = dial(), dial()
    watcher.connect()
    watcher.subscribe(f"{name}/out")
    until_the_rule_runs(watcher, topic)
    kept = Properties(session_expiry_interval=60)
    device.connect(will=Will(topic, b'{"gone":1}', 1, True), properties=kept)
    if how == "taken":
        # The session goes on, and it is the gateway that publishes the will.
        dial().connect(device.client_id, clean_start=False, properties=kept)
    device.socket.close()
    assert heard(watcher) == b'{"gone":1}'
    watcher.publish(topic, b'{"gone":2}')
    assert heard(watcher) == b'{"gone":2}'
    stack.wait_for(lambda: is_retained(stack, topic))
    stack.boto("iot").delete_topic_rule(ruleName=name)


def until_the_rule_runs(watcher: Raw, topic: str) -> None:
    for _ in range(20):
        watcher.publish(topic, PROBE)
        try:
            watcher.receive(0.5)
        except TimeoutError:
            continue
        return
    pytest.fail("the rule does not run")


def heard(watcher: Raw) -> bytes:
    """Answer what the rule publishes next, but for probes that were late."""
    while (payload := watcher.hear().payload) == PROBE:
        pass
    return payload


def is_retained(stack: Stack, topic: str) -> bool:
    client = stack.boto("iot-data")
    try:
        found = client.get_retained_message(topic=topic)
    except client.exceptions.ResourceNotFoundException:
        return False
    return bool(found["payload"] == b'{"gone":1}' and found["qos"] == 1)
