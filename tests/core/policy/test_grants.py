"""What policies grant, in the names of what they grant it for."""

import json
from typing import Any

import pytest

from iot.core.policy.document import compile_policy
from iot.core.policy.evaluate import PolicySet
from iot.core.policy.grants import Force, Grant, grants
from iot.core.policy.variables import make_context

ARN = "arn:aws:iot:us-east-1:123456789012:"
CONTEXT = make_context(client_id="c1")


def found(*statements: dict[str, Any], action: str = "iot:Publish", kind: str = "topic") -> list[Grant]:
    policies = PolicySet([compile_policy(json.dumps({"Statement": list(statements)}), "p")])
    return list(grants(policies, action, lambda name: f"{ARN}{kind}/{name}", CONTEXT))


def allow(resource: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "iot:*", "Resource": resource, **more}


@pytest.mark.parametrize(
    ("resource", "name", "force"),
    [
        (f"{ARN}topic/a/*", "a/*", Force.IN_FORCE),
        (f"{ARN}topic/a/${{iot:ClientId}}/?", "a/c1/?", Force.IN_FORCE),
        ("*", "*", Force.IN_FORCE),
        ("arn:aws:iot:*:*:topic/a", "a", Force.IN_FORCE),
        (f"{ARN}*", f"{ARN}*", Force.IN_FORCE),
        (f"{ARN}topic/${{iot:Connection.Thing.ThingName}}", "${iot:Connection.Thing.ThingName}", Force.NO_VALUE),
        (f"{ARN}topicfilter/a", f"{ARN}topicfilter/a", Force.NEVER),
        ("arn:aws:iot:eu-west-1:123456789012:topic/a", "a", Force.NEVER),
        ("topic/a", "topic/a", Force.NEVER),
    ],
)
def test_a_pattern_is_named_and_says_whether_it_can_match(resource: str, name: str, force: Force) -> None:
    (grant,) = found(allow(resource))
    assert (grant.allows, grant.others, grant.name, grant.force) == (True, False, name, force)


def test_every_pattern_is_listed_and_denials_come_first() -> None:
    deny = {"Effect": "Deny", "Action": "iot:Publish", "Resource": f"{ARN}topic/b"}
    grants_ = found(allow([f"{ARN}topic/a", f"{ARN}topic/b"]), deny)
    assert [(one.allows, one.name, one.force) for one in grants_] == [
        (False, "b", Force.IN_FORCE),
        (True, "a", Force.IN_FORCE),
        (True, "b", Force.OVERRULED),
    ]
    assert grants_[0].statement.index == 1


def test_a_condition_that_does_not_hold_is_said() -> None:
    condition = {"StringEquals": {"iot:ClientId": "another"}}
    assert [one.force for one in found(allow("*", Condition=condition))] == [Force.NOT_NOW]


def test_not_resource_speaks_of_the_others() -> None:
    statement = {"Effect": "Allow", "Action": "iot:Publish", "NotResource": f"{ARN}topic/secret"}
    (grant,) = found(statement)
    assert (grant.others, grant.name, grant.force) == (True, "secret", Force.IN_FORCE)


def test_statements_of_other_actions_are_not_listed() -> None:
    assert found({"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"}) == []
