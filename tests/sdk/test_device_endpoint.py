"""The HTTPS port as the AWS IoT device SDK and boto3 use it: WebSockets with signatures, publishing, shadows, jobs."""

import json
import threading
from typing import Any

import boto3
import pytest
from awscrt import auth, mqtt, mqtt5
from awsiot import mqtt5_client_builder, mqtt_connection_builder

from tests.stack import Stack

SECONDS = 15


def credentials(stack: Stack) -> Any:
    return auth.AwsCredentialsProvider.new_static(*stack.access_key)


def test_mqtt_3_over_a_signed_websocket(stack: Stack) -> None:
    connection = mqtt_connection_builder.websockets_with_default_aws_signing(
        region="us-east-1",
        credentials_provider=credentials(stack),
        endpoint="localhost",
        port=stack.https_port,
        client_id="sdk-socket-3",
        ca_filepath=str(stack.data / "ca.pem"),
    )
    heard = threading.Event()
    connection.connect().result(SECONDS)
    subscribed, _ = connection.subscribe("socket/#", mqtt.QoS.AT_LEAST_ONCE, lambda **given: heard.set())
    subscribed.result(SECONDS)
    published, _ = connection.publish("socket/3", "hello", mqtt.QoS.AT_LEAST_ONCE)
    published.result(SECONDS)
    assert heard.wait(SECONDS)
    connection.disconnect().result(SECONDS)


def test_mqtt_5_over_a_signed_websocket(stack: Stack) -> None:
    connected, failures = threading.Event(), []

    def failed(data: mqtt5.LifecycleConnectFailureData) -> None:
        failures.append(data.exception)
        connected.set()

    client = mqtt5_client_builder.websockets_with_default_aws_signing(
        region="us-east-1",
        credentials_provider=credentials(stack),
        endpoint="localhost",
        port=stack.https_port,
        client_id="sdk-socket-5",
        ca_filepath=str(stack.data / "ca.pem"),
        on_lifecycle_connection_success=lambda data: connected.set(),
        on_lifecycle_connection_failure=failed,
    )
    client.start()
    assert connected.wait(SECONDS)
    client.stop()
    assert failures == []


@pytest.mark.parametrize("service", ["iot-data", "iot-jobs-data"])
def test_boto3_speaks_to_the_devices_port(stack: Stack, service: str) -> None:
    stack.boto("iot").create_thing(thingName="port-thing")
    key_id, secret = stack.access_key
    client = boto3.client(
        service,
        endpoint_url=f"https://localhost:{stack.https_port}",
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        verify=str(stack.data / "ca.pem"),
    )
    if service == "iot-jobs-data":
        assert client.get_pending_job_executions(thingName="port-thing")["queuedJobs"] == []
        return
    for pairs in ([{"k": "v"}], json.dumps([{"k": "v"}])):
        client.publish(topic="port/a b", qos=1, payload=b"hello", userProperties=pairs)
    client.update_thing_shadow(thingName="port-thing", payload=b'{"state":{"desired":{"on":true}}}')
    shadow = json.loads(client.get_thing_shadow(thingName="port-thing")["payload"].read())
    assert shadow["state"]["desired"] == {"on": True}
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_thing_shadow(thingName="port-thing", shadowName="none")
    client.close()
