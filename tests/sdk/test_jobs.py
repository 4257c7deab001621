"""The device SDK's jobs client, through the flow of its sample: heard of, started, reported on, done."""

import json
import uuid
from collections.abc import Iterator
from queue import Queue
from typing import Any

import awsiot
import pytest
from awscrt import mqtt5, mqtt_request_response
from awsiot import iotjobs

from tests.sdk.test_awsiotsdk import SECONDS, Mqtt5
from tests.stack import Stack


@pytest.fixture
def connected(stack: Stack) -> Iterator[tuple[Mqtt5, str, Any]]:
    device = stack.device()
    with Mqtt5(stack, device) as one:
        options = mqtt_request_response.ClientOptions(
            max_request_response_subscriptions=4, max_streaming_subscriptions=2, operation_timeout_in_seconds=SECONDS
        )
        yield one, device.thing, iotjobs.IotJobsClientV2(one.client, options)


def stream(make: Any, request: Any) -> Queue[Any]:
    """Open one of the client's streams; answers what it hears."""
    heard: Queue[Any] = Queue()
    subscribed: Queue[Any] = Queue()
    operation = make(
        request,
        awsiot.ServiceStreamOptions(
            incoming_event_listener=heard.put,
            subscription_status_listener=subscribed.put,
            deserialization_failure_listener=heard.put,
        ),
    )
    operation.open()
    subscribed.get(timeout=SECONDS)
    heard.operation = operation  # type: ignore[attr-defined]  # it lives as long as the queue
    return heard


def test_the_sample_flow(stack: Stack, connected: tuple[Mqtt5, str, Any]) -> None:
    _, thing, jobs = connected
    changed = stream(
        jobs.create_job_executions_changed_stream, iotjobs.JobExecutionsChangedSubscriptionRequest(thing_name=thing)
    )
    following = stream(
        jobs.create_next_job_execution_changed_stream,
        iotjobs.NextJobExecutionChangedSubscriptionRequest(thing_name=thing),
    )
    iot, job = stack.boto("iot"), f"job-{uuid.uuid4().hex[:8]}"
    arn = iot.describe_thing(thingName=thing)["thingArn"]
    iot.create_job(jobId=job, targets=[arn], document=json.dumps({"operation": "reboot"}))
    assert [entry.job_id for entry in changed.get(timeout=SECONDS).jobs["QUEUED"]] == [job]
    assert following.get(timeout=SECONDS).execution.job_document == {"operation": "reboot"}
    waiting = jobs.get_pending_job_executions(iotjobs.GetPendingJobExecutionsRequest(thing_name=thing)).result(SECONDS)
    assert [entry.job_id for entry in waiting.queued_jobs] == [job]
    started = jobs.start_next_pending_job_execution(
        iotjobs.StartNextPendingJobExecutionRequest(thing_name=thing, status_details={"step": "download"})
    ).result(SECONDS)
    assert (started.execution.job_id, started.execution.status) == (job, "IN_PROGRESS")
    described = jobs.describe_job_execution(
        iotjobs.DescribeJobExecutionRequest(thing_name=thing, job_id="$next", include_job_document=True)
    ).result(SECONDS)
    assert described.execution.job_document == {"operation": "reboot"}
    with pytest.raises(awsiot.V2ServiceException) as refused:
        jobs.update_job_execution(
            iotjobs.UpdateJobExecutionRequest(thing_name=thing, job_id=job, status="SUCCEEDED", expected_version=99)
        ).result(SECONDS)
    error = refused.value.modeled_error
    assert (error.code, error.execution_state.version_number) == ("VersionMismatch", 2)
    jobs.update_job_execution(
        iotjobs.UpdateJobExecutionRequest(thing_name=thing, job_id=job, status="SUCCEEDED", expected_version=2)
    ).result(SECONDS)
    assert following.get(timeout=SECONDS).execution is None
    assert not changed.get(timeout=SECONDS).jobs
    stack.wait_for(lambda: iot.describe_job(jobId=job)["job"]["status"] == "COMPLETED")


def test_the_answer_comes_without_a_subscription(connected: tuple[Mqtt5, str, Any]) -> None:
    one, thing, _ = connected
    one.client.publish(
        mqtt5.PublishPacket(topic=f"$aws/things/{thing}/jobs/get", payload=b"{", qos=mqtt5.QoS.AT_LEAST_ONCE)
    ).result(SECONDS)
    assert one.arrived.wait(SECONDS)
    answer = one.received[0]
    assert answer.topic == f"$aws/things/{thing}/jobs/get/rejected"
    assert json.loads(answer.payload)["code"] == "InvalidJson"
