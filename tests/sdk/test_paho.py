"""Eclipse Paho, as most Python programs use it: MQTT 3.1.1 and 5."""

import queue
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.stack import Device, Stack

SECONDS = 15


class Client:
    def __init__(self, stack: Stack, device: Device, version: MQTTProtocolVersion) -> None:
        self.messages: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.paho = paho.Client(CallbackAPIVersion.VERSION2, client_id=device.thing, protocol=version)
        self.paho.tls_set(ca_certs=str(device.ca), certfile=str(device.cert), keyfile=str(device.key))
        self.paho.on_connect = lambda c, u, flags, reason, p: self.events.put(("connected", reason))
        self.paho.on_disconnect = lambda c, u, flags, reason, p: self.events.put(("disconnected", reason))
        self.paho.on_subscribe = lambda c, u, mid, reasons, p: self.events.put(("subscribed", reasons))
        self.paho.on_message = lambda c, u, message: self.messages.put(message)
        self._port = stack.mqtt_port

    def __enter__(self) -> "Client":
        self.paho.connect("localhost", self._port, keepalive=30)
        self.paho.loop_start()
        return self

    def __exit__(self, *_: object) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()

    def expect(self, name: str) -> Any:
        found, value = self.events.get(timeout=SECONDS)
        assert found == name, (found, value)
        return value


@pytest.mark.parametrize("version", [MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5])
def test_it_publishes_to_itself(stack: Stack, version: MQTTProtocolVersion) -> None:
    device = stack.device()
    with Client(stack, device, version) as one:
        assert not one.expect("connected").is_failure
        one.paho.subscribe(f"paho/{device.thing}/#", qos=1)
        assert not one.expect("subscribed")[0].is_failure
        one.paho.publish(f"paho/{device.thing}/a", b"hello", qos=1).wait_for_publish(SECONDS)
        assert one.messages.get(timeout=SECONDS).payload == b"hello"


def test_a_deactivated_certificate_is_out_within_five_seconds(stack: Stack) -> None:
    device = stack.device()
    with Client(stack, device, MQTTProtocolVersion.MQTTv5) as one:
        assert not one.expect("connected").is_failure
        stack.boto("iot").update_certificate(certificateId=device.certificate_id, newStatus="INACTIVE")
        name, _ = one.events.get(timeout=5)
        assert name == "disconnected"


def test_a_retained_message_is_there_for_who_comes_later(stack: Stack) -> None:
    device = stack.device()
    topic = f"kept/{device.thing}"
    with Client(stack, device, MQTTProtocolVersion.MQTTv5) as one:
        one.expect("connected")
        one.paho.publish(topic, b"last", qos=1, retain=True).wait_for_publish(SECONDS)
        one.paho.subscribe(topic, qos=1)
        message = one.messages.get(timeout=SECONDS)
        assert (message.payload, message.retain) == (b"last", True)
    data = stack.boto("iot-data")
    stack.wait_for(lambda: topic in {found["topic"] for found in data.list_retained_messages()["retainedTopics"]})
