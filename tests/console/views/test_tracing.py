"""The page of traces, and what became of one message."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from iot.services import topic_rules
from tests.console.browse import HTMX, browser, text

pytestmark = pytest.mark.django_db
URL = "/monitoring/trace/message/"
MESSAGE = {"topic": "plant/7", "payload": '{"temperature": 21}', "sender-client_id": "<b>t1", "sender-protocol": "http"}


def test_a_message_is_followed_through_the_rules() -> None:
    payload = {"sql": "SELECT temperature FROM 'plant/+' WHERE temperature > 20", "actions": []}
    topic_rules.create_topic_rule(settings.SCOPE, rule_name="warm", topic_rule_payload=payload)
    part = text(browser("viewer").post(URL, MESSAGE, headers=HTMX))
    assert "<html" not in part
    assert "&lt;b&gt;t1" in part
    assert "21 &gt; 20" in part
    assert "It has no action." in part
    assert "No connected client is subscribed." in part
    cold = {**MESSAGE, "payload": '{"temperature": 5}', "properties": "a: b", "qos": "1", "sender-hops": "2"}
    page = text(browser("viewer").post(URL, cold))
    assert "<html" in page
    assert "WHERE is not true" in page
    assert "republished it 2 times" in page
    assert "QoS 1" in page


def test_a_binary_payload_and_a_message_of_the_cloud() -> None:
    page = text(browser("viewer").post(URL, {"topic": "a", "base64": "AAH/"}))
    assert "The cloud itself sent it." in page
    assert "3 B" in page


@pytest.mark.parametrize("fields", [{"topic": "a/#"}, {"topic": ""}, {"topic": "a", "base64": "?"}])
def test_what_is_no_message_is_refused(fields: dict[str, str]) -> None:
    assert browser("viewer").post(URL, fields).status_code == 422


def test_the_page_follows_what_its_address_names() -> None:
    client = browser()
    assert "Nothing is followed" in text(client.get(reverse("tracing")))
    page = text(client.get(reverse("tracing"), {"kind": "rule", "name": "<b>&"}))
    assert 'ws-connect="/ws/trace/?rule=%3Cb%3E%26"' in page
    assert "/ws/trace/?client=a" in text(client.get(reverse("tracing"), {"kind": "else", "name": "a"}))


def test_traces_are_for_operators() -> None:
    assert browser("viewer").get(reverse("tracing")).status_code == 403
    assert Client().get(reverse("tracing")).status_code == 302
    assert browser().get(URL).status_code == 405
