"""Executions as rows."""

import pytest

from iot.core import errors
from iot.services import job_executions, job_notices
from tests.services.fleet import SCOPE, execution, job, thing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def made() -> None:
    thing("t")


def test_of_two_writers_one_is_told_to_try_again() -> None:
    job("t")
    row, other = execution("t"), execution("t")
    state = job_notices.state_of(row)
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="j", status="IN_PROGRESS")
    with pytest.raises(errors.VersionConflictException):
        job_executions.save(other, state)


def test_a_conflict_carries_the_state_as_it_is() -> None:
    job("t")
    with pytest.raises(errors.VersionConflictException) as caught:
        job_executions.update_job_execution(SCOPE, thing_name="t", job_id="j", status="FAILED", expected_version=9)
    assert caught.value.members["executionState"] == {"status": "QUEUED", "statusDetails": {}, "versionNumber": 1}


def test_the_one_in_progress_comes_first() -> None:
    job("t", job_id="one")
    job("t", job_id="two")
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="two", status="IN_PROGRESS")
    found = job_executions.start_next_pending_job_execution(SCOPE, thing_name="t")
    assert found["execution"]["jobId"] == "two"
    waiting = job_executions.get_pending_job_executions(SCOPE, thing_name="t")
    assert [one["jobId"] for one in waiting["inProgressJobs"] + waiting["queuedJobs"]] == ["two", "one"]


def test_executions_of_a_thing_are_selected_by_status_job_and_namespace() -> None:
    job("t", job_id="plain")
    job("t", job_id="spaced", namespaceId="ns")
    found = job_executions.executions_for_thing(SCOPE, thing_name="t", status="QUEUED", namespace_id="ns")
    assert [row.job.job_id for row in found] == ["spaced"]
    assert [row.job.job_id for row in job_executions.executions_for_thing(SCOPE, thing_name="t", job_id="plain")] == [
        "plain"
    ]
