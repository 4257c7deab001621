"""Refusals, the audit and figures, over the API."""

import pytest

from iot.core.arn import Scope
from iot.services import audit, metrics, refusals
from tests.api import harness
from tests.api.harness import call

pytestmark = pytest.mark.django_db
SCOPE = Scope(harness.ACCOUNT, harness.REGION)


def refuse(client_id: str, action: str) -> None:
    entry = {"client_id": client_id, "principal": "p", "address": "10.0.0.7", "action": action, "resource": "arn:x"}
    refusals.record(SCOPE, [{**entry, "reason": "No statement allows it", "policy": "", "statement_index": None}])


def test_refusals_are_listed_by_client_and_action_in_pages() -> None:
    token = harness.new_token("viewer")
    refuse("c1", "iot:Publish")
    refuse("c1", "iot:Subscribe")
    refuse("c2", "iot:Publish")
    _, page = call(token, "GET", "/refusals", "maxResults=2")
    assert [one["clientId"] for one in page["refusals"]] == ["c2", "c1"]
    _, rest = call(token, "GET", "/refusals", f"maxResults=2&nextToken={page['nextToken']}")
    assert [one["action"] for one in rest["refusals"]] == ["iot:Publish"]
    _, some = call(token, "GET", "/refusals", "clientId=c1&action=iot:Subscribe")
    (found,) = some["refusals"]
    assert (found["reason"], found["address"], found["count"]) == ("No statement allows it", "10.0.0.7", 1)


def test_the_audit_is_searched() -> None:
    token = harness.new_token("viewer")
    audit.record(SCOPE, actor="anna", channel="console", operation="CreateThing", resource="t1", after={"a": 1})
    audit.record(SCOPE, actor="key", channel="api", operation="DeleteThing", resource="t2")
    _, found = call(token, "GET", "/audit-entries", "text=Thing&channel=console")
    (entry,) = found["entries"]
    assert (entry["actor"], entry["operation"], entry["after"]) == ("anna", "CreateThing", '{"a": 1}')
    assert len(call(token, "GET", "/audit-entries", "text=DeleteThing")[1]["entries"]) == 1


def test_a_figure_is_read_minute_by_minute() -> None:
    token = harness.new_token("viewer")
    metrics.add(SCOPE, {("PublishIn.Success", ""): 3, ("Failure", "hot"): 2})
    _, found = call(token, "GET", "/metrics/PublishIn.Success", "since=1")
    assert [one["value"] for one in found["points"]] == [3]
    _, found = call(token, "GET", "/metrics/Failure", "since=1&dimension=hot")
    assert [one["value"] for one in found["points"]] == [2]
    assert call(token, "GET", "/metrics/Failure")[0] == 400
