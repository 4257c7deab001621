"""The failures of rules over the API."""

import base64

import pytest

from iot.core.arn import Scope
from iot.core.message import Message, Properties, Sender
from iot.models import AuditEntry
from iot.services import rule_failures
from iot.services.rule_failures import Failure
from tests.api import harness
from tests.api.harness import call

pytestmark = pytest.mark.django_db

SCOPE = Scope(harness.ACCOUNT, harness.REGION)
MESSAGE = Message("dt/a", b"\xff", 1, properties=Properties(user_properties=(("k", "v"),)), sender=Sender("lamp-1"))


def keep(rule: str, *, dead: bool = False, action: str = "sqs") -> int:
    failure = Failure(rule, action, 0, "queue", "trace", MESSAGE, b'{"url":"q"}', "it is down", dead=dead)
    rule_failures.record(SCOPE, [failure])
    return int(rule_failures.failures(SCOPE)[0].pk)


@pytest.fixture
def token() -> str:
    return harness.new_token("operator")


def audited() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("operation", "resource", "outcome"))


def test_failures_are_listed_newest_first_by_rule_and_state_and_in_pages(token: str) -> None:
    ids = [keep("a"), keep("b", dead=True), keep("b")]
    _, found = call(token, "GET", "/rule-failures", "maxResults=2")
    assert [one["failureId"] for one in found["failures"]] == ids[:0:-1]
    _, rest = call(token, "GET", "/rule-failures", f"maxResults=2&nextToken={found['nextToken']}")
    assert [one["failureId"] for one in rest["failures"]] == ids[:1]
    _, found = call(token, "GET", "/rule-failures", "ruleName=b&state=DEAD")
    assert [(one["failureId"], one["state"], "nextTryAt" in one) for one in found["failures"]] == [
        (ids[1], "DEAD", False)
    ]
    assert call(token, "GET", "/rule-failures", "state=GONE")[0] == 400
    assert audited() == []


def test_a_failure_has_its_message_its_reason_and_its_request(token: str) -> None:
    status, found = call(token, "GET", f"/rule-failures/{keep('a')}")
    assert status == 200
    assert base64.b64decode(found["payload"]) == MESSAGE.payload
    assert (found["topic"], found["clientId"], found["reason"]) == ("dt/a", "lamp-1", "it is down")
    assert (found["action"], found["actionIndex"], found["request"]) == ("sqs", 0, '{"url":"q"}')
    assert found["userProperties"] == [{"name": "k", "value": "v"}]
    assert call(token, "GET", "/rule-failures/999999")[0] == 404


def test_one_or_all_of_a_rule_are_tried_again_and_the_audit_says_so(token: str) -> None:
    first, _, other = keep("a", dead=True), keep("a", dead=True), keep("b", dead=True)
    assert call(token, "POST", f"/rule-failures/{first}/retry") == (200, {"count": 1})
    assert call(token, "POST", "/rules/a/failures/retry") == (200, {"count": 2})
    assert {one.rule for one in rule_failures.claim(SCOPE)} == {"a"}
    assert rule_failures.find_failure(SCOPE, other).next_at is None
    assert audited() == [("RetryRuleFailure", str(first), "ok"), ("RetryRuleFailures", "a", "ok")]


def test_what_has_no_request_cannot_be_tried_again(token: str) -> None:
    status, answer = call(token, "POST", f"/rule-failures/{keep('a', dead=True, action='')}/retry")
    assert status == 409
    assert "no request" in answer["message"]


def test_one_or_all_of_a_rule_are_thrown_away(token: str) -> None:
    first, _, other = keep("a"), keep("a"), keep("b")
    assert call(token, "DELETE", f"/rule-failures/{first}") == (200, {"count": 1})
    assert call(token, "DELETE", f"/rule-failures/{first}")[0] == 404
    assert call(token, "DELETE", "/rules/a/failures") == (200, {"count": 1})
    assert [row.pk for row in rule_failures.failures(SCOPE)] == [other]
    assert audited()[-1] == ("DiscardRuleFailures", "a", "ok")


def test_a_viewer_reads_and_changes_nothing() -> None:
    kept, token = keep("a"), harness.new_token("viewer")
    assert call(token, "GET", f"/rule-failures/{kept}")[0] == 200
    for method, path in (
        ("POST", f"/rule-failures/{kept}/retry"),
        ("DELETE", f"/rule-failures/{kept}"),
        ("POST", "/rules/a/failures/retry"),
        ("DELETE", "/rules/a/failures"),
    ):
        assert call(token, method, path)[0] == 403
    assert rule_failures.failures(SCOPE).count() == 1


def test_a_policy_narrows_a_token_to_the_failures_of_a_rule() -> None:
    keep("a"), keep("b")
    policy = '{"Statement": [{"Effect": "Allow", "Action": "thingstead:DiscardRuleFailures", "Resource": "*:rule/a"}]}'
    token = harness.new_token("operator", policy=policy)
    assert call(token, "DELETE", "/rules/b/failures")[0] == 403
    assert call(token, "DELETE", "/rules/a/failures") == (200, {"count": 1})
