"""The workbench's trials: one action tested by the bridge, and all that can keep it from running."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from pytest_django.fixtures import Settings

from iot.services import action_trials
from tests.console.answering import answering
from tests.console.broker import free_port, mosquitto
from tests.console.browse import HTMX, browser, last_change, text
from tests.console.views.test_rules import FORM, SAMPLE

pytestmark = pytest.mark.django_db
URL = "/rules/new/action/try/?part=action-0"
FIELDS = {**FORM, **SAMPLE}


@pytest.fixture
def broker(tmp_path: Path, settings: Settings) -> Iterator[str]:
    with mosquitto(tmp_path) as url:
        settings.BROKER_URL = url
        yield url


def test_an_action_is_handed_to_the_bridge_and_its_outcome_shown(broker: str) -> None:
    requests = [orjson.dumps({"topic": "alerts/<d1>"}).decode(), "cut {"]
    answer = {"outcome": "done", "requests": requests, "count": 3}
    with answering(broker, action_trials.TOPIC, orjson.dumps(answer)) as orders:
        html = text(browser().post(URL, FIELDS, headers=HTMX))
    assert "It ran" in html
    assert "alerts/&lt;d1&gt;" in html
    assert "cut {" in html
    assert "and 1 more" in html
    assert "<html" not in html
    (order,) = [orjson.loads(one) for one in orders]
    assert (order["rule"], order["topic"], order["clientId"]) == ("warm", "devices/d1/telemetry", "d1")
    assert order["action"]["republish"]["topic"] == "alerts/${topic(2)}"
    change = last_change()
    assert change.operation == "TestTopicRuleAction"
    assert change.after == {"action": "republish", "outcome": "done"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"outcome": "filtered"}, "WHERE is not true for the sample"),
        ({"outcome": "failed", "reason": "answered 503"}, "answered 503"),
        ({"outcome": "done", "requests": [], "count": 0}, "had nothing to send"),
    ],
)
def test_every_outcome_has_its_words(broker: str, answer: dict[str, object], words: str) -> None:
    with answering(broker, action_trials.TOPIC, orjson.dumps(answer)):
        assert words in text(browser().post(URL, FIELDS))


def test_a_rule_without_a_name_is_called_a_trial(broker: str) -> None:
    with answering(broker, action_trials.TOPIC, b'{"outcome":"filtered"}') as orders:
        browser().post(URL, {**FIELDS, "name": "not yet!"})
    assert orjson.loads(orders[0])["rule"] == "trial"


def test_a_bridge_that_is_away_is_said(settings: Settings) -> None:
    settings.BROKER_URL = f"mqtt://127.0.0.1:{free_port()}"
    assert "The bridge has not answered" in text(browser().post(URL, FIELDS))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"action-0-topic": ""}, "Topic: This field is required."),
        ({"action-0-topic": "$changed/rules/x"}, "reserved topic"),
        ({"sql": "SELECT"}, "It did not run"),
    ],
)
def test_what_is_not_right_yet_is_not_sent(fields: dict[str, str], words: str) -> None:
    html = text(browser().post(URL, {**FIELDS, **fields}))
    assert words in html
    assert "the form is not right yet" in html


def test_who_may_and_which_action() -> None:
    assert browser("viewer").post(URL, FIELDS).status_code == 403
    assert browser().post("/rules/new/action/try/?part=action-7", FIELDS).status_code == 404
    page = text(browser().post("/rules/new/", {**FIELDS, "name": "!"}))
    assert 'hx-post="/rules/new/action/try/?part=action-0"' in page
    assert "Test this action" in page
    assert "Test this action" not in text(browser("viewer").get("/rules/new/"))


def test_the_page_of_a_rule_leads_to_the_test_of_its_actions(settings: Settings) -> None:
    browser().post("/rules/new/", FIELDS)
    link = '<a href="/rules/warm/edit/#actions">Test an action</a>'
    assert link in text(browser().get("/rules/warm/"))
    assert link not in text(browser("viewer").get("/rules/warm/"))
    assert "Test this action" in text(browser().get("/rules/warm/edit/"))


def test_the_error_action_is_tested_with_an_error_document(broker: str) -> None:
    error = {"error-kind": "republish", "error-topic": "failed/${topic()}", "error-qos": "0"}
    with answering(broker, action_trials.TOPIC, b'{"outcome":"done"}') as orders:
        html = text(browser().post("/rules/new/action/try/?part=error", {**FIELDS, **error}, headers=HTMX))
    assert "had nothing to send" in html
    (order,) = [orjson.loads(one) for one in orders]
    assert order["action"]["republish"]["topic"] == "failed/${topic()}"
    assert order["isErrorAction"] is True
    assert browser().post("/rules/new/action/try/?part=error", FIELDS).status_code == 404
