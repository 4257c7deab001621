"""Events of jobs."""

from typing import Any

import pytest

from iot.core.jobs.execution import Execution, Status
from iot.models import Job
from iot.services import job_events, registry_events
from tests.services.fleet import SCOPE

JOB = Job(
    account=SCOPE.account, region=SCOPE.region, job_id="j", status="COMPLETED", selection="SNAPSHOT", targets=["t"]
)
ENDED = Execution(status=Status.TIMED_OUT, details={"why": "slow"})


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(registry_events, "publish", lambda scope, topic, members: found.append((topic, members)))
    return found


def test_events_name_the_job_and_how_it_ended(
    told: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_events, "is_on", lambda scope, kind: True)
    job_events.job_changed(JOB, "completed")
    job_events.execution_ended(JOB, "t", ENDED)
    assert [topic for topic, _ in told] == ["job/j/completed", "jobExecution/j/timed_out"]
    assert told[0][1]["status"] == "COMPLETED"
    assert told[1][1] == {
        "eventType": "JOB_EXECUTION",
        "operation": "timed_out",
        "jobId": "j",
        "thingArn": SCOPE.arn("thing", "t"),
        "status": "TIMED_OUT",
        "statusDetails": {"why": "slow"},
    }


def test_nothing_is_published_while_events_are_off(
    told: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_events, "is_on", lambda scope, kind: False)
    job_events.job_changed(JOB, "deleted")
    job_events.execution_ended(JOB, "t", ENDED)
    assert told == []
