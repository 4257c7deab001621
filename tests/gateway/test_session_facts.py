"""What a gateway tells of a connection: its session and will beside the event, and on demand what is under way."""

import base64
from typing import Any

import orjson
import pytest

from iot.core.message import Message, Properties
from iot.services.connections import DETAILS_KEY, flow_topic
from tests.gateway.conftest import Cloud, until

EXPIRY_OF_A_MINUTE = bytes((0x11, 0, 0, 0, 60))
RECEIVE_MAXIMUM_OF_TWO = bytes((0x21, 0, 2))


async def facts(cloud: Cloud, client_id: str) -> dict[str, Any]:
    await cloud.event(f"$aws/events/presence/connected/{client_id}")
    (message,) = [one for one in cloud.heard if one.topic == f"$aws/events/presence/connected/{client_id}"]
    found: dict[str, Any] = orjson.loads(dict(message.properties.user_properties)[DETAILS_KEY])
    return found


async def ask(cloud: Cloud, client_id: str, answer: str) -> None:
    properties = Properties(response_topic=f"$seen/answer/{answer}")
    await cloud.client.publish(Message(flow_topic(client_id), b"{}", qos=1, properties=properties))


async def test_session_and_will_are_told_with_the_connection(cloud: Cloud) -> None:
    await cloud.device(
        "told", clean=False, keep_alive=33, will=("last/words", b"bye"), will_retain=True, properties=EXPIRY_OF_A_MINUTE
    )
    found = await facts(cloud, "told")
    assert found.pop("sourcePort") > 0
    assert found == {
        "keepAliveDuration": 33,
        "cleanSession": False,
        "sessionExpiry": 60,
        "mqttVersion": "5",
        "will": {"topic": "last/words", "qos": 1, "retain": True, "size": 3, "delay": 0},
    }


async def test_a_connection_without_a_will_says_so(cloud: Cloud) -> None:
    await cloud.device("quiet", version=4)
    found = await facts(cloud, "quiet")
    assert "will" not in found
    assert (found["mqttVersion"], found["cleanSession"], found["sessionExpiry"]) == ("3.1.1", True, 0)


async def test_what_the_device_has_not_acknowledged_is_counted(cloud: Cloud) -> None:
    device = await cloud.device("slow", properties=RECEIVE_MAXIMUM_OF_TWO)
    assert await device.subscribe("slow/#") == [1]
    for _ in range(5):
        await cloud.client.publish(Message("slow/1", b"x", qos=1))
    asked = 0

    def answers() -> list[dict[str, Any]]:
        return [orjson.loads(one.payload) for one in cloud.heard if one.topic.startswith("$seen/answer/slow")]

    while not any(one["toDevice"] == 2 for one in answers()):
        asked += 1
        await ask(cloud, "slow", f"slow{asked}")
        await until(lambda: len(answers()) == asked)  # noqa: B023  # awaited before the next turn
        assert asked < 200
    assert answers()[-1]["toBroker"] == 0


@pytest.mark.parametrize("version", [4, 5])
async def test_only_mqtt_5_devices_are_counted(cloud: Cloud, version: int) -> None:
    await cloud.device("either", version=version)
    await ask(cloud, "either", "either")
    answer = await until(lambda: next((one for one in cloud.heard if one.topic == "$seen/answer/either"), None))
    counted = 0 if version == 5 else None
    assert orjson.loads(answer.payload) == {"toBroker": 0, "toDevice": counted, "waiting": counted}


async def test_a_question_about_a_stranger_or_without_a_place_for_the_answer_gets_none(cloud: Cloud) -> None:
    await cloud.device("here")
    await ask(cloud, "elsewhere", "none")
    nowhere = base64.urlsafe_b64encode(b"here").decode()
    await cloud.client.publish(Message(f"$gateway/flow/{nowhere}", b"{}", qos=1))
    await ask(cloud, "here", "last")
    await until(lambda: any(one.topic == "$seen/answer/last" for one in cloud.heard))
    assert [one.topic for one in cloud.heard if one.topic.startswith("$seen/answer/")] == ["$seen/answer/last"]
