"""Decisions tried out, explained statement by statement."""

import json

import pytest
from django.conf import settings

from iot.core import errors
from iot.core.policy.evaluate import Effect
from iot.services import policies, simulations, things

pytestmark = pytest.mark.django_db


def make(name: str, effect: str, resource: str) -> None:
    document = {"Statement": [{"Effect": effect, "Action": "iot:Publish", "Resource": resource}]}
    policies.create_policy(settings.SCOPE, policy_name=name, policy_document=json.dumps(document))


def test_named_policies_and_a_document_are_tried_together() -> None:
    make("yes", "Allow", settings.SCOPE.arn("topic", "${iot:ClientId}/*"))
    found = simulations.simulate(
        settings.SCOPE, action="iot:Publish", name="c1/x", client_id="c1", policy_names=["yes"], source_ip="10.0.0.7"
    )
    assert found.decision.effect is Effect.ALLOWED
    assert found.resource == settings.SCOPE.arn("topic", "c1/x")
    assert found.values == (("iot:ClientId", "c1"),)
    assert found.policies == ("yes",)
    deny = '{"Statement": {"Effect": "Deny", "Action": "iot:Publish", "Resource": "*"}}'
    found = simulations.simulate(
        settings.SCOPE, action="iot:Publish", name="c1/x", client_id="c1", policy_names=["yes"], document=deny
    )
    assert found.decision.effect is Effect.EXPLICIT_DENY
    assert [one.matched for one in found.explanations] == [True, True]


def test_a_thing_without_a_certificate_has_the_policies_of_its_groups_alone() -> None:
    things.create_thing(settings.SCOPE, thing_name="t1")
    found = simulations.simulate(settings.SCOPE, action="iot:Connect", name="t1", client_id="t1", thing_name="t1")
    assert found.decision.effect is Effect.IMPLICIT_DENY
    assert found.principal == ""


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"action": "iot:Fly"}, errors.InvalidRequestException),
        ({"policy_names": ["none"]}, errors.ResourceNotFoundException),
        ({"thing_name": "none"}, errors.ResourceNotFoundException),
        ({"document": "{"}, errors.MalformedPolicyException),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, object], error: type[Exception]) -> None:
    question: dict[str, object] = {"action": "iot:Publish", "name": "x", "client_id": "c", **asked}
    with pytest.raises(error):
        simulations.simulate(settings.SCOPE, **question)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("resource", "suggested"),
    [
        ("arn:aws:iot:r:1:topic/plant/c1/x", "arn:aws:iot:r:1:topic/plant/${iot:ClientId}/x"),
        ("arn:aws:iot:r:1:client/c1", "arn:aws:iot:r:1:client/${iot:ClientId}"),
        ("arn:aws:iot:r:1:topic/plant/c12", "arn:aws:iot:r:1:topic/plant/c12"),
        ("*", "*"),
    ],
)
def test_the_suggestion_puts_the_client_id_as_a_variable(resource: str, suggested: str) -> None:
    found = simulations.suggest_statement(settings.SCOPE, action="iot:Publish", resource=resource, client_id="c1")
    assert found == {"Effect": "Allow", "Action": "iot:Publish", "Resource": suggested}
