"""Shadows: shown as keys, changed by the exact request that was shown, conflicts as theirs and yours."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from iot.services import shadows
from tests.console.browse import HTMX, browser, last_change, make_thing, text

pytestmark = pytest.mark.django_db


def update(state: dict[str, Any], shadow: str = "") -> None:
    body = json.dumps({"state": state}).encode()
    shadows.update_thing_shadow(settings.SCOPE, thing_name="t1", shadow_name=shadow, payload=body)


def document(shadow: str = "") -> Any:
    found = shadows.find_shadow(settings.SCOPE, thing_name="t1", shadow_name=shadow)
    return None if found is None else found[0]


@pytest.fixture
def client() -> Client:
    make_thing("t1")
    return browser()


def url(view: str, **more: str) -> str:
    return reverse(view, kwargs={"name": "t1", **more})


def test_each_key_says_where_it_stands(client: Client) -> None:
    assert "No shadow yet" in text(client.get(url("thing")))
    update({"desired": {"on": True, "rate": 5}, "reported": {"on": True, "battery": 7}})
    page = text(client.get(url("thing_shadow")))
    for word in ("in step", "wanted only", "reported only", "Version <b>1</b>"):
        assert word in page
    part = text(client.get(url("thing_shadow"), headers=HTMX))
    assert "<html" not in part
    assert "battery" in part


def test_the_request_is_shown_and_holds_only_what_differs(client: Client) -> None:
    fields = {"mode": "json", "base": '{"a": 1, "b": 2}', "desired": '{"a": 3, "b": 2}', "version": "4"}
    page = text(client.post(url("shadow_preview"), fields))
    payload = json.loads(page.split('name="payload" value="')[1].split('"')[0].replace("&quot;", '"'))
    assert payload == {"state": {"desired": {"a": 3}}, "version": 4}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"desired": "{", "base": "{}"}, "Line 1"),
        ({"desired": "[]", "base": "{}"}, "must be a JSON object"),
        ({"desired": "{}", "base": "{}"}, "Nothing differs"),
        ({"desired": "{}", "base": "7"}, "load it again"),
    ],
)
def test_a_wish_that_makes_no_request_says_why(client: Client, fields: dict[str, str], told: str) -> None:
    response = client.post(url("shadow_preview"), fields)
    assert response.status_code == 422
    assert told in text(response)
    assert client.post(url("shadow_preview"), fields, headers=HTMX).status_code == 200


def test_the_form_reads_values_as_json_or_text(client: Client) -> None:
    fields = {
        "mode": "form",
        "base": '{"gone": 1}',
        "path": ['["gone"]', '["a.b"]', "led.color"],
        "value": ["", "5", "amber"],
    }
    page = text(client.post(url("shadow_preview"), fields))
    payload = json.loads(page.split('name="payload" value="')[1].split('"')[0].replace("&quot;", '"'))
    assert payload["state"]["desired"] == {"gone": None, "a.b": 5, "led": {"color": "amber"}}


def test_what_was_shown_is_what_is_sent(client: Client) -> None:
    payload = '{"state": {"desired": {"on": true}}}'
    assert client.post(url("shadow_send"), {"payload": payload}).status_code == 302
    assert document().desired == {"on": True}
    row = last_change()
    assert (row.operation, row.resource, row.outcome) == ("UpdateThingShadow", "t1", "ok")


def test_a_conflict_shows_theirs_and_yours_and_changes_nothing(client: Client) -> None:
    update({"desired": {"rate": 1}})
    update({"desired": {"rate": 2}})
    payload = '{"state": {"desired": {"rate": 9}}, "version": 1}'
    response = client.post(url("shadow_send"), {"payload": payload})
    assert response.status_code == 422
    page = text(response)
    assert "made for version 1; it is version 2 now" in page
    assert "&quot;version&quot;: 2" in page
    assert document().desired == {"rate": 2}


def test_a_request_that_is_refused_comes_back_with_its_reason(client: Client) -> None:
    response = client.post(url("shadow_send"), {"payload": '{"state": 5}'})
    assert response.status_code == 422
    assert last_change().outcome != "ok"


def test_one_wish_or_all_are_cleared_by_a_null(client: Client) -> None:
    update({"desired": {"a": {"b": 1, "c": 2}}})
    page = text(client.get(url("thing"), {"clear": '["a", "b"]'}))
    payload = page.split('name="payload" value="')[1].split('"')[0].replace("&quot;", '"')
    client.post(url("shadow_send"), {"payload": payload})
    assert document().desired == {"a": {"c": 2}}
    assert "&quot;desired&quot;: null" in text(client.get(url("thing"), {"clear": "[]"}))
    assert client.get(url("thing"), {"clear": "nonsense"}).status_code == 200


@pytest.mark.parametrize("edit", ["json", "form"])
def test_the_editor_opens_with_what_is_wanted(client: Client, edit: str) -> None:
    update({"desired": {"led": {"color": "green"}}})
    assert "green" in text(client.get(url("thing"), {"edit": edit}))


def test_named_shadows_are_created_shown_and_deleted(client: Client) -> None:
    assert client.post(url("shadow_create"), {"shadow": "net"})["Location"] == url("thing_shadow_named", shadow="net")
    update({"reported": {"rssi": -6}}, "net")
    assert "rssi" in text(client.get(url("thing_shadow_named", shadow="net")))
    assert client.get(url("shadow_delete_named", shadow="net")).status_code == 200
    client.post(url("shadow_delete_named", shadow="net"))
    assert document("net") is None
    assert client.post(url("shadow_create"), {"shadow": "no blanks"}).status_code == 422


def test_history_compares_versions_and_wishes_for_one_again(client: Client) -> None:
    update({"desired": {"rate": 1}})
    update({"desired": {"rate": 2}})
    page = text(client.get(url("shadow_history"), {"version": "2", "with": "1"}))
    assert "From version 1 to version 2" in page
    page = text(client.get(url("shadow_history"), {"version": "1", "restore": ""}))
    assert "&quot;rate&quot;: 1" in page
    assert "Version 1" in text(client.get(url("shadow_history"), {"version": "1"}))


def test_a_viewer_sees_the_request_and_cannot_send_it() -> None:
    make_thing("t1")
    page = text(browser("viewer").get(url("thing"), {"clear": "[]"}))
    assert "Send request" not in page


def test_hostile_keys_and_values_are_escaped(client: Client) -> None:
    update({"desired": {"<script>x</script>": "<img src=x>"}})
    for query in ({}, {"edit": "json"}, {"edit": "form"}, {"clear": '["<script>"]'}):
        page = text(client.get(url("thing"), query))
        assert "<script>x" not in page
        assert "<img src" not in page
