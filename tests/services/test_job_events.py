"""Events of jobs."""

from typing import Any

import pytest

from iot.core.jobs.execution import Execution, Status
from iot.models import Job
from iot.services import job_events, job_executions, jobs, registry_events
from tests.services.fleet import SCOPE, job, thing

pytestmark = pytest.mark.django_db

ENDED = Execution(status=Status.TIMED_OUT, details={"why": "slow"})


Told = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def made() -> Job:
    thing("t")
    return job("t")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    found: Told = []
    monkeypatch.setattr(registry_events, "publish", lambda scope, topic, members: found.append((topic, members)))
    monkeypatch.setattr(registry_events, "is_on", lambda scope, kind: True)
    return found


def test_an_event_of_an_execution_names_its_job_and_how_it_ended(made: Job, told: Told) -> None:
    job_events.execution_ended(made, "t", ENDED)
    assert told == [
        (
            "jobExecution/j/timed_out",
            {
                "eventType": "JOB_EXECUTION",
                "operation": "timed_out",
                "jobId": "j",
                "thingArn": SCOPE.arn("thing", "t"),
                "status": "TIMED_OUT",
                "statusDetails": {"why": "slow"},
            },
        )
    ]


def test_canceling_and_deleting_tell_of_their_beginning_and_end(made: Job, told: Told) -> None:
    jobs.cancel_job(SCOPE, job_id="j", comment="why")
    jobs.delete_job(SCOPE, job_id="j")
    assert [(topic, members["status"]) for topic, members in told] == [
        ("job/j/cancellation_in_progress", "CANCELLATION_IN_PROGRESS"),
        ("jobExecution/j/canceled", "CANCELED"),
        ("job/j/canceled", "CANCELED"),
        ("job/j/deletion_in_progress", "DELETION_IN_PROGRESS"),
        ("jobExecution/j/deleted", "CANCELED"),
        ("job/j/deleted", "DELETED"),
    ]
    canceled = told[2][1]
    assert (canceled["comment"], canceled["createdAt"]) == ("why", int(made.created_at * 1000))
    assert canceled["jobProcessDetails"] == {
        "numberOfCanceledThings": 1,
        "numberOfRejectedThings": 0,
        "numberOfFailedThings": 0,
        "numberOfRemovedThings": 0,
        "numberOfSucceededThings": 0,
        "numberOfTimedOutThings": 0,
    }


def test_deleting_one_execution_tells_of_it(made: Job, told: Told) -> None:
    job_executions.delete_job_execution(SCOPE, thing_name="t", job_id="j", execution_number=1, force=True)
    assert [(topic, members["status"]) for topic, members in told] == [("jobExecution/j/deleted", "QUEUED")]


def test_nothing_is_published_while_events_are_off(made: Job, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_events, "is_on", lambda scope, kind: False)
    job_events.execution_ended(made, "t", ENDED)
    jobs.delete_job(SCOPE, job_id="j", force=True)
    assert told == []
