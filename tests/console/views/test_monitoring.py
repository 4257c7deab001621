"""Monitoring in the console: every range draws, every chart has its table, every reason is in words."""

import time

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from console.views.monitoring import REASONS
from iot.services import metrics, refusals
from tests.console.browse import browser

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("chosen", ["1h", "24h", "7d", "nonsense"])
def test_every_range_draws_with_a_table_behind_each_chart(settings: Settings, chosen: str) -> None:
    metrics.add(settings.SCOPE, {("PublishIn.Success", ""): 41, ("ActionLatency.Sum", "r/0:http"): 0.5})
    metrics.add(settings.SCOPE, {("ActionLatency.Count", "r/0:http"): 2})
    html = browser("viewer").get(f"/monitoring/?range={chosen}").content.decode()
    assert html.count("<svg viewBox") >= 8
    assert html.count("<figure") == html.count("Time (UTC)") == 8
    assert ">41<" in html
    assert ">250<" in html


def test_what_was_dropped_is_explained(settings: Settings) -> None:
    metrics.add(settings.SCOPE, {(name, ""): 3 for name in REASONS})
    html = browser("viewer").get("/monitoring/").content.decode()
    assert "No policy allows iot:Publish on the topic." in html
    assert "No client was refused anything in this time." in html


def test_what_was_dropped_is_told_by_client_and_reason(settings: Settings) -> None:
    entry = {"client_id": "a/b <i>", "action": "iot:Publish", "resource": "plant/7", "reason": "Quota exceeded"}
    stranger = {"address": "10.0.0.9", "action": "connect", "reason": "The address connects too often"}
    old = {**entry, "reason": "The topic is reserved", "at": time.time() - 7200}
    refusals.record(settings.SCOPE, [{**entry, "count": 7}, {**entry, "resource": "plant/8"}, stranger, old])
    html = browser("viewer").get("/monitoring/?range=1h").content.decode()
    assert '<a href="/refusals/?client=a%2Fb%20%3Ci%3E">a/b &lt;i&gt;</a>' in html
    assert "faster than its limit: the message was dropped" in html
    assert ">8<" in html
    assert ">10.0.0.9<" in html
    assert "ended before TLS" in html
    assert "The topic is reserved" not in html
    assert "The topic is reserved" in browser("viewer").get("/monitoring/?range=24h").content.decode()


def test_htmx_gets_the_charts_alone() -> None:
    html = browser("viewer").get("/monitoring/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert html.count("<figure") == 8


def test_strangers_log_in_first() -> None:
    assert Client().get("/monitoring/").status_code == 302
