import base64

import pytest

from iot.core.message import Message, Sender
from iot.rules.firing import error_document, failure_entry, told_of
from tests.rules.running import ROLE, fire, message, rule

FAILURES = [{"failedAction": "S3Action", "failedResource": "b", "errorMessage": "no"}]


def test_the_document_has_what_aws_says() -> None:
    message = Message("$aws/rules/r/a/b", b"\xff", sender=Sender("device", "p", "192.0.2.1"))
    assert error_document("r", message, "a/b", "trace", FAILURES) == {
        "ruleName": "r",
        "topic": "a/b",
        "cloudwatchTraceId": "trace",
        "clientId": "device",
        "sourceIp": "192.0.2.1",
        "base64OriginalPayload": base64.b64encode(b"\xff").decode(),
        "failures": FAILURES,
    }


@pytest.mark.parametrize("sender", [None, Sender("")])
def test_a_message_of_nobody_has_no_client_and_no_address(sender: Sender | None) -> None:
    document = error_document("r", Message("a", b"", sender=sender), "a", "t", FAILURES)
    assert document["clientId"] == "N/A"
    assert "sourceIp" not in document


def test_an_entry_names_action_and_resource() -> None:
    given = rule({"s3": {"bucketName": "b", "key": "k", "roleArn": ROLE}})
    wanted = {"failedAction": "S3Action", "failedResource": "b", "errorMessage": "no"}
    assert failure_entry(given.actions[0], "no") == wanted


def test_a_document_is_not_limited_as_an_output_is() -> None:
    given = rule({"s3": {"bucketName": "b", "key": "k", "roleArn": ROLE}})
    told = told_of(fire(given, message({})), {"base64OriginalPayload": "x" * 180_000})
    assert len(told.body) > 180_000
