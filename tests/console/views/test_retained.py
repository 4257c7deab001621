"""Retained messages in the console: found, shown, replaced, deleted; who may."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import messages
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def keep(scope: Scope, *topics: str, payload: bytes = b'{"a":1}') -> None:
    messages.keep_retained(scope, [Message(topic, payload, 1, True) for topic in topics])


def test_the_list_is_searched_and_paged_by_topic(scope: Scope) -> None:
    keep(scope, *(f"t/{number:03}" for number in range(60)), "other")
    client = browser()
    html = client.get("/messages/retained/?q=t/").content.decode()
    assert "t/049" in html
    assert "t/050" not in html
    assert "after=t%2F049" in html
    html = client.get("/messages/retained/?q=t/&after=t/049").content.decode()
    assert "t/059" in html
    assert "t/001" not in html
    assert "clear" in client.get("/messages/retained/?q=nothing").content.decode().lower()


def test_htmx_gets_the_rows_alone(scope: Scope) -> None:
    keep(scope, "t")
    html = browser().get("/messages/retained/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert "topic=t" in html


def test_a_hostile_payload_and_topic_are_escaped(scope: Scope) -> None:
    keep(scope, "<b>t</b>", payload=b"<script>alert(1)</script>")
    client = browser()
    for url in ("/messages/retained/", "/messages/retained/message/?topic=%3Cb%3Et%3C/b%3E"):
        html = client.get(url).content.decode()
        assert "<b>t</b>" not in html
        assert "<script>alert" not in html


def test_a_payload_that_is_not_text_is_shown_in_base64(scope: Scope) -> None:
    keep(scope, "t", payload=b"\xff\x00")
    assert "/wA=" in browser().get("/messages/retained/message/?topic=t").content.decode()


def test_an_unknown_topic_is_not_found() -> None:
    assert browser().get("/messages/retained/message/?topic=none").status_code == 404


def test_replacing_publishes_it_retained(scope: Scope) -> None:
    keep(scope, "t")
    data = {"topic": "t", "payload": "new", "encoding": "text", "qos": "1", "retain": "on"}
    assert browser().post("/messages/publish/", data).status_code == 302
    assert bytes(messages.get_retained_message(scope, topic="t").payload) == b"new"


def test_one_is_deleted_at_once_and_several_after_typing(scope: Scope) -> None:
    keep(scope, "a", "b", "c")
    client = browser()
    client.post("/messages/retained/delete/", {"selected": ["a"]})
    assert messages.retained_messages(scope).count() == 2
    answer = client.post("/messages/retained/delete/", {"selected": ["b", "c"]})
    assert "delete 2 messages" in answer.content.decode()
    wrong = client.post("/messages/retained/delete/", {"selected": ["b", "c"], "confirm": "yes"})
    assert wrong.status_code == 422
    assert messages.retained_messages(scope).count() == 2
    client.post("/messages/retained/delete/", {"selected": ["b", "c"], "confirm": "delete 2 messages"})
    assert messages.retained_messages(scope).count() == 0


def test_who_may(scope: Scope) -> None:
    keep(scope, "t")
    assert Client().get("/messages/retained/").status_code == 302
    reader = browser("viewer")
    assert reader.get("/messages/retained/message/?topic=t").status_code == 200
    assert reader.post("/messages/retained/delete/", {"selected": ["t"]}).status_code == 403
    assert browser().get("/messages/retained/delete/").status_code == 405
