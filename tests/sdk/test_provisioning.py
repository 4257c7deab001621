"""The device SDK's fleet provisioning client: from a claim to a thing that connects with its own certificate."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awscrt import mqtt_request_response
from awsiot import iotidentity

from tests.sdk.test_awsiotsdk import SECONDS, Mqtt5
from tests.stack import Device, Stack

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
TEMPLATE = {
    "Parameters": {"Serial": {"Type": "String"}, "AWS::IoT::Certificate::Id": {"Type": "String"}},
    "Resources": {
        "thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Serial"}}},
        "certificate": {
            "Type": "AWS::IoT::Certificate",
            "Properties": {"CertificateId": {"Ref": "AWS::IoT::Certificate::Id"}, "Status": "Active"},
        },
        "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": POLICY}},
    },
}


@pytest.fixture
def claimed(stack: Stack, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    iot, name = stack.boto("iot"), f"fleet-{uuid.uuid4().hex[:8]}"
    iot.create_provisioning_template(
        templateName=name, templateBody=json.dumps(TEMPLATE), provisioningRoleArn="arn:aws:iam::1:role/x", enabled=True
    )
    claim = iot.create_provisioning_claim(templateName=name)
    device = written(stack, tmp_path, f"claim-{name}", claim["certificatePem"], claim["keyPair"]["PrivateKey"])
    with Mqtt5(stack, device) as one:
        options = mqtt_request_response.ClientOptions(
            max_request_response_subscriptions=4, max_streaming_subscriptions=1, operation_timeout_in_seconds=SECONDS
        )
        yield name, iotidentity.IotIdentityClientV2(one.client, options)


def written(stack: Stack, folder: Path, name: str, certificate: str, key: str) -> Device:
    cert_file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    cert_file.write_text(certificate)
    key_file.write_text(key)
    return Device(name, cert_file, key_file, stack.data / "ca.pem", "", "", "")


def test_from_a_claim_to_a_connected_thing(stack: Stack, claimed: tuple[str, Any], tmp_path: Path) -> None:
    template, identity = claimed
    made = identity.create_keys_and_certificate(iotidentity.CreateKeysAndCertificateRequest()).result(SECONDS)
    serial = f"dev-{uuid.uuid4().hex[:8]}"
    registered = identity.register_thing(
        iotidentity.RegisterThingRequest(
            template_name=template,
            certificate_ownership_token=made.certificate_ownership_token,
            parameters={"Serial": serial},
        )
    ).result(SECONDS)
    assert registered.thing_name == serial
    device = written(stack, tmp_path, serial, made.certificate_pem, made.private_key)
    with Mqtt5(stack, device) as one:
        assert one.connected.done()
    assert stack.boto("iot").describe_thing(thingName=serial)["thingName"] == serial
