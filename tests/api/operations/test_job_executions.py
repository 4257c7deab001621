"""What devices ask about their jobs over HTTPS, by boto3."""

import json
import time
from typing import Any

import pytest

from iot.models import Job
from iot.services import job_rollout
from tests.api.harness import client

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


def test_a_job_goes_through_its_life(iot: Any, device: Any) -> None:
    arns = things(iot, 2)
    made = iot.create_job(jobId="j", targets=arns, document=DOCUMENT, description="Reboot all")
    assert made["jobArn"] == "arn:aws:iot:us-east-1:123456789012:job/j"
    waiting = device.get_pending_job_executions(thingName="t0")
    assert [one["jobId"] for one in waiting["queuedJobs"]] == ["j"]
    started = device.start_next_pending_job_execution(thingName="t0", statusDetails={"step": "1"})["execution"]
    assert (started["status"], started["versionNumber"], started["statusDetails"]) == ("IN_PROGRESS", 2, {"step": "1"})
    assert json.loads(started["jobDocument"]) == {"operation": "reboot"}
    described = device.describe_job_execution(jobId="$next", thingName="t0", includeJobDocument=False)["execution"]
    assert (described["jobId"], "jobDocument" in described) == ("j", False)
    answer = device.update_job_execution(
        jobId="j",
        thingName="t0",
        status="SUCCEEDED",
        expectedVersion=2,
        includeJobExecutionState=True,
        includeJobDocument=True,
    )
    assert answer["executionState"] == {"status": "SUCCEEDED", "statusDetails": {"step": "1"}, "versionNumber": 3}
    assert answer["jobDocument"] == '{"operation":"reboot"}'
    assert "execution" not in device.start_next_pending_job_execution(thingName="t0")
    job = iot.describe_job(jobId="j")["job"]
    assert (job["status"], job["jobProcessDetails"]["numberOfSucceededThings"]) == ("IN_PROGRESS", 1)
    device.update_job_execution(jobId="j", thingName="t1", status="REJECTED")
    assert "startedAt" not in iot.describe_job_execution(jobId="j", thingName="t1")["execution"]
    job = iot.describe_job(jobId="j")["job"]
    assert (job["status"], job["jobProcessDetails"]["numberOfRejectedThings"]) == ("COMPLETED", 1)
    assert job["completedAt"] >= job["createdAt"]
    assert iot.get_job_document(jobId="j")["document"] == DOCUMENT


def test_what_a_device_may_not_do_is_refused(iot: Any, device: Any) -> None:
    iot.create_job(jobId="j", targets=things(iot, 1), document=DOCUMENT)
    tick()
    with pytest.raises(device.exceptions.InvalidStateTransitionException):
        device.update_job_execution(jobId="j", thingName="t0", status="SUCCEEDED", expectedVersion=9)
    for job_id in ("j", "other"):
        with pytest.raises(device.exceptions.InvalidStateTransitionException, match="cannot be changed to be CANCELED"):
            device.update_job_execution(jobId=job_id, thingName="t0", status="CANCELED")
    with pytest.raises(device.exceptions.ResourceNotFoundException, match="Job other not found for t0"):
        device.update_job_execution(jobId="other", thingName="t0", status="SUCCEEDED")
    for job_id, message in (("other", "as the Job other does not exist"), ("j", "for thing t9 cannot be found within")):
        with pytest.raises(iot.exceptions.ResourceNotFoundException, match=message):
            iot.describe_job_execution(jobId=job_id, thingName="t9")
    device.update_job_execution(jobId="j", thingName="t0", status="FAILED")
    with pytest.raises(device.exceptions.InvalidStateTransitionException):
        device.update_job_execution(jobId="j", thingName="t0", status="SUCCEEDED")
    with pytest.raises(device.exceptions.TerminalStateException):
        device.describe_job_execution(jobId="j", thingName="t0")
