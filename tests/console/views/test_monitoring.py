"""Monitoring in the console: every range draws, every chart has its table, every reason is in words."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from console.views.monitoring import REASONS
from iot.services import metrics
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
    assert html.count("In this time") == 1


def test_htmx_gets_the_charts_alone() -> None:
    html = browser("viewer").get("/monitoring/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert html.count("<figure") == 8


def test_strangers_log_in_first() -> None:
    assert Client().get("/monitoring/").status_code == 302
