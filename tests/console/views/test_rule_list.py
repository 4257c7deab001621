"""The list of rules: its order and pages, and how a deleted rule comes back."""

import pytest
from django.conf import settings
from django.urls import reverse

from iot.services import local_actions, metrics, topic_rules
from tests.console.browse import browser, last_change, next_page, text

pytestmark = pytest.mark.django_db
SQL = "SELECT * FROM 'devices/+/telemetry'"


def make(name: str) -> None:
    payload = {"sql": SQL, "actions": [], "awsIotSqlVersion": "2016-03-23"}
    topic_rules.create_topic_rule(settings.SCOPE, rule_name=name, topic_rule_payload=payload)


def test_the_list_is_paged_by_name() -> None:
    for number in range(102):
        make(f"rule_{number:03}")
    client = browser("viewer")
    html = text(client.get("/rules/?q=rule_"))
    assert "rule_099" in html
    assert "rule_100" not in html
    assert "rule_101" in text(client.get("/rules/" + next_page(html)))


def test_the_rules_that_fail_most_can_stand_first() -> None:
    for name in ("calm", "loud"):
        make(name)
    metrics.add(settings.SCOPE, {("Failure", "loud"): 3})
    html = text(browser("viewer").get("/rules/?sort=-failed"))
    assert html.index(">loud<") < html.index(">calm<")


def test_a_deleted_rule_comes_back_with_its_local_actions() -> None:
    make("warm")
    local_actions.put_local_action(settings.SCOPE, rule_name="warm", kind="table", name="t", parameters={})
    client = browser()
    page = text(client.post(reverse("rule", args=["warm"]), {"do": "delete"}, follow=True))
    assert "Rule warm is deleted." in page
    assert topic_rules.topic_rules(settings.SCOPE).count() == 0
    client.post(reverse("rules"), {"do": "undo"})
    assert topic_rules.find_topic_rule(settings.SCOPE, "warm").sql == SQL
    assert [row.name for row in local_actions.local_actions(settings.SCOPE, rule_name="warm")] == ["t"]
    assert last_change().operation == "CreateTopicRule"
    assert client.post(reverse("rules"), {"do": "undo"}).status_code == 302


def test_only_operators_undo() -> None:
    assert browser("viewer").post(reverse("rules"), {"do": "undo"}).status_code == 403
