"""Backtests in the console: recorded messages tried, recording begun and ended; who may."""

import time

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import recorder
from tests.console.browse import HTMX, browser

pytestmark = pytest.mark.django_db
SQL = "SELECT temperature FROM 'plant/#' WHERE temperature > 25"
URL = "/rules/new/backtest/"


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def tried(client: Client, sql: str = SQL, do: str = "") -> str:
    data = {"sql": sql, "version": "2016-03-23", "do": do}
    return client.post(URL, data, headers=HTMX).content.decode()


def test_recorded_messages_are_tried(scope: Scope) -> None:
    client = browser()
    assert "No message of this FROM" in tried(client, do="record")
    now = time.time()
    entries = [("plant/#", now, Message("plant/<b>", b'{"temperature": %d}' % n)) for n in (20, 26, 30)]
    recorder.keep(scope, entries)
    html = tried(client)
    assert "2 of the last 3 messages would fire" in html
    assert "recording" in html
    assert "plant/&lt;b&gt;" in html
    tried(client, do="stop")
    assert "plant/#" not in recorder.recorded_filters(scope)


def test_a_fault_and_a_statement_without_from_are_said(scope: Scope) -> None:
    client = browser()
    assert "column 8" in tried(client, "SELECT FROM")
    assert "nothing to record" in tried(client, "SELECT 1 AS a")


def test_a_viewer_tries_and_records_nothing(scope: Scope) -> None:
    assert Client().post(URL).status_code == 302
    tried(browser("viewer"), do="record")
    assert recorder.recorded_filters(scope) == {}
