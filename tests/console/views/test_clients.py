"""Clients in the console: searched, shown with what they subscribed to and were refused, disconnected."""

from dataclasses import replace

import orjson
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.bridge.outbox import unpack
from iot.core.arn import Scope
from iot.core.message import Message, Properties
from iot.models import OutboxRow
from iot.services import connections, refusals
from iot.services.paging import page_by
from tests.console.broker import free_port
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def event(client_id: str, kind: str, **members: object) -> Message:
    body = {
        "clientId": client_id,
        "eventType": kind,
        "sessionIdentifier": "s",
        "timestamp": 1_700_000_000_000,
        **members,
    }
    return Message(f"$aws/events/presence/{kind}/{client_id}", orjson.dumps(body))


def connect(scope: Scope, *names: str) -> None:
    connections.absorb(
        scope, [event(name, "connected", ipAddress="10.0.0.1", principalIdentifier="cert-1") for name in names]
    )


def test_the_list_is_searched_by_id_and_state(scope: Scope) -> None:
    connect(scope, "pump-1", "pump-2", "valve")
    connections.absorb(scope, [event("pump-2", "disconnected", disconnectReason="CONNECTION_LOST")])
    client = browser()
    html = client.get("/clients/?q=pump").content.decode()
    assert "pump-1" in html
    assert "valve" not in html
    html = client.get("/clients/?state=off", headers={"HX-Request": "true"}).content.decode()
    assert "pump-2" in html
    assert "CONNECTION_LOST" in html
    assert "pump-1" not in html


def test_the_page_of_a_client_shows_its_session_and_what_was_refused(scope: Scope) -> None:
    connect(scope, "a/b <i>")
    connections.absorb(scope, [event("a/b <i>", "subscribed", topics=["x/#"])])
    refusals.record(scope, [{"client_id": "a/b <i>", "action": "iot:Publish", "resource": "plant/7", "reason": "why"}])
    html = browser().get("/clients/a/b%20%3Ci%3E/").content.decode()
    assert "x/#" in html
    assert "plant/7" in html
    assert "10.0.0.1" in html
    assert "subscribed" in html
    assert "<i>" not in html


def connect_with(scope: Scope, client_id: str, details: dict[str, object]) -> None:
    told = event(client_id, "connected", ipAddress="10.0.0.1", principalIdentifier="cert-1")
    properties = Properties(user_properties=((connections.DETAILS_KEY, orjson.dumps(details).decode()),))
    connections.absorb(scope, [replace(told, properties=properties)])


def test_session_and_will_are_in_words(scope: Scope) -> None:
    will = {"topic": "last/<b>", "qos": 1, "retain": True, "size": 3, "delay": 5}
    details = {"keepAliveDuration": 33, "cleanSession": False, "sessionExpiry": 60, "mqttVersion": "5", "will": will}
    connect_with(scope, "pump", details)
    html = browser("viewer").get("/clients/pump/").content.decode()
    for words in (
        "MQTT 5<",
        "33 seconds",
        "asking to go on with its last session",
        "60 seconds after the connection ends",
        "last/&lt;b&gt;</code> · QoS 1 · 3 B · retained · 5 seconds later",
        "Those that its session has kept from earlier ones are at the broker",
    ):
        assert words in html
    connect_with(scope, "pump", {"keepAliveDuration": 0, "cleanSession": True, "sessionExpiry": 0})
    html = browser("viewer").get("/clients/pump/").content.decode()
    assert "<dt>Will</dt><dd>none</dd>" in html
    assert "with a clean session" in html
    assert "with the connection" in html
    assert "kept from earlier" not in html


def test_what_is_in_flight_is_asked_of_the_gateway(scope: Scope, settings: Settings) -> None:
    settings.BROKER_URL = f"mqtt://127.0.0.1:{free_port()}"
    connect(scope, "pump")
    client = browser("viewer")
    assert 'hx-get="/clients/pump/flow/"' in client.get("/clients/pump/").content.decode()
    assert "has not answered" in client.get("/clients/pump/flow/", headers={"HX-Request": "true"}).content.decode()
    connections.absorb(scope, [event("pump", "disconnected", disconnectReason="CONNECTION_LOST")])
    html = client.get("/clients/pump/flow/").content.decode()
    assert "nothing is in flight" in html
    assert "<html" in html
    assert "/flow/" not in client.get("/clients/pump/").content.decode()


def test_the_last_events_are_kept(scope: Scope) -> None:
    for _ in range(15):
        connect(scope, "pump")
        connections.absorb(scope, [event("pump", "disconnected", disconnectReason="CONNECTION_LOST")])
    row = connections.find_connection(scope, "pump")
    assert len(row.history) == connections.HISTORY
    assert row.history[-1][1:] == ["disconnected", "CONNECTION_LOST"]
    assert "CONNECTION_LOST" in browser().get("/clients/pump/").content.decode()


def test_disconnecting_tells_the_gateways(scope: Scope) -> None:
    connect(scope, "pump")
    answer = browser().post("/clients/pump/disconnect/", {"clean": "on"})
    assert answer.status_code == 302
    (message,) = [message for row in OutboxRow.objects.all() for message in unpack(bytes(row.messages))]
    assert message.topic.startswith("$gateway/disconnect/")
    assert orjson.loads(message.payload)["clean"] is True


def test_who_may(scope: Scope) -> None:
    connect(scope, "pump")
    assert Client().get("/clients/").status_code == 302
    assert browser().get("/clients/nobody/").status_code == 404
    assert browser("admin").get("/clients/pump/disconnect/").status_code == 405
    reader = browser("viewer")
    assert reader.get("/clients/pump/").status_code == 200
    assert reader.post("/clients/pump/disconnect/").status_code == 403


def test_the_order_of_changes_is_read_from_an_index(settings: Settings) -> None:
    rows, _following = page_by(
        connections.connections(settings.SCOPE), order=connections.last_change(), descending=True, after="", limit=2
    )
    assert rows == []
    placed = connections.connections(settings.SCOPE).annotate(place=connections.last_change()).order_by("-place", "-pk")
    assert "connections_by_change" in placed.explain()
