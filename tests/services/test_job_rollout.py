"""Ticks of a rollout."""

import time
from typing import Any

import pytest

from iot.models import Job, JobExecution
from iot.services import job_executions, job_rollout, jobs, thing_groups
from tests.services.fleet import SCOPE, execution, job, thing

pytestmark = pytest.mark.django_db


def tick(seconds: float = 1) -> None:
    Job.objects.filter(rolled_at__isnull=False).update(rolled_at=time.time() - seconds)
    job_rollout.advance()


def counts() -> dict[str, int]:
    found: dict[str, int] = {}
    for status in JobExecution.objects.filter(rolled_out=True).values_list("status", flat=True):
        found[status] = found.get(status, 0) + 1
    return found


def test_a_minutes_worth_goes_out_at_once_and_then_the_rate() -> None:
    for number in range(6):
        thing(f"t{number}")
    job(*(f"t{number}" for number in range(6)), jobExecutionsRolloutConfig={"maximumPerMinute": 2})
    assert counts() == {"QUEUED": 2}
    tick(30)
    assert counts() == {"QUEUED": 3}
    tick(60)
    assert counts() == {"QUEUED": 5}


def test_two_ticks_at_the_same_moment_do_the_work_of_one() -> None:
    for number in range(4):
        thing(f"t{number}")
    job(*(f"t{number}" for number in range(4)), jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    job_rollout.advance()
    assert counts() == {"QUEUED": 1}


def test_things_of_groups_below_a_target_are_targets_too() -> None:
    thing_groups.create_thing_group(SCOPE, thing_group_name="root")
    leaf = thing_groups.create_thing_group(SCOPE, thing_group_name="leaf", parent_group_name="root")
    thing_groups.add_thing_to_thing_group(SCOPE, group=leaf, thing=thing("t"))
    jobs.create_job(SCOPE, job_id="j", targets=[SCOPE.arn("thinggroup", "root")], document="{}", settings={})
    job_rollout.advance()
    assert execution("t").status == "QUEUED"


def test_a_job_without_targets_is_complete() -> None:
    thing_groups.create_thing_group(SCOPE, thing_group_name="empty")
    jobs.create_job(SCOPE, job_id="j", targets=[SCOPE.arn("thinggroup", "empty")], document="{}", settings={})
    job_rollout.advance()
    assert Job.objects.get().status == "COMPLETED"


@pytest.mark.parametrize(("retries", "status"), [(0, "TIMED_OUT"), (1, "QUEUED")])
def test_a_timer_that_has_run_out_ends_or_requeues(retries: int, status: str) -> None:
    thing("t")
    criteria: list[dict[str, Any]] = [{"failureType": "ALL", "numberOfRetries": retries}]
    job("t", timeoutConfig={"inProgressTimeoutInMinutes": 1}, jobExecutionsRetryConfig={"criteriaList": criteria})
    job_executions.start_next_pending_job_execution(SCOPE, thing_name="t")
    JobExecution.objects.update(deadline=time.time() - 1)
    tick()
    assert execution("t").status == status


def test_after_the_end_time_nothing_more_goes_out() -> None:
    for number in range(2):
        thing(f"t{number}")
    made = job("t0", "t1", jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    made.refresh_from_db()
    made.settings["schedulingConfig"] = {"endTime": "2001-01-01", "endBehavior": "STOP_ROLLOUT"}
    made.save()
    tick(60)
    assert counts() == {"QUEUED": 1}


def test_outside_of_its_windows_a_job_hands_out_nothing() -> None:
    for number in range(2):
        thing(f"t{number}")
    made = job("t0", "t1", jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    made.refresh_from_db()
    window = {"startTime": "cron(0 0 29 2 ? 2096)", "durationInMinutes": 1}
    made.settings["schedulingConfig"] = {"maintenanceWindows": [window]}
    made.save()
    tick(60)
    assert counts() == {"QUEUED": 1}
    made.settings["schedulingConfig"] = {"maintenanceWindows": [{**window, "startTime": "cron(* * * * ? *)"}]}
    made.save(update_fields=["settings"])
    tick(60)
    assert counts() == {"QUEUED": 2}


def test_executions_are_handed_out_in_the_order_of_the_targets() -> None:
    for name in ("a", "b", "c"):
        thing(name)
    job("c", "a", "b", jobExecutionsRolloutConfig={"maximumPerMinute": 1})
    assert JobExecution.objects.get(rolled_out=True).thing_name == "c"


def test_a_small_job_begins_at_once_and_a_large_one_at_the_next_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    thing("t0")
    thing("t1")
    for job_id, most in (("large", 1), ("small", 2)):
        monkeypatch.setattr(job_rollout, "BATCH", most)
        targets = [SCOPE.arn("thing", "t0"), SCOPE.arn("thing", "t1")]
        row = jobs.create_job(SCOPE, job_id=job_id, targets=targets, document="{}", settings={})
        job_rollout.begin(row)
        assert row.executions.filter(rolled_out=True).count() == (2 if job_id == "small" else 0)


def test_a_small_job_ends_with_its_last_execution() -> None:
    for number in range(2):
        thing(f"t{number}")
    job("t0", "t1")
    for number, status in enumerate(("IN_PROGRESS", "COMPLETED")):
        job_executions.update_job_execution(SCOPE, thing_name=f"t{number}", job_id="j", status="SUCCEEDED")
        job_rollout.settle(SCOPE, "j")
        assert Job.objects.get().status == status


def test_a_small_job_is_aborted_by_what_its_executions_end_in() -> None:
    thing("t0")
    thing("t1")
    criterion = {"failureType": "FAILED", "action": "CANCEL", "thresholdPercentage": 50, "minNumberOfExecutedThings": 1}
    job("t0", "t1", abortConfig={"criteriaList": [criterion]})
    job_executions.update_job_execution(SCOPE, thing_name="t0", job_id="j", status="FAILED")
    job_rollout.settle(SCOPE, "j")
    assert Job.objects.get().status == "CANCELED"
    job_rollout.settle(SCOPE, "j")
