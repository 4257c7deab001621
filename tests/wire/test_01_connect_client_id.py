"""A device without a client id gets one; one that cannot be used is refused."""

import pytest

from iot.core.mqtt.packets import ConnAck, Connect

from .conftest import Dial


def test_mqtt_5_is_told_the_client_id_that_was_made(dial: Dial) -> None:
    answer = dial().ask(Connect(""))
    assert isinstance(answer, ConnAck)
    assert answer.properties.assigned_client_identifier
    other = dial().ask(Connect(""))
    assert isinstance(other, ConnAck)
    assert other.properties.assigned_client_identifier != answer.properties.assigned_client_identifier


def test_mqtt_3_may_leave_it_out_with_a_clean_session_only(dial: Dial) -> None:
    assert dial(version=4).ask(Connect("", 4)) == ConnAck()
    device = dial(version=4)
    device.send(Connect("", 4, clean_start=False))
    device.expect(ConnAck(reason_code=2), None)


@pytest.mark.parametrize("client_id", ["$gateway", "x" * 129])
@pytest.mark.parametrize(("version", "code"), [(4, 2), (5, 0x85)])
def test_a_client_id_that_cannot_be_used_is_refused(dial: Dial, version: int, code: int, client_id: str) -> None:
    device = dial(version=version)
    device.send(Connect(client_id, version))
    device.expect(ConnAck(reason_code=code), None)
