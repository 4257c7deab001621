"""Publishing and retained messages over boto3."""

import base64
import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.bridge import outbox
from iot.core.arn import Scope
from iot.core.message import Message, Properties
from iot.models import OutboxRow
from iot.services import messages
from tests.api import harness

SCOPE = Scope(harness.ACCOUNT, harness.REGION)


def sent() -> list[Message]:
    """Take what waits to be published."""
    rows = list(OutboxRow.objects.order_by("id"))
    OutboxRow.objects.all().delete()
    return [message for row in rows for message in outbox.unpack(bytes(row.messages))]


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
