"""A certificate that nobody registered, of a registered authority: provisioned (JITP) or announced (JITR) at its first
connection, and connected at the next."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from tests.api import issuing
from tests.sdk.test_paho import SECONDS, Client
from tests.services import test_provisioning as provisioning
from tests.stack import Device, Stack

POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
WITH_POLICY = {"policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": POLICY}}}
TEMPLATE = {**provisioning.TEMPLATE, "Resources": {**provisioning.TEMPLATE["Resources"], **WITH_POLICY}}


@pytest.fixture
def authority() -> issuing.Authority:
    return issuing.authority(f"Customer {uuid.uuid4().hex[:8]}")


def register(iot: Any, authority: issuing.Authority, **more: Any) -> str:
    """Register an authority with the proof that its key is the caller's; answers its id."""
    proof = authority.issue(iot.get_registration_code()["registrationCode"])
    made = iot.register_ca_certificate(
        caCertificate=authority.pem,
        verificationCertificate=proof,
        setAsActive=True,
        allowAutoRegistration=True,
        **more,
    )
    found: str = made["certificateId"]
    return found


def equip(stack: Stack, authority: issuing.Authority, folder: Path) -> Device:
    """Make a device as its factory would: a certificate with that of its authority, and a key."""
    name = f"new-{uuid.uuid4().hex[:8]}"
    certificate, key = authority.equip(name)
    cert_file, key_file = folder / "device.pem", folder / "device.key"
    cert_file.write_text(certificate + authority.pem)
    key_file.write_text(key)
    return Device(name, cert_file, key_file, stack.data / "ca.pem", "", "", "")


def is_let_in(stack: Stack, device: Device) -> bool:
    """Connect once, and say whether the gateway took it."""
    client = Client(stack, device, MQTTProtocolVersion.MQTTv311)
    try:
        client.paho.connect("localhost", stack.mqtt_port)
        client.paho.loop_start()
        name, reason = client.events.get(timeout=SECONDS)
        return name == "connected" and not reason.is_failure
    except OSError:
        return False
    finally:
        client.paho.disconnect()
        client.paho.loop_stop()


def test_with_a_template_the_first_connection_makes_the_thing_and_the_second_is_let_in(
    stack: Stack, authority: issuing.Authority, tmp_path: Path
) -> None:
    iot = stack.boto("iot")
    config = {"templateBody": json.dumps(TEMPLATE), "roleArn": "arn:aws:iam::123456789012:role/jitp"}
    register(iot, authority, registrationConfig=config)
    device = equip(stack, authority, tmp_path)
    assert not is_let_in(stack, device)
    (principal,) = iot.list_thing_principals(thingName=device.thing)["principals"]
    assert is_let_in(stack, device)
    found = iot.describe_certificate(certificateId=principal.rpartition("/")[2])["certificateDescription"]
    assert found["status"] == "ACTIVE"


def test_without_one_it_is_announced_and_let_in_once_it_is_activated(
    stack: Stack, authority: issuing.Authority, tmp_path: Path
) -> None:
    iot = stack.boto("iot")
    ca = register(iot, authority)
    device = equip(stack, authority, tmp_path)
    with Client(stack, stack.device(), MQTTProtocolVersion.MQTTv5) as listener:
        listener.expect("connected")
        listener.paho.subscribe(f"$aws/events/certificates/registered/{ca}", qos=1)
        listener.expect("subscribed")
        assert not is_let_in(stack, device)
        event = json.loads(listener.messages.get(timeout=SECONDS).payload)
    assert (event["caCertificateId"], event["certificateStatus"]) == (ca, "PENDING_ACTIVATION")
    assert not is_let_in(stack, device)
    iot.create_policy(policyName=device.thing, policyDocument=POLICY)
    found = iot.describe_certificate(certificateId=event["certificateId"])["certificateDescription"]
    iot.attach_policy(policyName=device.thing, target=found["certificateArn"])
    iot.update_certificate(certificateId=event["certificateId"], newStatus="ACTIVE")
    stack.wait_for(lambda: is_let_in(stack, device))
