"""Rules in the console: listed, written, tried, switched, deleted and brought back; failures retried; who may."""

import json
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from console.forms.rules import KINDS, first_action, parts_of
from iot.bridge.outbox import unpack
from iot.core.arn import Scope
from iot.models import OutboxRow
from iot.services import topic_rules
from tests.console.browse import browser

pytestmark = pytest.mark.django_db
SQL = "SELECT temperature FROM 'devices/+/telemetry' WHERE temperature > 25"
FORM = {
    "name": "warm",
    "description": "What is too warm",
    "sql": SQL,
    "version": "2016-03-23",
    "enabled": "on",
    "action-0-kind": "republish",
    "action-0-rest": "{}",
    "action-0-topic": "alerts/${topic(2)}",
    "action-0-qos": "1",
    "action-0-content_type": "application/json",
    "action-0-user_properties": "unit: C",
}
SAMPLE = {
    "version": "2016-03-23",
    "sample-topic": "devices/d1/telemetry",
    "sample-payload": '{"temperature": 26}',
    "sample-client": "d1",
}


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


@pytest.fixture
def client() -> Client:
    return browser()


def make(scope: Scope, name: str = "warm", **members: Any) -> None:
    payload = {"sql": SQL, "actions": [], "awsIotSqlVersion": "2016-03-23", **members}
    topic_rules.create_topic_rule(scope, rule_name=name, topic_rule_payload=payload)


def tried(client: Client, sql: str, **fields: str) -> str:
    data = {**SAMPLE, "sql": sql, **fields}
    return client.post("/rules/new/try/", data, headers={"HX-Request": "true"}).content.decode()


def test_a_rule_is_written_with_a_republish_action(client: Client, scope: Scope) -> None:
    answer = client.post("/rules/new/", FORM)
    assert answer.status_code == 302, answer.content.decode()
    row = topic_rules.find_topic_rule(scope, "warm")
    assert row.sql == SQL
    (action,) = row.actions
    assert action["republish"]["topic"] == "alerts/${topic(2)}"
    assert action["republish"]["headers"] == {
        "contentType": "application/json",
        "userProperties": [{"key": "unit", "value": "C"}],
    }


def test_a_rule_is_edited_and_keeps_what_its_forms_do_not_show(client: Client, scope: Scope) -> None:
    make(scope, actions=[{"http": {"url": "https://a.example/in", "confirmationUrl": "https://a.example"}}])
    html = client.get("/rules/warm/edit/").content.decode()
    assert "https://a.example" in html
    data = {
        **FORM,
        "action-0-kind": "http",
        "action-0-rest": json.dumps(
            {"url": "https://a.example/in", "confirmationUrl": "https://a.example", "enableBatching": True}
        ),
        "action-0-url": "https://b.example/in",
        "action-0-confirmation_url": "https://b.example",
        "action-0-headers": "x-key: 1",
    }
    assert client.post("/rules/warm/edit/", data).status_code == 302
    assert topic_rules.find_topic_rule(scope, "warm").actions == [
        {
            "http": {
                "url": "https://b.example/in",
                "confirmationUrl": "https://b.example",
                "enableBatching": True,
                "headers": [{"key": "x-key", "value": "1"}],
            }
        }
    ]


def test_other_actions_are_json(client: Client, scope: Scope) -> None:
    data = {**FORM, "action-0-kind": "sqs", "action-0-body": '{"queueUrl": "https://q", "roleArn": "r"}'}
    assert client.post("/rules/new/", data).status_code == 302
    assert topic_rules.find_topic_rule(scope, "warm").actions == [{"sqs": {"queueUrl": "https://q", "roleArn": "r"}}]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"sql": "SELECT FROM"}, "line 1, column 8"),
        ({"name": "no-hyphen"}, "must have the form"),
        ({"action-0-kind": "sqs", "action-0-body": "{"}, "Line 1, column 2"),
        ({"action-0-kind": "sqs", "action-0-body": "[]"}, "must be a JSON object"),
        ({"action-0-topic": ""}, "This field is required"),
        ({"action-0-topic": "devices/x/telemetry"}, "within topic space of rule"),
        ({"action-0-topic": "a/${"}, "not closed"),
    ],
)
def test_a_fault_is_said_and_nothing_is_saved(client: Client, scope: Scope, fields: dict[str, str], text: str) -> None:
    answer = client.post("/rules/new/", {**FORM, **fields})
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert topic_rules.topic_rules(scope).count() == 0


def test_a_name_that_is_taken_is_said(client: Client, scope: Scope) -> None:
    make(scope)
    answer = client.post("/rules/new/", FORM)
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()


def test_trying_explains_and_runs_nothing(client: Client) -> None:
    html = tried(client, SQL, **{"action-0-topic": "alerts/${topic(2)}"})
    assert "It fires" in html
    assert "alerts/d1" in html
    html = tried(client, SQL, **{"sample-payload": '{"temperature": 20}'})
    assert "WHERE is not true" in html
    assert ">20<" in html


def test_trying_says_where_the_fault_is(client: Client) -> None:
    html = tried(client, "SELECT *\nFROM 'a'\nWHERE nothing(1)")
    assert 'data-line="3"' in html
    assert 'data-column="7"' in html


def test_trying_says_that_the_topic_does_not_match(client: Client) -> None:
    assert "The topic does not match" in tried(client, "SELECT * FROM 'other/#'")


def test_trying_says_why_it_would_fail(client: Client) -> None:
    assert "It would fail" in tried(client, "SELECT aws_lambda('arn', 1) AS a FROM 'devices/#'")


def test_a_republish_that_may_feed_itself_is_warned_of(client: Client) -> None:
    html = tried(client, "SELECT * FROM 'devices/#'", **{"action-0-topic": "devices/${topic(2)}"})
    assert "may lead back" in html
    assert "may lead back" not in tried(client, SQL, **{"action-0-topic": "alerts/${topic(2)}"})


def test_a_hostile_sample_is_escaped(client: Client) -> None:
    html = tried(client, "SELECT * FROM 'devices/#'", **{"sample-payload": '{"a": "<script>alert(1)</script>"}'})
    assert "<script>" not in html


def test_json_fills_the_form(client: Client) -> None:
    document = json.dumps({"rule": {"ruleName": "x", "sql": SQL, "actions": [{"http": {"url": "https://h.example"}}]}})
    html = client.post("/rules/new/", {"do": "load", "document": document}).content.decode()
    assert "https://h.example" in html
    for bad in ("{", "[]", "{}"):
        assert client.post("/rules/new/", {"do": "load", "document": bad}).status_code == 422


def test_the_list_and_the_page_of_a_rule(client: Client, scope: Scope) -> None:
    make(scope)
    make(scope, "other")
    html = client.get("/rules/?q=war", headers={"HX-Request": "true"}).content.decode()
    assert "devices/+/telemetry" in html
    assert "other" not in html
    html = client.get("/rules/warm/").content.decode()
    assert "Passed WHERE" in html
    assert "create-topic-rule" in html


def test_a_rule_is_switched_off_and_on(client: Client, scope: Scope) -> None:
    make(scope)
    client.post("/rules/warm/", {"do": "disable"})
    assert topic_rules.find_topic_rule(scope, "warm").disabled
    client.post("/rules/warm/", {"do": "enable"})
    assert not topic_rules.find_topic_rule(scope, "warm").disabled


def test_a_rule_is_run_once_by_basic_ingest(client: Client, scope: Scope) -> None:
    make(scope)
    fields = {"do": "run", "topic": "devices/d1/telemetry", "payload": "{}"}
    assert client.post("/rules/warm/", fields, headers={"HX-Request": "true"}).status_code == 204
    (message,) = [one for row in OutboxRow.objects.all() for one in unpack(bytes(row.messages))]
    assert message.topic == "$aws/rules/warm/devices/d1/telemetry"
    assert client.post("/rules/warm/", fields).status_code == 302


def test_the_history_shows_what_changed(client: Client, scope: Scope) -> None:
    client.post("/rules/new/", FORM)
    client.post("/rules/warm/edit/", {**FORM, "description": "Another description"})
    html = client.get("/rules/warm/").content.decode()
    assert "ReplaceTopicRule" in html
    assert "Another description" in html


def test_copying_begins_with_the_rule_and_no_name(client: Client, scope: Scope) -> None:
    make(scope, actions=[{"republish": {"topic": "x/y", "roleArn": "r"}}])
    html = client.get("/rules/new/?copy=warm").content.decode()
    assert "x/y" in html
    assert 'value="warm"' not in html


def test_a_rule_begins_with_the_topic_of_a_message(client: Client) -> None:
    html = client.get("/rules/new/?topic=a/b&sample=%7B%22x%22%3A1%7D").content.decode()
    assert "FROM &#x27;a/b&#x27;" in html
    assert "{&quot;x&quot;:1}" in html


def test_every_kind_of_action_has_a_form(client: Client) -> None:
    for kind in KINDS:
        html = client.get(f"/rules/new/action/?kind={kind}&number=3", headers={"HX-Request": "true"}).content.decode()
        assert f'name="action-3-kind" value="{kind}"' in html
        (part,) = parts_of([{kind: first_action(kind)}])
        assert part.kind == kind
    assert client.get("/rules/new/action/?kind=dance").status_code == 404


def test_who_may(client: Client, scope: Scope) -> None:
    make(scope)
    assert Client().get("/rules/").status_code == 302
    for url in ("/rules/none/", "/rules/none/edit/", "/rules/new/?copy=none"):
        assert client.get(url).status_code == 404
    assert client.get("/rules/new/try/").status_code == 405
    reader = browser("viewer")
    for url in ("/rules/", "/rules/warm/", "/rules/warm/edit/", "/rules/new/"):
        assert reader.get(url).status_code == 200
    assert "It fires" in tried(reader, SQL)
    for url in ("/rules/new/", "/rules/warm/edit/", "/rules/warm/"):
        assert reader.post(url, FORM).status_code == 403
