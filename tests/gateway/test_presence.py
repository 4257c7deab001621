"""Lifecycle events, published to a broker in memory."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from iot.bridge.client import NotPublished
from iot.core.mqtt.events import Cause
from iot.gateway import presence as module
from iot.gateway.presence import Presence, Session
from iot.models import Connection
from iot.services.call import call
from iot.services.connections import DETAILS_KEY
from tests.gateway.conftest import SCOPE, until
from tests.gateway.fakes import MemoryBroker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
async def presence(broker: MemoryBroker) -> AsyncIterator[Presence]:
    found = Presence(SCOPE, broker.publish)
    found.start()
    yield found
    await found.stop()


def open_session(presence: Presence, client_id: str = "c", thing_name: str | None = None) -> Session:
    return presence.open_session(client_id, "principal", "10.0.0.1", thing_name)


async def bodies(broker: MemoryBroker, count: int) -> list[dict[str, Any]]:
    await until(lambda: len(broker.messages) >= count)
    return [json.loads(message.payload) for message in broker.messages]


async def test_events_come_in_order_on_awss_topics(presence: Presence, broker: MemoryBroker) -> None:
    session = open_session(presence)
    presence.connected(session)
    presence.subscribed(session, ["a", "b/#"])
    presence.unsubscribed(session, ["a"])
    presence.disconnected(session, Cause.CONNECTION_LOST)
    found = await bodies(broker, 4)
    assert broker.topics == [
        "$aws/events/presence/connected/c",
        "$aws/events/subscriptions/subscribed/c",
        "$aws/events/subscriptions/unsubscribed/c",
        "$aws/events/presence/disconnected/c",
    ]
    assert found[1]["topics"] == ["a", "b/#"]
    assert found[1].keys() == {
        "clientId",
        "timestamp",
        "eventType",
        "sessionIdentifier",
        "principalIdentifier",
        "topics",
    }
    assert found[3]["clientInitiatedDisconnect"] is False
    assert found[3]["disconnectReason"] == "CONNECTION_LOST"
    assert "ipAddress" not in found[3]
    assert len({one["sessionIdentifier"] for one in found}) == 1
    assert abs(found[0]["timestamp"] / 1000 - time.time()) < 60


async def test_the_name_of_an_exclusive_thing_is_told(presence: Presence, broker: MemoryBroker) -> None:
    session = open_session(presence, thing_name="lamp")
    presence.connected(session)
    presence.subscribed(session, ["a"])
    found = await bodies(broker, 2)
    assert found[0]["thingName"] == "lamp"
    assert "thingName" not in found[1]


async def test_a_failed_connect_has_its_reason_and_no_version(presence: Presence, broker: MemoryBroker) -> None:
    presence.connect_failed(open_session(presence))
    (found,) = await bodies(broker, 1)
    assert found["connectFailureReason"] == "AUTHORIZATION_FAILED"
    assert found["ipAddress"] == "10.0.0.1"
    assert "versionNumber" not in found


@pytest.mark.parametrize("client_id", ["a+b", "#"])
async def test_nothing_is_told_of_clients_named_like_wildcards(
    presence: Presence, broker: MemoryBroker, client_id: str
) -> None:
    presence.connected(open_session(presence, client_id))
    presence.connected(open_session(presence, "other"))
    await bodies(broker, 1)
    assert broker.topics == ["$aws/events/presence/connected/other"]


async def test_versions_grow_with_each_connection(presence: Presence, broker: MemoryBroker) -> None:
    for _ in range(3):
        session = open_session(presence)
        presence.connected(session)
        presence.disconnected(session, Cause.CLIENT_INITIATED_DISCONNECT)
    found = await bodies(broker, 6)
    assert [one["versionNumber"] for one in found] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(("minutes", "version"), [(5, 42), (120, 0)])
async def test_versions_go_on_from_another_gateways_until_an_hour_away(
    presence: Presence, broker: MemoryBroker, minutes: int, version: int
) -> None:
    ended = int((time.time() - minutes * 60) * 1000)
    await call(
        Connection.objects.create,
        account=SCOPE.account,
        region=SCOPE.region,
        client_id="c",
        version=41,
        disconnected_at=ended,
    )
    presence.connected(open_session(presence))
    (found,) = await bodies(broker, 1)
    assert found["versionNumber"] == version


async def test_what_a_connection_is_like_is_told_beside_the_event(presence: Presence, broker: MemoryBroker) -> None:
    session = open_session(presence)
    session.details = {"sourcePort": 7}
    presence.connected(session)
    await bodies(broker, 1)
    assert broker.messages[0].properties.user_properties == ((DETAILS_KEY, '{"sourcePort":7}'),)


async def test_a_session_begins_with_its_gateway(presence: Presence) -> None:
    assert open_session(presence).identifier.startswith(presence.gateway_id)
    assert open_session(presence).identifier != open_session(presence).identifier


async def test_a_broker_that_is_away_does_not_stop_the_events(presence: Presence, broker: MemoryBroker) -> None:
    broker.error = NotPublished("away")
    presence.connected(open_session(presence, "lost"))
    await until(lambda: broker.attempts == 1)
    broker.error = None
    presence.connected(open_session(presence, "found"))
    await bodies(broker, 1)
    assert broker.topics == ["$aws/events/presence/connected/found"]


async def test_events_that_nobody_takes_are_bounded(broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAITING", 2)
    presence = Presence(SCOPE, broker.publish)
    for _ in range(5):
        presence.connected(open_session(presence))
    assert presence._events.qsize() == 2


async def test_what_is_remembered_of_versions_is_bounded(
    presence: Presence, broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    for name in "abc":
        presence.connected(open_session(presence, name))
    await bodies(broker, 3)
    assert list(presence._versions) == ["b", "c"]
