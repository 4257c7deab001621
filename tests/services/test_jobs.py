"""Jobs as rows."""

import pytest

from iot.core import errors
from iot.models import Job, JobExecution, Tag
from iot.services import job_documents, job_executions, jobs, thing_groups
from tests.services.fleet import SCOPE, execution, job, thing

pytestmark = pytest.mark.django_db


def test_canceling_ends_what_is_queued_and_with_force_what_is_in_progress() -> None:
    for name in ("a", "b"):
        thing(name)
    job("a", "b")
    job_executions.start_next_pending_job_execution(SCOPE, thing_name="a")
    jobs.cancel_job(SCOPE, job_id="j", reason_code="R", comment="c")
    assert (execution("a").status, execution("b").status) == ("IN_PROGRESS", "CANCELED")
    with pytest.raises(errors.InvalidRequestException):
        jobs.cancel_job(SCOPE, job_id="j")
    job("a", job_id="k")
    job_executions.start_next_pending_job_execution(SCOPE, thing_name="a")
    jobs.cancel_job(SCOPE, job_id="k", force=True)
    assert JobExecution.objects.get(job__job_id="k").status == "CANCELED"


def test_deleting_takes_the_executions_and_tags_along() -> None:
    thing("t")
    jobs.create_job(
        SCOPE,
        job_id="j",
        targets=[SCOPE.arn("thing", "t")],
        document="{}",
        settings={},
        tags=[{"Key": "k", "Value": "v"}],
    )
    with pytest.raises(errors.InvalidStateTransitionException):
        jobs.delete_job(SCOPE, job_id="j")
    jobs.delete_job(SCOPE, job_id="j", force=True)
    assert not Job.objects.exists()
    assert not Tag.objects.exists()
    with pytest.raises(errors.ResourceNotFoundException):
        jobs.find_job(SCOPE, "j")


def test_only_a_continuous_job_takes_more_targets() -> None:
    thing("t")
    thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    group = SCOPE.arn("thinggroup", "g")
    job("t")
    with pytest.raises(errors.InvalidRequestException):
        jobs.associate_targets_with_job(SCOPE, job_id="j", targets=[group], comment=None)
    jobs.create_job(SCOPE, job_id="c", targets=[group], document="{}", settings={}, target_selection="CONTINUOUS")
    row = jobs.associate_targets_with_job(SCOPE, job_id="c", targets=[group], comment="again")
    assert (row.targets, row.comment) == ([group], "again")


def test_jobs_are_selected_by_status_kind_and_group() -> None:
    thing("t")
    thing_groups.create_thing_group(SCOPE, thing_group_name="g")
    job("t")
    jobs.create_job(SCOPE, job_id="c", targets=[SCOPE.arn("thinggroup", "g")], document="{}", settings={})
    job("t", job_id="n", namespaceId="ns")
    assert [row.job_id for row in jobs.jobs(SCOPE, thing_group_name="g")] == ["c"]
    assert [row.job_id for row in jobs.jobs(SCOPE, namespace_id="ns")] == ["n"]
    assert jobs.jobs(SCOPE, status="CANCELED").count() == 0
    assert jobs.jobs(SCOPE, target_selection="SNAPSHOT", status="IN_PROGRESS").count() == 2
    assert jobs.describe_job(SCOPE, job_id="j")["jobProcessDetails"]["numberOfQueuedThings"] == 1


def test_a_managed_template_gives_the_document_and_takes_parameters() -> None:
    thing("t")
    given = {"documentParameters": {"packages": "nginx"}}
    made = jobs.create_job(
        SCOPE,
        job_id="j",
        targets=[SCOPE.arn("thing", "t")],
        job_template_arn="arn:aws:iot:us-east-1::jobtemplate/AWS-Install-Application:1.0",
        settings=given,
    )
    assert made.description == "A managed job template for installing one or more applications."
    assert "${aws:iot:parameter:packages}" in made.document
    assert '"args":["nginx"]' in job_documents.substituted(made)
    with pytest.raises(errors.InvalidRequestException):
        jobs.create_job(SCOPE, job_id="k", targets=[SCOPE.arn("thing", "t")], document="{}", settings=given)


def test_a_job_with_windows_waits_for_the_first_and_shows_the_next() -> None:
    thing("t")
    window = {"startTime": "cron(0 0 29 2 ? *)", "durationInMinutes": 1}
    made = job("t", schedulingConfig={"maintenanceWindows": [window]})
    assert made.status == "SCHEDULED"
    found = jobs.describe_job(SCOPE, job_id="j")
    assert found["scheduledJobRollouts"][0]["startTime"].endswith("-02-29T00:00:00Z")
    assert found["isConcurrent"] is False
