"""AWS's first device SDK for Python, which still runs in many places: MQTT 3.1.1 and its shadow handler."""

import json
from concurrent.futures import Future
from typing import Any

import pytest
from AWSIoTPythonSDK.MQTTLib import AWSIoTMQTTClient, AWSIoTMQTTShadowClient

from tests.stack import Device, Stack

SECONDS = 15

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def configured(client: Any, stack: Stack, device: Device) -> Any:
    client.configureEndpoint("localhost", stack.mqtt_port)
    client.configureCredentials(str(device.ca), str(device.key), str(device.cert))
    return client


def test_it_publishes_to_itself(stack: Stack) -> None:
    device = stack.device()
    client = configured(AWSIoTMQTTClient(device.thing), stack, device)
    got: Future[bytes] = Future()
    assert client.connect()
    try:
        assert client.subscribe(f"v1/{device.thing}", 1, lambda client, data, message: got.set_result(message.payload))
        assert client.publish(f"v1/{device.thing}", "hello", 1)
        assert got.result(SECONDS) == b"hello"
    finally:
        client.disconnect()


def test_its_shadow_handler_updates_gets_and_hears_of_the_delta(stack: Stack) -> None:
    device = stack.device()
    client = configured(AWSIoTMQTTShadowClient(device.thing), stack, device)
    assert client.connect()
    try:
        shadow = client.createShadowHandlerWithName(device.thing, True)
        delta: Future[dict[str, Any]] = Future()
        shadow.shadowRegisterDeltaCallback(lambda payload, *_: delta.set_result(json.loads(payload)))
        updated: Future[str] = Future()
        body = json.dumps({"state": {"desired": {"led": "on"}, "reported": {"led": "off"}}})
        shadow.shadowUpdate(body, lambda payload, status, token: updated.set_result(status), 5)
        assert updated.result(SECONDS) == "accepted"
        assert delta.result(SECONDS)["state"] == {"led": "on"}
        got: Future[dict[str, Any]] = Future()
        shadow.shadowGet(lambda payload, status, token: got.set_result(json.loads(payload)), 5)
        assert got.result(SECONDS)["state"]["desired"] == {"led": "on"}
    finally:
        client.disconnect()
