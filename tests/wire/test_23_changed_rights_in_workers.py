"""Whatever takes rights away is in force within five seconds on open connections, in every process of the gateway."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.stack import Device, Stack

from .conftest import running_gateway
from .raw import Raw, context_of

WORKERS = 2
CONNECTIONS = 8  # shared out by chance: seldom all to one worker
SECONDS = 5
ANY = {"Effect": "Allow", "Action": "iot:*", "Resource": "*"}
OF_THE_THING = {**ANY, "Condition": {"StringEquals": {"iot:Connection.Thing.IsAttached": "true"}}}
IN_THE_HALL = {**ANY, "Condition": {"StringEquals": {"iot:Connection.Thing.Attributes[room]": "hall"}}}
DENY = {"Effect": "Deny", "Action": "iot:Connect", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def workers_port(stack: Stack) -> Iterator[int]:
    with running_gateway(stack, "--workers", str(WORKERS), processes=WORKERS) as port:
        yield port


def deactivate(iot: Any, device: Device) -> None:
    iot.update_certificate(certificateId=device.certificate_id, newStatus="INACTIVE")


def revoke(iot: Any, device: Device) -> None:
    iot.update_certificate(certificateId=device.certificate_id, newStatus="REVOKED")


def delete_certificate(iot: Any, device: Device) -> None:
    deactivate(iot, device)
    iot.detach_thing_principal(thingName=device.thing, principal=device.certificate_arn)
    iot.delete_certificate(certificateId=device.certificate_id, forceDelete=True)


def detach_policy(iot: Any, device: Device) -> None:
    iot.detach_policy(policyName=device.policy, target=device.certificate_arn)


def replace_policy(iot: Any, device: Device) -> None:
    text = json.dumps(document(ANY, DENY))
    iot.create_policy_version(policyName=device.policy, policyDocument=text, setAsDefault=True)


def switch_version(iot: Any, device: Device) -> None:
    text = json.dumps(document(ANY, DENY))
    made = iot.create_policy_version(policyName=device.policy, policyDocument=text, setAsDefault=False)
    iot.set_default_policy_version(policyName=device.policy, policyVersionId=made["policyVersionId"])


def attach_a_denying_policy(iot: Any, device: Device) -> None:
    iot.create_policy(policyName=f"{device.thing}-deny", policyDocument=json.dumps(document(DENY)))
    iot.attach_policy(policyName=f"{device.thing}-deny", target=device.certificate_arn)


def join_a_denied_group(iot: Any, device: Device) -> None:
    group = iot.create_thing_group(thingGroupName=f"{device.thing}-group")["thingGroupArn"]
    iot.create_policy(policyName=f"{device.thing}-deny", policyDocument=json.dumps(document(DENY)))
    iot.attach_policy(policyName=f"{device.thing}-deny", target=group)
    iot.add_thing_to_thing_group(thingGroupName=f"{device.thing}-group", thingName=device.thing)


def deny_its_groups_parent(iot: Any, device: Device) -> None:
    parent = iot.create_thing_group(thingGroupName=f"{device.thing}-parent")["thingGroupArn"]
    iot.create_thing_group(thingGroupName=f"{device.thing}-child", parentGroupName=f"{device.thing}-parent")
    iot.add_thing_to_thing_group(thingGroupName=f"{device.thing}-child", thingName=device.thing)
    iot.create_policy(policyName=f"{device.thing}-deny", policyDocument=json.dumps(document(DENY)))
    iot.attach_policy(policyName=f"{device.thing}-deny", target=parent)


def detach_from_the_thing(iot: Any, device: Device) -> None:
    iot.detach_thing_principal(thingName=device.thing, principal=device.certificate_arn)


def change_an_attribute(iot: Any, device: Device) -> None:
    iot.update_thing(thingName=device.thing, attributePayload={"attributes": {"room": "cellar"}})


CHANGES: list[tuple[Callable[[Any, Device], None], dict[str, Any]]] = [
    (deactivate, ANY),
    (revoke, ANY),
    (delete_certificate, ANY),
    (detach_policy, ANY),
    (replace_policy, ANY),
    (switch_version, ANY),
    (attach_a_denying_policy, ANY),
    (join_a_denied_group, ANY),
    (deny_its_groups_parent, ANY),
    (detach_from_the_thing, OF_THE_THING),
    (change_an_attribute, IN_THE_HALL),
]


@pytest.mark.parametrize(("change", "statement"), CHANGES, ids=lambda value: getattr(value, "__name__", ""))
def test_all_connections_end(
    stack: Stack, workers_port: int, change: Callable[[Any, Device], None], statement: dict[str, Any]
) -> None:
    iot = stack.boto("iot")
    device = stack.device(document=document(statement))
    detach_from_the_thing(iot, device)
    iot.attach_thing_principal(
        thingName=device.thing, principal=device.certificate_arn, thingPrincipalType="EXCLUSIVE_THING"
    )
    iot.update_thing(thingName=device.thing, attributePayload={"attributes": {"room": "hall"}})
    with ExitStack() as opened:
        connections = [opened.enter_context(Raw(workers_port, context_of(device))) for _ in range(CONNECTIONS)]
        for connection in connections:
            connection.connect()
        change(iot, device)
        begun = time.monotonic()
        for connection in connections:
            connection.wait_closed()
        assert time.monotonic() - begun < SECONDS
