"""Who is told of what."""

import json
from collections.abc import Iterator

import pytest

from iot.core.message import Message
from iot.services import job_executions, job_notices
from tests.services.fleet import SCOPE, execution, job, thing

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Message]]:
    found: list[Message] = []
    monkeypatch.setattr(job_notices, "emit", lambda *messages: found.extend(messages))
    thing("t")
    return found  # type: ignore[return-value]  # a list is what the tests want


def topics(told: list[Message]) -> list[str]:
    found = [message.topic.rpartition("/")[2] for message in told]
    told.clear()
    return found


def test_a_new_execution_is_told_of_with_its_document(told: list[Message]) -> None:
    job("t")
    assert [message.topic for message in told] == ["$aws/things/t/jobs/notify", "$aws/things/t/jobs/notify-next"]
    assert [one["jobId"] for one in json.loads(told[0].payload)["jobs"]["QUEUED"]] == ["j"]
    assert json.loads(told[1].payload)["execution"]["jobDocument"] == {"a": 1}


def test_only_what_has_changed_is_told_of(told: list[Message]) -> None:
    job("t", job_id="one")
    job("t", job_id="two")
    topics(told)
    job_executions.start_next_pending_job_execution(SCOPE, thing_name="t")
    assert topics(told) == []
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="one", status="IN_PROGRESS")
    assert topics(told) == []
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="two", status="FAILED")
    assert topics(told) == ["notify"]
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="one", status="SUCCEEDED")
    assert topics(told) == ["notify", "notify-next"]


def test_what_is_tried_again_is_told_of_as_new(told: list[Message]) -> None:
    job("t", jobExecutionsRetryConfig={"criteriaList": [{"failureType": "FAILED", "numberOfRetries": 1}]})
    topics(told)
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="j", status="FAILED")
    assert topics(told) == ["notify", "notify-next"]
    assert job_executions.fleet_summary(execution("t"))["retryAttempt"] == 1
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="j", status="FAILED")
    assert execution("t").status == "FAILED"
