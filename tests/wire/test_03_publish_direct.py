"""SendDirectMessage: at QoS 0 at once, or at QoS 1 with the client's PUBACK awaited."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from iot.core.mqtt.packets import PubAck, Publish
from tests.stack import Device, Stack

from .conftest import Dial
from .raw import Raw


def reached(stack: Stack, dial: Dial, limited: Device, version: int) -> tuple[Any, Raw]:
    """Answer a client of the API and a device that the API knows to be connected."""
    device, data = dial(limited, version=version), stack.boto("iot-data")
    device.connect()
    found = data.exceptions.ResourceNotFoundException

    def is_known() -> bool:
        try:
            return bool(data.get_connection(clientId=device.client_id)["connected"])
        except found:
            return False

    stack.wait_for(is_known)
    return data, device


@pytest.mark.parametrize("version", [4, 5])
def test_confirmation_is_the_clients_own_acknowledgement(
    stack: Stack, dial: Dial, limited: Device, version: int
) -> None:
    data, device = reached(stack, dial, limited, version)
    asked = {"clientId": device.client_id, "topic": "ok/direct", "payload": b"x"}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(data.send_direct_message, **asked, confirmation=True, timeout=15)
        message = device.receive()
        assert isinstance(message, Publish)
        assert (message.topic, message.payload, message.qos) == ("ok/direct", b"x", 1)
        assert not answer.done()
        device.send(PubAck(message.packet_id))
        assert answer.result(15)["message"] == "OK"
    data.send_direct_message(**asked)
    assert device.hear().qos == 0


def test_no_acknowledgement_is_a_timeout_and_no_right_is_forbidden(stack: Stack, dial: Dial, limited: Device) -> None:
    data, device = reached(stack, dial, limited, 5)
    with pytest.raises(data.exceptions.ForbiddenException):
        data.send_direct_message(clientId=device.client_id, topic="no/direct", payload=b"", confirmation=True)
    with pytest.raises(data.exceptions.GatewayTimeoutException) as caught:
        data.send_direct_message(
            clientId=device.client_id, topic="ok/direct", payload=b"", confirmation=True, timeout=1
        )
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 504
