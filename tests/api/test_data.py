"""The data plane over boto3: shadows, publishing, retained messages, connections."""

import base64
import json
import time
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from iot.bridge import outbox
from iot.core.arn import Scope
from iot.core.message import Message, Properties
from iot.models import OutboxRow
from iot.services import connections, messages
from tests.api import harness

SCOPE = Scope(harness.ACCOUNT, harness.REGION)


def sent() -> list[Message]:
    """Take what waits to be published."""
    rows = list(OutboxRow.objects.order_by("id"))
    OutboxRow.objects.all().delete()
    return [message for row in rows for message in outbox.unpack(bytes(row.messages))]


def update(data: Any, document: Any, **names: Any) -> Any:
    answered = data.update_thing_shadow(**{"thingName": "lamp", **names}, payload=json.dumps(document))
    return json.loads(answered["payload"].read())


def get(data: Any, **names: Any) -> Any:
    return json.loads(data.get_thing_shadow(**{"thingName": "lamp", **names})["payload"].read())


def test_a_shadow_is_updated_read_and_deleted(data: Any) -> None:
    with pytest.raises(data.exceptions.ResourceNotFoundException, match="No shadow exists with name: 'lamp'"):
        get(data)
    accepted = update(data, {"state": {"desired": {"led": "on"}}, "clientToken": "t"})
    assert (accepted["state"], accepted["version"], accepted["clientToken"]) == ({"desired": {"led": "on"}}, 1, "t")
    assert accepted["metadata"]["desired"]["led"]["timestamp"] == accepted["timestamp"]
    assert get(data)["state"] == {"desired": {"led": "on"}, "delta": {"led": "on"}}
    assert update(data, {"state": {"reported": {"led": "on"}}})["state"] == {"reported": {"led": "on"}}
    assert get(data)["state"] == {"desired": {"led": "on"}, "reported": {"led": "on"}}
    deleted = json.loads(data.delete_thing_shadow(thingName="lamp")["payload"].read())
    assert deleted == {"version": 2, "timestamp": deleted["timestamp"]}
    topics = [message.topic.removeprefix("$aws/things/lamp/shadow/") for message in sent()]
    assert topics == [
        "update/delta",
        "update/accepted",
        "update/documents",
        "update/accepted",
        "update/documents",
        "delete/accepted",
    ]


def test_named_shadows_stand_alone(data: Any) -> None:
    update(data, {"state": {"reported": {"n": 1}}}, shadowName="one")
    update(data, {"state": {"reported": {"n": 2}}}, shadowName="two")
    assert get(data, shadowName="two")["state"]["reported"] == {"n": 2}
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        get(data)
    listed = data.list_named_shadows_for_thing(thingName="lamp")
    assert (listed["results"], "nextToken" in listed) == (["one", "two"], False)
    assert listed["timestamp"] <= time.time()
    assert data.list_named_shadows_for_thing(thingName="nobody")["results"] == []


@pytest.mark.parametrize(
    ("payload", "status", "name", "text"),
    [
        (b"{", 400, "InvalidRequestException", "Payload contains invalid json"),
        (b'{"state": {"desired": {"a": NaN}}}', 400, "InvalidRequestException", "Payload contains invalid json"),
        (b"{}", 400, "InvalidRequestException", "Missing required node: state"),
        (b'{"state": {}, "version": 9}', 409, "ConflictException", "Version conflict"),
        (b'{"state": {"desired": {"a": "' + b"x" * 9000 + b'"}}}', 413, "RequestEntityTooLargeException", "size"),
        (b'{"state": {"desired": {"a": "\xff"}}}', 415, "UnsupportedDocumentEncodingException", "UTF-8"),
    ],
)
def test_a_shadow_refuses_in_awss_words(data: Any, payload: bytes, status: int, name: str, text: str) -> None:
    update(data, {"state": {}})
    sent()
    with pytest.raises(ClientError, match=text) as error:
        data.update_thing_shadow(thingName="lamp", payload=payload)
    response = error.value.response
    assert (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]) == (status, name)
    assert sent() == []


def test_a_message_is_published_with_its_properties(data: Any) -> None:
    data.publish(
        topic="a/%41 b",
        qos=1,
        retain=True,
        payload=b"\x00\xff",
        userProperties=json.dumps([{"one": "1"}, {"two": "2"}]),
        payloadFormatIndicator="UTF8_DATA",
        contentType="text/plain",
        responseTopic="answers",
        correlationData=base64.b64encode(b"id").decode(),
        messageExpiry=60,
    )
    (message,) = sent()
    assert (message.topic, message.payload, message.qos, message.retain) == ("a/%41 b", b"\x00\xff", 1, True)
    assert message.properties == Properties(
        content_type="text/plain",
        response_topic="answers",
        correlation_data=b"id",
        payload_format=1,
        message_expiry=60,
        user_properties=(("one", "1"), ("two", "2")),
    )
    assert message.sender is not None
    assert (message.sender.client_id, message.sender.protocol, message.sender.address) == ("n/a", "http", "192.0.2.7")


@pytest.mark.parametrize("given", [[{"a": "b"}], json.dumps([{"a": "b"}])])
def test_user_properties_may_be_a_list_or_its_text(data: Any, given: Any) -> None:
    data.publish(topic="a", payload=b"", userProperties=given)
    assert sent()[0].properties.user_properties == (("a", "b"),)


@pytest.mark.parametrize(
    "topic",
    ["a/+/b", "a/#", "x" * 257, "a/b/c/d/e/f/g/h/i", "$SYS/x", "$aws/things/t/jobs/get", "$share/g/t", "$changed/x"],
)
def test_a_topic_that_http_may_not_publish_to_is_refused(data: Any, topic: str) -> None:
    with pytest.raises(data.exceptions.InvalidRequestException):
        data.publish(topic=topic, payload=b"")
    assert sent() == []


@pytest.mark.parametrize("topic", ["$aws/rules/rule/a/b", "$aws/things/lamp/shadow/update", "x" * 256])
def test_some_reserved_topics_are_open(data: Any, topic: str) -> None:
    data.publish(topic=topic, payload=b"{}")
    assert [message.topic for message in sent()] == [topic]


def test_another_region_publishes_nothing(db: None) -> None:
    harness.client("iot-data", region="eu-west-1").publish(topic="a", payload=b"x")
    assert sent() == []


def test_bad_properties_are_refused(data: Any) -> None:
    for options in ({"userProperties": "no json"}, {"userProperties": "[1]"}, {"correlationData": "%"}):
        with pytest.raises(ClientError):
            data.publish(topic="a", payload=b"", **options)


def test_retained_messages_are_got_and_listed_newest_first(data: Any) -> None:
    properties = Properties(user_properties=(("a", "b"),))
    kept = [Message(f"t/{number}", b"x" * number, qos=1, retain=True, properties=properties) for number in range(1, 4)]
    messages.keep_retained(SCOPE, kept)
    messages.keep_retained(SCOPE, [Message("t/2", b"", retain=True)])
    listed = data.list_retained_messages()
    assert [(one["topic"], one["payloadSize"]) for one in listed["retainedTopics"]] == [("t/3", 3), ("t/1", 1)]
    assert listed["nextToken"] == ""
    found = data.get_retained_message(topic="t/3")
    assert (found["payload"], found["qos"]) == (b"xxx", 1)
    assert json.loads(found["userProperties"]) == [{"a": "b"}]
    assert abs(found["lastModifiedTime"] - time.time() * 1000) < 60_000
    page = data.list_retained_messages(maxResults=1)
    assert data.list_retained_messages(maxResults=1, nextToken=page["nextToken"])["retainedTopics"][0]["topic"] == "t/1"
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.get_retained_message(topic="t/2")


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
    for wrong in ({"topic": "a/+"}, {"topic": "t", "confirmation": True}):
        with pytest.raises(data.exceptions.InvalidRequestException):
            data.send_direct_message(clientId="lamp", payload=b"", **wrong)
    tell("disconnected", timestamp=int(time.time() * 1000))
    with pytest.raises(data.exceptions.ResourceNotFoundException):
        data.send_direct_message(clientId="lamp", topic="t", payload=b"")
