"""Job requests over MQTT: what is asked, what is answered, and to whom."""

import base64
import json
import time
from typing import Any

import pytest

from iot.core.arn import Scope
from iot.core.message import Message, Sender
from iot.core.topic import parse_reserved
from iot.models import Thing
from iot.reserved.jobs import answer_request
from iot.services import job_rollout, jobs

SCOPE = Scope("123456789012", "us-east-1")
PREFIX = "$aws/things/t/jobs"


def ask(topic: str, body: Any = None, *, sender: Sender | None = None) -> tuple[str, dict[str, Any]]:
    """Ask on a topic below the thing's jobs; answers the end of the answer's topic, and its body."""
    payload = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    request = parse_reserved(f"{PREFIX}/{topic}")
    assert request is not None
    answer = answer_request(SCOPE, request, Message(f"{PREFIX}/{topic}", payload, sender=sender))
    return answer.topic.removeprefix(f"{PREFIX}/{topic}/"), json.loads(answer.payload)


@pytest.fixture
def job(db: None) -> str:
    Thing.objects.create(account=SCOPE.account, region=SCOPE.region, name="t")
    jobs.create_job(SCOPE, job_id="j", targets=[SCOPE.arn("thing", "t")], document='{"a": 1}', settings={})
    job_rollout.advance()
    return "j"


def test_what_is_pending_is_listed(job: str) -> None:
    outcome, body = ask("get", {"clientToken": "c"})
    assert outcome == "accepted"
    assert (body["clientToken"], body["inProgressJobs"]) == ("c", [])
    assert [one["jobId"] for one in body["queuedJobs"]] == ["j"]
    assert abs(body["timestamp"] - time.time()) < 5


def test_a_job_is_started_described_and_ended(job: str) -> None:
    _, started = ask("start-next", {"statusDetails": {"step": "1"}, "stepTimeoutInMinutes": 5})
    assert started["execution"]["jobDocument"] == {"a": 1}
    assert started["execution"]["approximateSecondsBeforeTimedOut"] > 290
    _, described = ask("$next/get", {"includeJobDocument": False})
    assert (described["execution"]["status"], "jobDocument" in described["execution"]) == ("IN_PROGRESS", False)
    outcome, updated = ask(
        "j/update",
        {"status": "SUCCEEDED", "expectedVersion": "2", "includeJobExecutionState": True, "includeJobDocument": True},
    )
    assert (outcome, updated["executionState"]["status"], updated["jobDocument"]) == ("accepted", "SUCCEEDED", {"a": 1})
    _, nothing = ask("start-next")
    assert "execution" not in nothing


@pytest.mark.parametrize(
    ("topic", "body", "code"),
    [
        ("get", b"{", "InvalidJson"),
        ("get", b"[]", "InvalidJson"),
        ("get", {"clientToken": "x" * 65}, "InvalidRequest"),
        ("j/update", {}, "InvalidRequest"),
        ("j/update", {"status": "CANCELED"}, "InvalidStateTransition"),
        ("j/update", {"status": "ASLEEP"}, "InvalidRequest"),
        ("j/update", {"status": 5}, "InvalidRequest"),
        ("j/update", {"status": "FAILED", "expectedVersion": True}, "InvalidRequest"),
        ("j/update", {"status": "FAILED", "expectedVersion": 7}, "VersionMismatch"),
        ("other/update", {"status": "FAILED"}, "ResourceNotFound"),
        ("other/get", None, "ResourceNotFound"),
        ("start-next", {"stepTimeoutInMinutes": 0}, "InvalidRequest"),
    ],
)
def test_a_bad_request_is_rejected(job: str, topic: str, body: Any, code: str) -> None:
    outcome, answer = ask(topic, body)
    assert (outcome, answer["code"]) == ("rejected", code)
    assert ("executionState" in answer) is (code == "VersionMismatch")


def test_what_has_ended_cannot_be_described_or_changed(job: str) -> None:
    ask("j/update", {"status": "FAILED"})
    assert ask("j/get")[1]["code"] == "TerminalStateReached"
    answer = ask("j/update", {"status": "SUCCEEDED"})[1]
    assert (answer["code"], answer["executionState"]["status"]) == ("InvalidStateTransition", "FAILED")


def test_the_answer_goes_to_the_connection_that_asked(job: str) -> None:
    request = parse_reserved(f"{PREFIX}/get")
    assert request is not None
    answer = answer_request(SCOPE, request, Message(f"{PREFIX}/get", b"", sender=Sender("a client", "principal")))
    assert answer.topic == f"$gateway/direct/{base64.urlsafe_b64encode(b'a client').decode()}"
    body = json.loads(answer.payload)
    assert body["topic"] == f"{PREFIX}/get/accepted"
    assert "queuedJobs" in json.loads(base64.b64decode(body["payload"]))
