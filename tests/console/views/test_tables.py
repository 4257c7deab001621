"""Tables in the console: listed, read, drawn, exported, dropped; and the rule's form that makes them."""

import time

import orjson
import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.services import local_actions, local_tables, topic_rules
from iot.services.local_tables import Entry
from tests.console.browse import browser

pytestmark = pytest.mark.django_db
RULE = {"name": "warm", "sql": "SELECT * FROM 'a'", "version": "2016-03-23", "enabled": "on"}


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def fill(scope: Scope, count: int = 3) -> None:
    now = int(time.time() * 1000)
    local_tables.write(
        scope,
        [
            Entry("readings", now - n * 1000, "warm", "t/<b>", f"trace-{n}", b'{"temperature": %d, "note": "<b>"}' % n)
            for n in range(count)
        ],
    )


def test_a_table_is_listed_read_drawn_and_exported(scope: Scope) -> None:
    fill(scope, 120)
    client = browser("viewer")
    assert "readings" in client.get("/tables/").content.decode()
    html = client.get("/tables/readings/?column=temperature").content.decode()
    assert "<figure" in html
    assert "&lt;b&gt;" in html
    assert ">99<" in html
    assert "before=" in html
    lines = client.get("/tables/readings/export/").content.splitlines()
    assert len(lines) == 120
    assert orjson.loads(lines[0])["data"]["temperature"] == 0


def test_a_table_is_dropped_after_typing(scope: Scope) -> None:
    fill(scope)
    client = browser()
    client.post("/tables/readings/", {"confirm": "other"})
    assert local_tables.tables(scope)
    client.post("/tables/readings/", {"confirm": "readings"})
    assert not local_tables.tables(scope)
    assert client.get("/tables/readings/").status_code == 404


def test_the_rules_form_keeps_its_local_actions(scope: Scope) -> None:
    client = browser()
    data = {
        **RULE,
        "action-0-kind": "table",
        "action-0-name": "readings",
        "action-0-retention_days": "7",
        "action-1-kind": "file",
        "action-1-name": "log",
    }
    answer = client.post("/rules/new/", data)
    assert answer.status_code == 302, answer.content.decode()
    found = [(one.kind, one.name, one.parameters) for one in local_actions.local_actions(scope, rule_name="warm")]
    assert found == [("table", "readings", {"retentionDays": 7}), ("file", "log", {})]
    assert topic_rules.find_topic_rule(scope, "warm").actions == []
    html = client.get("/rules/warm/edit/").content.decode()
    assert 'name="action-0-name"' in html
    assert 'value="7"' in html
    client.post("/rules/warm/edit/", {**RULE, "action-0-kind": "table", "action-0-name": "other"})
    assert [one.name for one in local_actions.local_actions(scope, rule_name="warm")] == ["other"]
    client.post("/rules/warm/", {"do": "delete"})
    client.post("/rules/", {"do": "undo"})
    assert [one.name for one in local_actions.local_actions(scope, rule_name="warm")] == ["other"]


def test_who_may(scope: Scope) -> None:
    fill(scope)
    assert Client().get("/tables/").status_code == 302
    assert browser("viewer").post("/tables/readings/", {"confirm": "readings"}).status_code == 403
