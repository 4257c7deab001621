"""AWS's device SDK for Python, version 2: MQTT 5 and 3.1.1, and its shadow client."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from awscrt import mqtt, mqtt5
from awscrt.mqtt_request_response import ClientOptions
from awsiot import (
    ServiceStreamOptions,
    V2ServiceException,
    iotshadow,
    mqtt5_client_builder,
    mqtt_connection_builder,
)

from tests.stack import Device, Stack

SECONDS = 15


class Mqtt5:
    """An MQTT 5 client of the SDK, and what has happened to it."""

    def __init__(self, stack: Stack, device: Device) -> None:
        self.received: list[mqtt5.PublishPacket] = []
        self.arrived = threading.Event()
        self.connected: Future[Any] = Future()
        self.stopped: Future[Any] = Future()
        self.client = mqtt5_client_builder.mtls_from_path(
            endpoint="localhost",
            port=stack.mqtt_port,
            cert_filepath=str(device.cert),
            pri_key_filepath=str(device.key),
            ca_filepath=str(device.ca),
            client_id=device.thing,
            on_publish_received=self._received,
            on_lifecycle_connection_success=self.connected.set_result,
            on_lifecycle_connection_failure=lambda data: self._failed(data),
            on_lifecycle_stopped=self.stopped.set_result,
        )

    def _received(self, data: mqtt5.PublishReceivedData) -> None:
        self.received.append(data.publish_packet)
        self.arrived.set()

    def _failed(self, data: Any) -> None:
        if not self.connected.done():
            self.connected.set_exception(data.exception)

    def __enter__(self) -> "Mqtt5":
        self.client.start()
        self.connected.result(SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.stop()
        self.stopped.result(SECONDS)


def test_mqtt_5_publishes_to_itself_with_properties(stack: Stack) -> None:
    with Mqtt5(stack, stack.device()) as one:
        topic = f"sdk/{one.client is not None}/{id(one)}"
        granted = one.client.subscribe(
            mqtt5.SubscribePacket([mqtt5.Subscription(topic, mqtt5.QoS.AT_LEAST_ONCE)])
        ).result(SECONDS)
        assert granted.reason_codes == [mqtt5.SubackReasonCode.GRANTED_QOS_1]
        sent = mqtt5.PublishPacket(
            topic=topic,
            qos=mqtt5.QoS.AT_LEAST_ONCE,
            payload=b"hello",
            content_type="text/plain",
            user_properties=[mqtt5.UserProperty("k", "v")],
        )
        acknowledged = one.client.publish(sent).result(SECONDS)
        assert acknowledged.puback.reason_code == mqtt5.PubackReasonCode.SUCCESS
        assert one.arrived.wait(SECONDS)
        got = one.received[0]
        assert (got.payload, got.content_type) == (b"hello", "text/plain")
        assert [(pair.name, pair.value) for pair in got.user_properties] == [("k", "v")]


def test_mqtt_5_is_told_when_it_may_not_publish(stack: Stack) -> None:
    name = "sdk-narrow"
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}],
    }
    with Mqtt5(stack, stack.device(name, document=document)) as one:
        answer = one.client.publish(mqtt5.PublishPacket(topic="a/b", qos=mqtt5.QoS.AT_LEAST_ONCE)).result(SECONDS)
        assert answer.puback.reason_code == mqtt5.PubackReasonCode.NOT_AUTHORIZED


def test_the_shadow_client_updates_and_hears_of_the_delta(stack: Stack) -> None:
    device = stack.device()
    with Mqtt5(stack, device) as one:
        options = ClientOptions(4, 2, operation_timeout_in_seconds=SECONDS)
        shadows = iotshadow.IotShadowClientV2(one.client, options)
        heard: Future[Any] = Future()
        stream = shadows.create_shadow_delta_updated_stream(
            iotshadow.ShadowDeltaUpdatedSubscriptionRequest(thing_name=device.thing),
            ServiceStreamOptions(incoming_event_listener=heard.set_result),
        )
        stream.open()
        state = iotshadow.ShadowState(desired={"led": "on"}, reported={"led": "off"})
        updated = shadows.update_shadow(iotshadow.UpdateShadowRequest(thing_name=device.thing, state=state)).result(
            SECONDS
        )
        assert updated.version == 1
        assert heard.result(SECONDS).state == {"led": "on"}
        found = shadows.get_shadow(iotshadow.GetShadowRequest(thing_name=device.thing)).result(SECONDS)
        assert found.state.delta == {"led": "on"}
        late = shadows.update_shadow(iotshadow.UpdateShadowRequest(thing_name=device.thing, state=state, version=77))
        with pytest.raises(V2ServiceException) as refused:
            late.result(SECONDS)
        assert refused.value.modeled_error.code == 409


@pytest.fixture
def old(stack: Stack) -> Iterator[tuple[Device, mqtt.Connection]]:
    device = stack.device()
    connection = mqtt_connection_builder.mtls_from_path(
        endpoint="localhost",
        port=stack.mqtt_port,
        cert_filepath=str(device.cert),
        pri_key_filepath=str(device.key),
        ca_filepath=str(device.ca),
        client_id=device.thing,
        clean_session=True,
        keep_alive_secs=30,
    )
    connection.connect().result(SECONDS)
    yield device, connection
    connection.disconnect().result(SECONDS)


def test_mqtt_3_publishes_to_itself(old: tuple[Device, mqtt.Connection]) -> None:
    device, connection = old
    got: Future[bytes] = Future()
    subscribed, _ = connection.subscribe(
        f"old/{device.thing}", mqtt.QoS.AT_LEAST_ONCE, lambda topic, payload, **_: got.set_result(payload)
    )
    assert subscribed.result(SECONDS)["qos"] == mqtt.QoS.AT_LEAST_ONCE
    published, _ = connection.publish(f"old/{device.thing}", b"hello", mqtt.QoS.AT_LEAST_ONCE)
    published.result(SECONDS)
    assert got.result(SECONDS) == b"hello"


def test_the_old_shadow_client_gets_what_was_accepted(old: tuple[Device, mqtt.Connection]) -> None:
    device, connection = old
    shadows = iotshadow.IotShadowClient(connection)
    accepted: Future[Any] = Future()
    subscribed, _ = shadows.subscribe_to_update_shadow_accepted(
        iotshadow.UpdateShadowSubscriptionRequest(thing_name=device.thing),
        mqtt.QoS.AT_LEAST_ONCE,
        accepted.set_result,
    )
    subscribed.result(SECONDS)
    state = iotshadow.ShadowState(reported=json.loads('{"temperature": 21}'))
    shadows.publish_update_shadow(
        iotshadow.UpdateShadowRequest(thing_name=device.thing, state=state), mqtt.QoS.AT_LEAST_ONCE
    ).result(SECONDS)
    assert accepted.result(SECONDS).state.reported == {"temperature": 21}
