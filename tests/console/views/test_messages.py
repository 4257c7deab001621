"""The MQTT client page: state in the URL, publishing with every property, what is saved; who may."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.bridge.outbox import unpack
from iot.core.message import Message
from iot.models import OutboxRow
from tests.console.browse import browser

pytestmark = pytest.mark.django_db
FORM = {"topic": "t/1", "payload": '{"a":1}', "encoding": "text", "qos": "1"}


def published() -> list[Message]:
    return [message for row in OutboxRow.objects.order_by("id") for message in unpack(bytes(row.messages))]


def test_the_subscriptions_are_in_the_url_and_a_refused_one_says_why() -> None:
    html = browser().get("/messages/?filter=1:a/%2B&filter=b%23&view=tree&q=x").content.decode()
    assert 'data-filter="a/+" data-qos="1"' in html
    assert "The wildcard # must be the last level" in html
    assert 'id="as-tree" aria-pressed="true"' in html


def test_a_viewer_is_told_that_reserved_topics_are_not_for_it() -> None:
    html = browser("viewer").get("/messages/?filter=%24aws/%23").content.decode()
    assert "for operators and administrators" in html


def test_publishing_sends_payload_properties_and_who() -> None:
    answer = browser().post(
        "/messages/publish/",
        {
            **FORM,
            "retain": "on",
            "content_type": "application/json",
            "response_topic": "answers",
            "correlation_data": "7",
            "message_expiry": "60",
            "utf8": "on",
            "user_properties": "unit: C\nplace: roof",
        },
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 200
    assert "Published on" in answer.content.decode()
    (message,) = published()
    assert (message.topic, message.payload, message.qos, message.retain) == ("t/1", b'{"a":1}', 1, True)
    properties = message.properties
    assert (properties.content_type, properties.response_topic, properties.correlation_data) == (
        "application/json",
        "answers",
        b"7",
    )
    assert (properties.message_expiry, properties.payload_format) == (60, 1)
    assert properties.user_properties == (("unit", "C"), ("place", "roof"))
    assert message.sender is not None
    assert message.sender.principal == "operator-user"


@pytest.mark.parametrize(("encoding", "payload"), [("hex", "ff 00"), ("base64", "/wA=")])
def test_bytes_are_typed_in_hex_or_base64(encoding: str, payload: str) -> None:
    browser().post("/messages/publish/", {**FORM, "encoding": encoding, "payload": payload})
    assert published()[0].payload == b"\xff\x00"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"topic": "a/+"}, "cannot contain the wildcards"),
        ({"topic": "$sys/x"}, "start with $"),
        ({"topic": ""}, "This field is required"),
        ({"encoding": "hex", "payload": "xyz"}, "This is not hex"),
        ({"user_properties": "no colon here"}, "has no colon"),
        ({"message_expiry": "0"}, "greater than or equal to 1"),
        ({"payload": "x" * (128 * 1024 + 1)}, "at most 131072 bytes"),
    ],
)
def test_a_bad_message_is_said_at_its_field_and_not_sent(fields: dict[str, str], text: str) -> None:
    answer = browser().post("/messages/publish/", {**FORM, **fields})
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert not published()


def test_every_user_has_saved_subscriptions_of_its_own(settings: Settings) -> None:
    client = browser()
    html = client.post("/messages/saved/", {"name": "<plant>", "query": "filter=0:a"}).content.decode()
    assert "&lt;plant&gt;" in html
    assert "&lt;plant&gt;" in client.get("/messages/").content.decode()
    assert "plant" not in browser("admin").get("/messages/").content.decode()
    assert "plant" not in client.post("/messages/saved/", {"name": "<plant>", "do": "delete"}).content.decode()


def test_who_may() -> None:
    assert Client().get("/messages/").status_code == 302
    assert browser("viewer").post("/messages/publish/", FORM).status_code == 403
    assert browser().get("/messages/publish/").status_code == 405
