"""Dry runs and backtests over the API."""

import base64
from typing import Any

import pytest

from iot.core.arn import Scope
from iot.core.message import Message
from iot.services import recorder
from tests.api import harness

pytestmark = pytest.mark.django_db

SCOPE = Scope(harness.ACCOUNT, harness.REGION)
SQL = "SELECT t * 2 AS double, clientid() AS who, get_user_properties('k') AS k\nFROM 'dt/#' WHERE t > 20"


@pytest.fixture
def viewer() -> str:
    return harness.new_token("viewer")


def trial(token: str, **given: Any) -> Any:
    body = {"sql": SQL, "topic": "dt/a", "payload": '{"t": 25}', **given}
    status, found = harness.call(token, "POST", "/rule-trials", body=body)
    assert status == 200
    return found


def test_a_dry_run_shows_terms_output_and_templates(viewer: str) -> None:
    found = trial(
        viewer,
        clientId="lamp-1",
        userProperties=[{"name": "k", "value": "v"}],
        templates=["out/${topic(2)}", "${nowhere("],
    )
    assert (found["topicMatched"], found["matched"], found["topicFilter"]) == (True, True, "dt/#")
    assert found["output"] == '{"double":50,"who":"lamp-1","k":["v"]}'
    assert found["terms"] == [{"line": 2, "operator": ">", "left": "25", "right": "20", "passed": True}]
    assert found["templates"][0] == {"template": "out/${topic(2)}", "value": "out/a"}
    assert found["templates"][1]["error"]
    assert "error" not in found


def test_a_dry_run_says_why_nothing_comes_out(viewer: str) -> None:
    found = trial(viewer, payload='{"t": 1}')
    assert (found["topicMatched"], found["matched"], found["terms"][0]["passed"]) == (True, False, False)
    assert "output" not in found
    found = trial(viewer, topic="elsewhere")
    assert (found["topicMatched"], found["matched"]) == (False, False)
    assert trial(viewer, payload="no JSON")["payloadIsJson"] is False


def test_a_fault_in_the_statement_has_its_place(viewer: str) -> None:
    found = trial(viewer, sql="SELECT *\nFRM 'dt/#'")
    assert found["matched"] is False
    assert (found["error"]["line"], found["error"]["message"] != "") == (2, True)
    assert found["error"]["column"] >= 1


def test_bytes_are_given_in_base64(viewer: str) -> None:
    found = trial(
        viewer,
        sql="SELECT encode(*, 'base64') AS b FROM 'dt/#'",
        binaryPayload=base64.b64encode(b"\xff\x00").decode(),
    )
    assert found["output"] == '{"b":"/wA="}'


def test_a_request_that_does_not_fit_is_refused(viewer: str) -> None:
    assert harness.call(viewer, "POST", "/rule-trials", body={"sql": SQL})[0] == 400
    body = {"sql": SQL, "topic": "dt/a", "awsIotSqlVersion": "1999-01-01"}
    assert harness.call(viewer, "POST", "/rule-trials", body=body)[0] == 400


def test_a_backtest_runs_over_what_was_recorded(viewer: str) -> None:
    recorder.keep(SCOPE, [("dt/#", at, Message(f"dt/{t}", b'{"t":%d}' % t)) for at, t in ((1.0, 30), (2.0, 10))])
    status, found = harness.call(
        viewer, "POST", "/rule-backtests", body={"sql": SQL, "templates": ["${topic(2)}"], "maxResults": 10}
    )
    assert status == 200
    assert [(one["receivedAt"], one["topic"], one["matched"]) for one in found["results"]] == [
        (2.0, "dt/10", False),
        (1.0, "dt/30", True),
    ]
    assert base64.b64decode(found["results"][1]["payload"]) == b'{"t":30}'
    assert found["results"][1]["templates"] == [{"template": "${topic(2)}", "value": "30"}]
    assert harness.call(viewer, "POST", "/rule-backtests", body={"sql": "SELECT"})[0] == 400
