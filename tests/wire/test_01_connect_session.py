"""A session outlives its connection as long as CONNECT asks: MQTT 3.1.1's clean session 0 for an hour."""

import pytest

from iot.core.mqtt.packets import Disconnect
from iot.core.mqtt.properties import Properties

from .conftest import Dial
from .raw import KEPT


@pytest.mark.parametrize("version", [4, 5])
def test_what_came_while_the_device_was_away_is_delivered(dial: Dial, version: int) -> None:
    first = dial(version=version)
    client_id, topic = first.client_id, f"session/{version}"
    assert not first.connect(client_id, **KEPT[version]).session_present
    assert first.subscribe(topic) == (1,)
    first.send(Disconnect())
    first.wait_closed()
    other = dial()
    other.connect()
    other.publish(topic, b"while away")
    again = dial(version=version)
    assert again.connect(client_id, **KEPT[version]).session_present
    message = again.hear()
    assert (message.topic, message.payload) == (topic, b"while away")


@pytest.mark.parametrize("version", [4, 5])
def test_a_clean_session_leaves_nothing(dial: Dial, version: int) -> None:
    first = dial(version=version)
    client_id = first.client_id
    first.connect(client_id)
    first.subscribe(f"session/{version}")
    first.send(Disconnect())
    first.wait_closed()
    again = dial(version=version)
    assert not again.connect(client_id, **KEPT[version]).session_present


def test_disconnect_of_mqtt_5_may_give_the_session_up(dial: Dial) -> None:
    first = dial()
    client_id = first.client_id
    first.connect(client_id, **KEPT[5])
    first.send(Disconnect(0, Properties(session_expiry_interval=0)))
    first.wait_closed()
    assert not dial().connect(client_id, **KEPT[5]).session_present


def test_a_session_longer_than_the_limit_is_shortened_and_told(dial: Dial) -> None:
    answer = dial().connect(properties=Properties(session_expiry_interval=0xFFFFFFFF))
    assert answer.properties.session_expiry_interval == 604_800
