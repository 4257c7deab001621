"""A device whose policy does not allow iot:Connect, or whose certificate is not active, does not get in."""

import pytest

from iot.core.mqtt.packets import ConnAck, Connect
from iot.core.mqtt.properties import Properties
from tests.stack import Stack

from .conftest import Dial

OWN_ID = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iot:Connect", "Resource": "arn:aws:iot:*:*:client/own"}],
}


@pytest.mark.parametrize(("version", "code"), [(4, 5), (5, 0x87)])
def test_another_client_id_than_the_policy_allows_is_refused(stack: Stack, dial: Dial, version: int, code: int) -> None:
    certificate = stack.device(document=OWN_ID)
    device = dial(certificate, version=version)
    device.send(Connect("other", version))
    device.expect(ConnAck(reason_code=code), None)
    nameless = dial(certificate, version=version)
    nameless.send(Connect("", version))  # the name that is made for it is not allowed either
    nameless.expect(ConnAck(reason_code=code), None)
    dial(certificate, version=version).connect("own")


def test_a_certificate_that_is_not_active_does_not_get_in(stack: Stack, dial: Dial) -> None:
    device = dial(stack.device(active=False))
    device.send(Connect(device.client_id))
    device.expect(ConnAck(reason_code=0x87), None)


def test_enhanced_authentication_is_not_offered(dial: Dial) -> None:
    device = dial()
    device.send(Connect(device.client_id, properties=Properties(authentication_method="SCRAM-SHA-256")))
    device.expect(ConnAck(reason_code=0x8C), None)
