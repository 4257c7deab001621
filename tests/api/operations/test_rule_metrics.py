"""The figures of rules over the API."""

import time

import pytest

from iot.core.arn import Scope
from iot.models import MetricMinute
from iot.services import metrics
from tests.api import harness
from tests.api.harness import call

pytestmark = pytest.mark.django_db

SCOPE = Scope(harness.ACCOUNT, harness.REGION)
QUEUE = "r/0:sqs"


@pytest.fixture
def token() -> str:
    harness.client().create_topic_rule(ruleName="r", topicRulePayload={"sql": "SELECT * FROM 'dt/#'", "actions": []})
    counted = {"TopicMatch": 9, "RulesExecuted": 7, "Success": 6, "Failure": 2, "Retried": 1, "ParseError": 1}
    metrics.add(SCOPE, {(name, "r"): value for name, value in counted.items()})
    timed = {"Sum": 3.0, "Count": 6, "Within0.005": 4, "Within0.01": 1, "Within0.001": 1}
    metrics.add(SCOPE, {(f"ActionLatency.{name}", QUEUE): value for name, value in timed.items()})
    metrics.add(SCOPE, {("Success", QUEUE): 6, ("Failure", QUEUE): 2, ("Retried", QUEUE): 1, ("TopicMatch", "rr"): 5})
    return harness.new_token("viewer")


def test_a_rule_and_its_actions_have_figures(token: str) -> None:
    status, found = call(token, "GET", "/rules/r/metrics")
    assert status == 200
    assert found == {
        "ruleName": "r",
        "matched": 9,
        "passed": 7,
        "ran": 8,
        "evaluationErrors": 1,
        "succeeded": 6,
        "failed": 2,
        "retried": 1,
        "errorActionsSucceeded": 0,
        "errorActionsFailed": 0,
        "actions": [
            {
                "action": "0:sqs",
                "ran": 8,
                "succeeded": 6,
                "failed": 2,
                "retried": 1,
                "latency": {
                    "totalSeconds": 3.0,
                    "averageSeconds": 0.5,
                    "within": {"0.001": 1, "0.005": 5, "0.01": 6},
                },
            }
        ],
    }


def test_they_may_be_asked_for_since_a_time(token: str) -> None:
    MetricMinute.objects.filter(name="TopicMatch").update(minute=60)
    _, found = call(token, "GET", "/rules/r/metrics", f"since={int(time.time()) - 3600}")
    assert (found["matched"], found["passed"]) == (0, 7)


def test_a_rule_that_does_not_exist_has_none(token: str) -> None:
    assert call(token, "GET", "/rules/nowhere/metrics")[0] == 401
