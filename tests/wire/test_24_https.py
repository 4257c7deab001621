"""Over HTTPS a device may do what its policy says, and what a certificate may not do any more it cannot do at once."""

import http.client
import json

import pytest

from tests.stack import Device, Stack

from .raw import context_of

MINE = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "iot:Publish", "Resource": "arn:aws:iot:*:*:topic/ok/*"},
        {"Effect": "Allow", "Action": "iot:*", "Resource": "arn:aws:iot:*:*:thing/https-mine"},
    ],
}


@pytest.fixture(scope="module")
def device(stack: Stack) -> Device:
    return stack.device("https-mine", document=MINE)


def ask(stack: Stack, device: Device, method: str, path: str, body: bytes = b"") -> int:
    connection = http.client.HTTPSConnection("localhost", stack.https_port, context=context_of(device), timeout=10)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/topics/ok/t?qos=1", 200),
        ("/topics/ok%2Ft", 200),
        ("/topics/no/t", 403),
        ("/topics/ok/t?qos=1&retain=true", 403),
        ("/topics/$aws/rules/r/t", 403),
        ("/topics/$aws/things/https-other/shadow/update", 403),
        ("/topics/$SYS/t", 400),
        ("/topics/$changed/policies/eA", 400),
        ("/topics/$gateway/disconnect/eA", 400),
        ("/topics/$share/g/ok/t", 400),
    ],
)
def test_a_publish_is_judged_by_its_topic(stack: Stack, device: Device, path: str, status: int) -> None:
    assert ask(stack, device, "POST", path, b"x") == status


@pytest.mark.parametrize("shadow", ["", "?name=named"])
def test_each_call_on_a_shadow_is_judged_by_its_thing(stack: Stack, device: Device, shadow: str) -> None:
    document = b'{"state":{"reported":{"on":true}}}'
    mine = 200 if not shadow else 403  # a named shadow is a resource of its own
    for method, body in (("POST", document), ("GET", b""), ("DELETE", b"")):
        assert ask(stack, device, method, f"/things/https-mine/shadow{shadow}", body) == mine
        assert ask(stack, device, method, f"/things/https-other/shadow{shadow}", body) == 403


def test_a_change_of_rights_holds_at_once(stack: Stack) -> None:
    device = stack.device(document=MINE)
    assert ask(stack, device, "POST", "/topics/ok/t") == 200
    stack.boto("iot").create_policy_version(
        policyName=device.policy,
        policyDocument=json.dumps({**MINE, "Statement": MINE["Statement"][1:]}),
        setAsDefault=True,
    )
    stack.wait_for(lambda: ask(stack, device, "POST", "/topics/ok/t") == 403, 5)
