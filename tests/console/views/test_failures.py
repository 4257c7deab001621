"""What rules failed at, in the console: listed, retried, thrown away; who may."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import rule_failures, topic_rules
from iot.services.rule_failures import Failure
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    topic_rules.create_topic_rule(
        found, rule_name="warm", topic_rule_payload={"sql": "SELECT * FROM 'a'", "actions": []}
    )
    return found


@pytest.fixture
def client() -> Client:
    return browser()


def failed(scope: Scope, **members: Any) -> None:
    entry: dict[str, Any] = {
        "rule": "warm",
        "action": "http",
        "action_index": 0,
        "resource": "https://h.example",
        "trace": "t",
        "message": Message("devices/d1/telemetry", b'{"temperature": 26, "note": "<b>"}'),
        "request": b'{"url": "https://h.example"}',
        "reason": "The server answered 500",
        "dead": True,
        **members,
    }
    rule_failures.record(scope, [Failure(**entry)])


def test_failures_are_listed_retried_and_thrown_away(client: Client, scope: Scope) -> None:
    failed(scope)
    failed(scope, reason="It timed out", dead=False)
    html = client.get("/rules/warm/failures/").content.decode()
    assert "The server answered 500" in html
    assert "It timed out" in html
    assert "<b>&quot;" not in html
    assert "It timed out" not in client.get("/rules/warm/failures/?state=given-up").content.decode()
    dead = rule_failures.failures(scope, dead=True).get()
    client.post("/rules/warm/failures/", {"do": "retry", "selected": [dead.pk]})
    assert not rule_failures.failures(scope, dead=True).exists()
    client.post("/rules/warm/failures/", {"do": "discard-all", "confirm": "wrong"})
    assert rule_failures.failures(scope).count() == 2
    client.post("/rules/warm/failures/", {"do": "discard-all", "confirm": "warm"})
    assert not rule_failures.failures(scope).exists()


def test_the_last_error_is_on_the_row_of_the_list(client: Client, scope: Scope) -> None:
    failed(scope)
    assert "The server answered 500" in client.get("/rules/").content.decode()


def test_who_may(client: Client, scope: Scope) -> None:
    failed(scope)
    assert Client().get("/rules/warm/failures/").status_code == 302
    assert client.get("/rules/none/failures/").status_code == 404
    reader = browser("viewer")
    assert reader.get("/rules/warm/failures/").status_code == 200
    assert reader.post("/rules/warm/failures/", {"do": "retry-all"}).status_code == 403
