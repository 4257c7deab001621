"""Roles and operations, whole; and policies on keys."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.api import permissions, registry
from iot.api.model import operations, own_operations
from iot.core.arn import Scope
from iot.core.errors import AwsError
from iot.services.access import Identity
from tests.api import harness

SCOPE = Scope("123456789012", "us-east-1")


@pytest.mark.parametrize(("service", "name"), operations(), ids=lambda part: str(part))
def test_the_table_of_roles_and_operations(service: str, name: str) -> None:
    operation = operations()[service, name]
    reading = name.startswith(("Describe", "Get", "List", "Search", "Test", "Validate"))
    decides = name in permissions.ADMIN_ONLY
    assert permissions.may("admin", operation)
    assert permissions.may("operator", operation) is not decides
    assert permissions.may("viewer", operation) is (reading and not decides)
    assert not permissions.may("nobody", operation) or (reading and not decides)


def test_what_is_reserved_for_admins_exists() -> None:
    assert {name for _, name in operations()} >= permissions.ADMIN_ONLY


def allowed(policy: str, service: str, name: str, **labels: str) -> bool:
    identity = Identity("123456789012", "me", "admin", policy)
    try:
        permissions.check(identity, SCOPE, operations()[service, name], labels, "192.0.2.7")
    except AwsError:
        return False
    return True


def document(action: str, resource: str, effect: str = "Allow", condition: str = "{}") -> str:
    return (
        f'{{"Statement": [{{"Effect": "{effect}", "Action": "{action}", "Resource": "{resource}",'
        f' "Condition": {condition}}}]}}'
    )


def test_a_policy_narrows_a_key_to_actions_and_resources() -> None:
    policy = document("iot:*Thing", "arn:aws:iot:*:*:thing/fleet-*")
    assert allowed(policy, "iot", "CreateThing", thingName="fleet-1")
    assert not allowed(policy, "iot", "CreateThing", thingName="other")
    assert not allowed(policy, "iot", "CreatePolicy", policyName="fleet-1")
    assert not allowed(policy, "iot", "ListThings")


def test_the_data_plane_has_its_own_names() -> None:
    assert allowed(document("iot:Publish", "*topic/a/*"), "iot-data", "Publish", topic="a/b")
    assert allowed(document("iotjobsdata:*", "*"), "iot-jobs-data", "DescribeJobExecution", thingName="t", jobId="j")
    assert not allowed(document("iot:*", "*"), "iot-jobs-data", "DescribeJobExecution", thingName="t", jobId="j")


def test_conditions_see_the_address() -> None:
    inside = '{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}'
    outside = '{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}'
    assert allowed(document("iot:*", "*", condition=inside), "iot", "ListThings")
    assert not allowed(document("iot:*", "*", condition=outside), "iot", "ListThings")


def test_a_policy_that_cannot_be_read_allows_nothing() -> None:
    assert not allowed("{", "iot", "ListThings")


@pytest.mark.django_db
def test_roles_are_in_force_over_the_wire() -> None:
    viewer = harness.client(key=harness.new_key("viewer"))
    operator = harness.client(key=harness.new_key("operator"))
    viewer.list_things()
    operator.create_thing(thingName="lamp")
    calls: list[Callable[[], Any]] = [
        lambda: viewer.create_thing(thingName="x"),
        lambda: operator.set_logging_options(loggingOptionsPayload={"roleArn": "r"}),
    ]
    for call in calls:
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    data = harness.client("iot-data", key=harness.new_key("viewer"))
    with pytest.raises(ClientError) as error:
        data.publish(topic="a", payload=b"")
    assert error.value.response["Error"]["Code"] == "ForbiddenException"


@pytest.mark.django_db
def test_a_viewers_refused_call_changes_nothing() -> None:
    viewer: Any = harness.client(key=harness.new_key("viewer"))
    admin: Any = harness.client()
    with pytest.raises(ClientError):
        viewer.create_thing(thingName="lamp")
    assert admin.list_things()["things"] == []


def test_every_served_operation_is_in_a_model() -> None:
    assert set(registry.served()) <= {*operations(), *own_operations()}
