"""Changed rights are in force within five seconds, on open connections too."""

import json
import time

import pytest

from iot.core.mqtt.packets import Packet, PubAck, Publish
from tests.stack import Device, Stack

from .conftest import Dial
from .raw import Raw

NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}]}


def wait_closed(stack: Stack, device: Raw) -> None:
    before = time.monotonic()
    device.wait_closed()
    assert time.monotonic() - before < 5


@pytest.mark.parametrize("version", [4, 5])
def test_a_deactivated_certificate_is_out(stack: Stack, dial: Dial, version: int) -> None:
    certificate = stack.device()
    device = dial(certificate, version=version)
    device.connect()
    stack.boto("iot").update_certificate(certificateId=certificate.certificate_id, newStatus="INACTIVE")
    wait_closed(stack, device)


def test_a_detached_policy_is_out(stack: Stack, dial: Dial) -> None:
    certificate = stack.device()
    device = dial(certificate)
    device.connect()
    stack.boto("iot").detach_policy(policyName=certificate.policy, target=certificate.certificate_arn)
    wait_closed(stack, device)


def test_a_changed_policy_changes_what_was_decided(stack: Stack, dial: Dial) -> None:
    certificate = stack.device()
    device = dial(certificate)
    device.connect()
    device.publish("rights/t", packet_id=1)
    _replace(stack, certificate)
    numbers = iter(range(2, 60_000))

    def answer() -> Packet | None:
        number = next(numbers)
        return device.ask(Publish("rights/t", b"", 1, packet_id=number))

    stack.wait_for(lambda: isinstance(found := answer(), PubAck) and found.reason_code == 0x87, 5)


def _replace(stack: Stack, certificate: Device) -> None:
    document = json.dumps(NOTHING)
    stack.boto("iot").create_policy_version(policyName=certificate.policy, policyDocument=document, setAsDefault=True)
