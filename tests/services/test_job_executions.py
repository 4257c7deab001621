"""Executions as rows: who is told of what, and that of two writers one is told to try again."""

import json
from collections.abc import Iterator

import pytest

from iot.core import errors
from iot.core.message import Message
from iot.services import job_executions
from tests.services.fleet import SCOPE, execution, job, thing

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Message]]:
    found: list[Message] = []
    monkeypatch.setattr(job_executions, "emit", lambda *messages: found.extend(messages))
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


def test_of_two_writers_one_is_told_to_try_again(told: list[Message]) -> None:
    job("t")
    row, other = execution("t"), execution("t")
    state = job_executions.state_of(row)
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="j", status="IN_PROGRESS")
    with pytest.raises(errors.VersionConflictException):
        job_executions.save(other, state)


def test_a_conflict_carries_the_state_as_it_is(told: list[Message]) -> None:
    job("t")
    with pytest.raises(errors.VersionConflictException) as caught:
        job_executions.update_job_execution(SCOPE, thing_name="t", job_id="j", status="FAILED", expected_version=9)
    assert caught.value.members["executionState"] == {"status": "QUEUED", "statusDetails": {}, "versionNumber": 1}


def test_the_one_in_progress_comes_first(told: list[Message]) -> None:
    job("t", job_id="one")
    job("t", job_id="two")
    job_executions.update_job_execution(SCOPE, thing_name="t", job_id="two", status="IN_PROGRESS")
    found = job_executions.start_next_pending_job_execution(SCOPE, thing_name="t")
    assert found["execution"]["jobId"] == "two"
    waiting = job_executions.get_pending_job_executions(SCOPE, thing_name="t")
    assert [one["jobId"] for one in waiting["inProgressJobs"] + waiting["queuedJobs"]] == ["two", "one"]
