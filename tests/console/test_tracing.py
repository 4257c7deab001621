"""The socket of a trace, against a real broker."""

from collections.abc import Iterator

import orjson
import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from console import tracing
from console.tracing import told
from iot.bridge.client import Client
from iot.core.message import Message, Sender
from iot.services import topic_rules
from iot.services.call import call
from tests.console.broker import mosquitto
from tests.console.test_consumers import opened, publisher, until_html

__all__ = ["publisher"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with mosquitto(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture(autouse=True)
def _settings(settings: Settings, broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BROKER_URL = broker
    settings.BRIDGE_GROUP = "secret-group"
    monkeypatch.setattr(tracing, "SETTLE_SECONDS", 0)


def sent_by(client_id: str, topic: str) -> Message:
    return Message(topic, b'{"a": 1}', qos=1, sender=Sender(client_id, "p", "10.0.0.7"))


async def test_a_client_is_followed_with_what_it_was_refused(publisher: Client) -> None:
    socket = await opened("/ws/trace/?client=c1")
    await until_html(socket, "Following.")
    await publisher.publish(sent_by("c2", "other/topic"))
    await publisher.publish(sent_by("c1", "plant/7"))
    html = await until_html(socket, "plant/7")
    assert "other/topic" not in html
    assert "No rule reads this topic." in html
    refused = {"client_id": "c1", "action": "iot:Publish", "resource": settings.SCOPE.arn("topic", "plant/8")}
    await publisher.publish(Message("$seen/refused", orjson.dumps(refused), qos=1))
    assert "plant/8" in await until_html(socket, "was refused")
    await socket.disconnect()


async def test_a_topic_is_followed_and_what_comes_too_fast_is_counted(publisher: Client) -> None:
    socket = await opened("/ws/trace/?topic=plant/%2B")
    await until_html(socket, "Following.")
    refused = {"client_id": "c9", "action": "iot:Publish", "resource": settings.SCOPE.arn("topic", "plant/secret")}
    await publisher.publish(Message("$seen/refused", orjson.dumps(refused), qos=1))
    assert "c9" in await until_html(socket, "was refused")
    await publisher.publish_all([sent_by("c1", f"plant/{number}") for number in range(3 * tracing.A_SECOND)])
    await until_html(socket, "came too fast")
    await socket.disconnect()


async def test_a_rule_is_followed_with_what_its_actions_did(publisher: Client) -> None:
    payload = {"sql": "SELECT * FROM 'plant/+'", "actions": []}
    await call(topic_rules.create_topic_rule, settings.SCOPE, rule_name="warm", topic_rule_payload=payload)
    socket = await opened("/ws/trace/?rule=warm")
    await until_html(socket, "Following.")
    told_ = {"rule": "warm", "topic": "plant/7", "outcome": "failure", "reason": "no such host"}
    await publisher.publish(Message("$seen/rule/warm", orjson.dumps(told_), qos=1))
    assert "no such host" in await until_html(socket, "failure")
    await publisher.publish(sent_by("c1", "plant/7"))
    assert "WHERE is true" in await until_html(socket, "plant/7")
    await socket.disconnect()


async def test_it_ends_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "LASTS_SECONDS", 0)
    socket = await opened("/ws/trace/?topic=plant/%2B")
    await until_html(socket, "The trace has ended")
    await socket.disconnect()


@pytest.mark.parametrize(
    ("query", "role", "words"),
    [
        ("client=c1", "viewer", "for operators and admins"),
        ("topic=$share/secret-group/a", "operator", "belongs to the bridge"),
        ("topic=a/%23/b", "operator", ""),
    ],
)
async def test_what_may_not_be_followed_is_refused(query: str, role: str, words: str) -> None:
    socket = await opened(f"/ws/trace/?{query}", role)
    body = orjson.loads(await socket.receive_from(timeout=10))
    assert words in body["broken"]
    await socket.disconnect()


def test_a_rule_that_worked_is_told_as_such() -> None:
    line = told(Message("$seen/rule/warm", b'{"rule": "warm", "outcome": "success", "at": 1700000000}'))
    assert line is not None
    assert (line.tone, line.subject, line.text) == ("ok", "warm", "success")
