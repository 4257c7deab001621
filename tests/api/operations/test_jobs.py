"""Jobs over boto3: the control plane and the devices' data plane, with the ticks that the bridge would do."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from iot.core.arn import Scope
from iot.models import Job, JobExecution
from iot.services import aws_targets, job_rollout, registry_events
from tests.api.harness import ACCOUNT, REGION, client

SCOPE = Scope(ACCOUNT, REGION)
DOCUMENT = json.dumps({"operation": "reboot"})


@pytest.fixture
def device(db: None) -> Any:
    return client("iot-jobs-data")


def things(iot: Any, count: int) -> list[str]:
    return [iot.create_thing(thingName=f"t{number}")["thingArn"] for number in range(count)]


def tick() -> None:
    """Let a second pass for the rollout."""
    Job.objects.filter(rolled_at__isnull=False).update(rolled_at=time.time() - 1)
    job_rollout.advance()


def test_a_continuous_job_follows_its_group(iot: Any, device: Any) -> None:
    things(iot, 2)
    group = iot.create_thing_group(thingGroupName="g")["thingGroupArn"]
    iot.add_thing_to_thing_group(thingGroupName="g", thingName="t0")
    iot.create_job(jobId="j", targets=[group], document=DOCUMENT, targetSelection="CONTINUOUS")
    tick()
    iot.add_thing_to_thing_group(thingGroupName="g", thingName="t1")
    iot.remove_thing_from_thing_group(thingGroupName="g", thingName="t0")
    tick()
    summaries = iot.list_job_executions_for_job(jobId="j")["executionSummaries"]
    assert {one["thingArn"][-2:]: one["jobExecutionSummary"]["status"] for one in summaries} == {
        "t0": "REMOVED",
        "t1": "QUEUED",
    }
    other = iot.create_thing_group(thingGroupName="h")["thingGroupArn"]
    iot.associate_targets_with_job(jobId="j", targets=[other])
    assert iot.describe_job(jobId="j")["job"]["targets"] == [group, other]
    assert iot.list_jobs(thingGroupName="h", status="IN_PROGRESS")["jobs"][0]["jobId"] == "j"
    assert iot.list_jobs(targetSelection="SNAPSHOT")["jobs"] == []


def test_a_rollout_keeps_its_rate_and_an_abort_ends_it(iot: Any, device: Any) -> None:
    criterion = {
        "failureType": "FAILED",
        "action": "CANCEL",
        "thresholdPercentage": 50.0,
        "minNumberOfExecutedThings": 2,
    }
    iot.create_job(
        jobId="j",
        targets=things(iot, 5),
        document=DOCUMENT,
        jobExecutionsRolloutConfig={"maximumPerMinute": 2},
        abortConfig={"criteriaList": [criterion]},
    )
    tick()
    assert JobExecution.objects.filter(rolled_out=True).count() == 2
    tick()
    assert JobExecution.objects.filter(rolled_out=True).count() == 2
    for name in ("t0", "t1"):
        device.update_job_execution(jobId="j", thingName=name, status="FAILED")
    tick()
    job = iot.describe_job(jobId="j")["job"]
    assert (job["status"], job["reasonCode"]) == ("CANCELED", "ABORT_CANCEL")


def test_timers_end_executions_and_retries_queue_them_again(iot: Any, device: Any) -> None:
    iot.create_job(
        jobId="j",
        targets=things(iot, 1),
        document=DOCUMENT,
        timeoutConfig={"inProgressTimeoutInMinutes": 5},
        jobExecutionsRetryConfig={"criteriaList": [{"failureType": "TIMED_OUT", "numberOfRetries": 1}]},
    )
    tick()
    for attempt in (1, 2):
        device.start_next_pending_job_execution(thingName="t0")
        JobExecution.objects.update(deadline=time.time() - 1)
        tick()
        found = iot.describe_job_execution(jobId="j", thingName="t0")["execution"]
        assert found["status"] == ("QUEUED" if attempt == 1 else "TIMED_OUT")


def test_jobs_and_executions_are_canceled_and_deleted(iot: Any, device: Any) -> None:
    iot.create_job(jobId="j", targets=things(iot, 2), document=DOCUMENT)
    tick()
    device.start_next_pending_job_execution(thingName="t0")
    with pytest.raises(iot.exceptions.InvalidStateTransitionException):
        iot.cancel_job_execution(jobId="j", thingName="t0")
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.cancel_job_execution(jobId="j", thingName="t0", force=True, expectedVersion=9)
    iot.cancel_job_execution(jobId="j", thingName="t0", force=True, statusDetails={"why": "test"})
    assert iot.describe_job_execution(jobId="j", thingName="t0")["execution"]["forceCanceled"] is True
    with pytest.raises(iot.exceptions.InvalidStateTransitionException):
        iot.delete_job_execution(jobId="j", thingName="t1", executionNumber=1)
    iot.delete_job_execution(jobId="j", thingName="t1", executionNumber=1, force=True)
    assert len(iot.list_job_executions_for_thing(thingName="t0")["executionSummaries"]) == 1
    with pytest.raises(iot.exceptions.InvalidStateTransitionException):
        iot.delete_job(jobId="j")
    iot.cancel_job(jobId="j", reasonCode="STOP", comment="enough", force=True)
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.update_job(jobId="j", description="late")
    iot.delete_job(jobId="j")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_job(jobId="j")


def test_a_job_is_changed_and_tagged(iot: Any) -> None:
    arn = iot.create_job(jobId="j", targets=things(iot, 1), document=DOCUMENT, tags=[{"Key": "k", "Value": "v"}])[
        "jobArn"
    ]
    iot.update_job(jobId="j", description="new", timeoutConfig={"inProgressTimeoutInMinutes": 7})
    job = iot.describe_job(jobId="j")["job"]
    assert (job["description"], job["timeoutConfig"]) == ("new", {"inProgressTimeoutInMinutes": 7})
    assert iot.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "k", "Value": "v"}]
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_job(jobId="j", targets=[job["targets"][0]], document=DOCUMENT)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"document": "no json"},
        {"document": json.dumps("x" * 32_768)},
        {"documentSource": "file:missing.json"},
        {"documentSource": "file:../secret_key"},
        {"documentSource": "https://example.com/x"},
        {"document": "{}", "schedulingConfig": {"startTime": "soon"}},
        {"document": "{}", "schedulingConfig": {"startTime": "2090-01-02 00:00"}},
        {"document": "{}", "timeoutConfig": {"inProgressTimeoutInMinutes": 0}},
    ],
)
def test_a_job_that_cannot_be_is_refused(iot: Any, given: Any) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_job(jobId="j", targets=things(iot, 1), **given)


def test_unknown_targets_are_refused(iot: Any) -> None:
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.create_job(jobId="j", targets=[SCOPE.arn("thing", "nobody")], document=DOCUMENT)
    with pytest.raises(ClientError):
        iot.create_job(jobId="j", targets=["nobody"], document=DOCUMENT)


def test_a_document_comes_from_a_file_of_the_installation(iot: Any, authority: Path) -> None:
    directory = authority / "job-documents"
    directory.mkdir(exist_ok=True)
    (directory / "reboot.json").write_text(DOCUMENT)
    iot.create_job(jobId="j", targets=things(iot, 1), documentSource="file:reboot.json")
    assert iot.get_job_document(jobId="j")["document"] == DOCUMENT
    assert iot.describe_job(jobId="j")["documentSource"] == "file:reboot.json"


def test_a_document_comes_from_s3_and_its_links_are_signed(iot: Any, device: Any) -> None:
    aws_targets.set_aws_target(SCOPE, service="s3", region_name=REGION, access_key_id="AK", secret_access_key="SK")
    document = json.dumps({"url": "${aws:iot:s3-presigned-url:https://s3.us-east-1.amazonaws.com/firmware/a.bin}"})
    arns = things(iot, 1)
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION, aws_access_key_id="AK", aws_secret_access_key="SK")
        s3.create_bucket(Bucket="firmware")
        s3.put_object(Bucket="firmware", Key="doc.json", Body=document)
        iot.create_job(jobId="j", targets=arns, documentSource="https://firmware.s3.us-east-1.amazonaws.com/doc.json")
        with pytest.raises(iot.exceptions.InvalidRequestException):
            iot.create_job(jobId="k", targets=arns, documentSource="s3://firmware/none.json")
    tick()
    found = json.loads(device.start_next_pending_job_execution(thingName="t0")["execution"]["jobDocument"])
    assert found["url"].startswith("https://")
    assert "Signature" in found["url"]
    assert iot.get_job_document(jobId="j")["document"] == document


def test_a_scheduled_job_waits_and_ends_by_its_times(iot: Any) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    schedule = {
        "startTime": f"{tomorrow:%Y-%m-%d %H:%M}",
        "endTime": f"{tomorrow + timedelta(days=1):%Y-%m-%dT%H:%MZ}",
        "endBehavior": "CANCEL",
    }
    iot.create_job(jobId="j", targets=things(iot, 1), document=DOCUMENT, schedulingConfig=schedule)
    tick()
    assert iot.describe_job(jobId="j")["job"]["status"] == "SCHEDULED"
    row = Job.objects.get()
    row.settings["schedulingConfig"]["startTime"] = "2020-01-01T00:00:00Z"
    row.save()
    tick()
    assert iot.describe_job(jobId="j")["job"]["jobProcessDetails"]["numberOfQueuedThings"] == 1
    row.refresh_from_db()
    row.settings["schedulingConfig"]["endTime"] = "2020-01-02"
    row.save()
    tick()
    assert iot.describe_job(jobId="j")["job"]["reasonCode"] == "SCHEDULE_ENDED"


def test_events_tell_of_ends_where_they_are_switched_on(iot: Any, device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": True}, "JOB_EXECUTION": {"Enabled": True}})
    told: list[str] = []
    monkeypatch.setattr(registry_events, "publish", lambda scope, topic, members: told.append(topic))
    iot.create_job(jobId="j", targets=things(iot, 1), document=DOCUMENT)
    tick()
    device.update_job_execution(jobId="j", thingName="t0", status="SUCCEEDED")
    tick()
    iot.delete_job(jobId="j")
    assert told == [
        "jobExecution/j/succeeded",
        "job/j/completed",
        "job/j/deletion_in_progress",
        "jobExecution/j/deleted",
        "job/j/deleted",
    ]
