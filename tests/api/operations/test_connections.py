"""Client connections over boto3."""

import base64
import time
from typing import Any

import orjson
import pytest

from iot.bridge import outbox
from iot.core.arn import Scope
from iot.core.message import Message, Properties
from iot.models import OutboxRow
from iot.services import connections
from tests.api import harness

SCOPE = Scope(harness.ACCOUNT, harness.REGION)


def sent() -> list[Message]:
    """Take what waits to be published."""
    rows = list(OutboxRow.objects.order_by("id"))
    OutboxRow.objects.all().delete()
    return [message for row in rows for message in outbox.unpack(bytes(row.messages))]


def connect(client_id: str = "lamp", **members: Any) -> None:
    event = {
        "clientId": client_id,
        "eventType": "connected",
        "sessionIdentifier": "s1",
        "principalIdentifier": "p",
        "ipAddress": "198.51.100.9",
        "timestamp": int(time.time() * 1000),
        "versionNumber": 3,
        **members,
    }
    details = orjson.dumps({"keepAliveDuration": 60, "sourcePort": 4000}).decode()
    told = Properties(user_properties=((connections.DETAILS_KEY, details),))
    topic = f"{connections.PRESENCE}connected/{client_id}"
    connections.absorb(SCOPE, [Message(topic, orjson.dumps(event), properties=told)])


def tell(kind: str, **members: Any) -> None:
    event = {"clientId": "lamp", "eventType": kind, "sessionIdentifier": "s1", **members}
    connections.absorb(SCOPE, [Message(f"$aws/events/x/{kind}/lamp", orjson.dumps(event))])


def test_a_connection_is_described(data: Any) -> None:
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.get_connection(clientId="lamp")
    connect()
    found = data.get_connection(clientId="lamp", includeSocketInformation=True)
    assert (found["connected"], found["keepAliveDuration"], found["sourceIp"]) == (True, 60, "198.51.100.9")
    assert found["connectedSince"] > 1_700_000_000_000
    assert "sourceIp" not in data.get_connection(clientId="lamp")
    now = int(time.time() * 1000)
    tell("disconnected", disconnectReason="CONNECTION_LOST", timestamp=now)
    found = data.get_connection(clientId="lamp")
    assert (found["connected"], found["disconnectReason"], found["disconnectedSince"]) == (
        False,
        "CONNECTION_LOST",
        now,
    )
    connect()
    tell("disconnected", disconnectReason="CONNECTION_LOST", timestamp=now - 31 * 60 * 1000)
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.get_connection(clientId="lamp")


def test_events_of_an_older_session_change_nothing(data: Any) -> None:
    connect(sessionIdentifier="s2")
    tell("disconnected", disconnectReason="DUPLICATE_CLIENTID", timestamp=1)
    connections.absorb(SCOPE, [Message("$aws/events/presence/connected/x", b"no json"), Message("$aws/x", b"[]")])
    assert data.get_connection(clientId="lamp")["connected"] is True


def test_subscriptions_are_listed(data: Any) -> None:
    connect()
    tell("subscribed", topics=["a/+", "b", "c"])
    tell("unsubscribed", topics=["b"])
    listed = data.list_subscriptions(clientId="lamp", maxResults=1)
    assert listed["subscriptions"] == [{"topicFilter": "a/+", "qos": 1}]
    rest = data.list_subscriptions(clientId="lamp", maxResults=1, nextToken=listed["nextToken"])
    assert rest["subscriptions"] == [{"topicFilter": "c", "qos": 1}]
    assert "nextToken" not in rest


def encoded(client_id: str) -> str:
    return base64.urlsafe_b64encode(client_id.encode()).decode()


def test_a_connection_is_ended_by_an_order_to_its_gateway(data: Any) -> None:
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.delete_connection(clientId="a/b c")
    connect("a/b c")
    data.delete_connection(clientId="a/b c", cleanSession=True, preventWillMessage=True)
    (order,) = sent()
    assert order.topic == f"$gateway/disconnect/{encoded('a/b c')}"
    assert orjson.loads(order.payload) == {
        "clientId": "a/b c",
        "clean": True,
        "preventWill": True,
        "reason": "API_INITIATED_DISCONNECT",
    }
    with pytest.raises(data.exceptions.InvalidRequestException):
        data.delete_connection(clientId="$bridge")


def test_a_message_is_sent_to_one_client(data: Any) -> None:
    connect()
    answered = data.send_direct_message(clientId="lamp", topic="for/you", payload=b"hi", contentType="text/plain")
    (order,) = sent()
    assert order.topic == f"$gateway/direct/{encoded('lamp')}"
    body = orjson.loads(order.payload)
    assert (body["topic"], base64.b64decode(body["payload"]), body["contentType"]) == ("for/you", b"hi", "text/plain")
    assert (answered["message"], answered["traceId"]) == ("OK", body["traceId"])
    with pytest.raises(data.exceptions.RequestEntityTooLargeException):
        data.send_direct_message(clientId="lamp", topic="t", payload=b"x" * (128 * 1024 + 1))
    assert body["qos"] == 0
    for wrong in ({"topic": "a/+"}, {"topic": "t", "confirmation": True, "timeout": 16}):
        with pytest.raises(data.exceptions.InvalidRequestException):
            data.send_direct_message(clientId="lamp", payload=b"", **wrong)
    tell("disconnected", timestamp=int(time.time() * 1000))
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.send_direct_message(clientId="lamp", topic="t", payload=b"")
