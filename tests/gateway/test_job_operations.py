"""Jobs of devices over HTTPS."""

import json
from typing import Any

import pytest

from iot.services import job_rollout, jobs, things
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, document, statement
from tests.gateway.web import Browser, browse

THING = "arn:aws:iot:us-east-1:123456789012:thing/"


def make_job(job_id: str) -> None:
    things.create_thing(SCOPE, thing_name="lamp")
    jobs.create_job(SCOPE, job_id=job_id, targets=[f"{THING}lamp"], document='{"do":"it"}', settings={})
    job_rollout.advance()


async def open_browser(cloud: Cloud, policy: dict[str, Any] | None = None) -> Browser:
    credentials = await (cloud.certificate() if policy is None else cloud.certificate(policy))
    return await browse(cloud.https_port, credentials.context)


async def test_a_device_works_through_its_job(cloud: Cloud) -> None:
    await call(make_job, "j1")
    policy = document(statement("iotjobsdata:*", "*"))
    browser = await open_browser(cloud, policy)
    pending = await browser.ask("GET", "/things/lamp/jobs")
    assert [one["jobId"] for one in pending.json["queuedJobs"]] == ["j1"]
    started = await browser.ask("PUT", "/things/lamp/jobs/$next", body=b'{"statusDetails":{"step":"1"}}')
    assert started.json["execution"]["status"] == "IN_PROGRESS"
    described = await browser.ask("GET", "/things/lamp/jobs/$next?includeJobDocument=false")
    assert described.json["execution"]["jobId"] == "j1"
    assert "jobDocument" not in described.json["execution"]
    body = json.dumps({"status": "SUCCEEDED", "expectedVersion": "2"}).encode()
    assert (await browser.ask("POST", "/things/lamp/jobs/j1", body=body)).status == 400
    body = json.dumps({"status": "SUCCEEDED", "expectedVersion": 99}).encode()
    conflict = await browser.ask("POST", "/things/lamp/jobs/j1", body=body)
    assert (conflict.status, conflict.headers["x-amzn-errortype"]) == (409, "InvalidStateTransitionException")
    body = json.dumps({"status": "SUCCEEDED", "includeJobExecutionState": True}).encode()
    updated = await browser.ask("POST", "/things/lamp/jobs/j1", body=body)
    assert updated.json["executionState"]["status"] == "SUCCEEDED"
    assert (await browser.ask("GET", "/things/lamp/jobs/j1")).status == 410


@pytest.mark.parametrize(
    "body", [b"no", b"[]", b"{}", b'{"status":7}', b'{"status":"SUCCEEDED","executionNumber":true}']
)
async def test_bad_bodies_are_told_so(cloud: Cloud, body: bytes) -> None:
    browser = await open_browser(cloud, document(statement("iot:*", "*")))
    assert (await browser.ask("POST", "/things/lamp/jobs/j1", body=body)).status == 400
    assert (await browser.ask("GET", "/things/lamp/jobs/j1?executionNumber=x")).status == 400


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([statement("iotjobsdata:GetPendingJobExecutions", f"{THING}lamp")], True),
        ([statement("iot:GetPendingJobExecutions", f"{THING}lamp")], True),
        ([statement("iotjobsdata:GetPendingJobExecutions", f"{THING}other")], False),
        ([statement("iotjobsdata:UpdateJobExecution", "*")], False),
        ([statement("iot:*", "*"), statement("iotjobsdata:*", "*", "Deny")], False),
        ([statement("iotjobsdata:*", "*"), statement("iot:*", "*", "Deny")], False),
    ],
)
async def test_both_names_of_the_actions_count(cloud: Cloud, statements: list[dict[str, Any]], allowed: bool) -> None:
    browser = await open_browser(cloud, document(*statements))
    answer = await browser.ask("GET", "/things/lamp/jobs")
    assert answer.status == (200 if allowed else 403)
