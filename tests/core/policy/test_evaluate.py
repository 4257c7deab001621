"""Decisions: the shared cases, and the laws of evaluation."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.policy.document import Policy, compile_policy
from iot.core.policy.evaluate import Decision, Effect, PolicySet, evaluate
from iot.core.policy.variables import make_context
from iot.management.vectors import policy as vector
from tests.vectors import load

CASES = load("policy")
CONTEXT = make_context(client_id="c1", extra={"words": ("a", "b")})
ARN = "arn:aws:iot:us-east-1:123456789012:"
actions = st.sampled_from(["iot:Connect", "iot:Publish", "iot:*", "*", "iot:Pub?ish"])
resources = st.sampled_from(["*", "topic/a", "topic/*", "topic/${iot:ClientId}", "topic/${missing}", "client/?1"])
statements = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={"Condition": st.sampled_from([{"StringEquals": {"iot:ClientId": name}} for name in ("c1", "c2")])},
).flatmap(
    lambda base: st.builds(
        lambda action, not_action, resource, not_resource: {
            **base,
            "NotAction" if not_action else "Action": action,
            "NotResource" if not_resource else "Resource": resource,
        },
        actions,
        st.booleans(),
        resources,
        st.booleans(),
    )
)
documents = st.lists(statements, max_size=3).map(lambda found: compile_policy(json.dumps({"Statement": found})))
requests = st.tuples(
    st.sampled_from(["iot:Connect", "iot:Publish"]), st.sampled_from(["topic/a", "topic/c1", "client/c1"])
)


def policy(**statement: Any) -> Policy:
    return compile_policy(json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", **statement}]}), "p")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_shared_case(case: dict[str, Any]) -> None:
    assert vector.failure(case) is None


@given(st.lists(documents, max_size=3), requests)
def test_the_order_of_policies_does_not_matter(policies: list[Policy], request: tuple[str, str]) -> None:
    one, other = (evaluate(found, *request, CONTEXT) for found in (policies, policies[::-1]))
    assert one.effect is other.effect


@given(st.lists(documents, max_size=3), documents, requests)
def test_another_policy_never_lifts_an_explicit_denial(
    policies: list[Policy], more: Policy, request: tuple[str, str]
) -> None:
    if evaluate(policies, *request, CONTEXT).effect is Effect.EXPLICIT_DENY:
        assert evaluate([*policies, more], *request, CONTEXT).effect is Effect.EXPLICIT_DENY


@given(st.lists(documents, max_size=3), requests)
def test_the_explanation_agrees_with_the_decision(policies: list[Policy], request: tuple[str, str]) -> None:
    found = PolicySet(policies)
    decision = found.decide(*request, CONTEXT)
    matched = [one.statement for one in found.explain(*request, CONTEXT) if one.matched]
    assert decision.allowed is (bool(matched) and all(one.allows for one in matched))
    assert (decision.effect is Effect.IMPLICIT_DENY) is (not matched)
    assert decision.statement is None or decision.statement in matched


def test_without_policies_everything_is_denied_implicitly() -> None:
    assert evaluate([], "iot:Connect", f"{ARN}client/c", CONTEXT) == Decision(Effect.IMPLICIT_DENY, None)


def test_a_denial_comes_before_an_allowance() -> None:
    decision = evaluate(
        [policy(Resource="*"), policy(Effect="Deny", Resource="topic/x")], "iot:Publish", "topic/x", CONTEXT
    )
    assert decision.effect is Effect.EXPLICIT_DENY
    assert not decision.allowed


def test_not_resource_with_a_variable_without_a_value_matches_nothing() -> None:
    open_to_all_but = policy(NotResource=["topic/${missing}", "topic/x"])
    assert not evaluate([open_to_all_but], "iot:Publish", "topic/y", CONTEXT).allowed
    assert evaluate([policy(NotResource="topic/x")], "iot:Publish", "topic/y", CONTEXT).allowed


def test_a_set_arranges_its_statements_once_an_action() -> None:
    found = PolicySet([policy(Resource="topic/${iot:ClientId}"), policy(Effect="Deny", Resource="x")])
    assert found.statements("iot:Publish") is found.statements("iot:Publish")
    assert [one.allows for one in found.statements("iot:Publish")] == [False, True]
    assert found.variables == {"iot:ClientId"}


def test_an_explanation_shows_what_the_variables_stood_for() -> None:
    asking = policy(Resource="topic/${iot:ClientId}/${missing}", Condition={"StringEquals": {"words": "b"}})
    explanation = PolicySet([asking]).explain("iot:Publish", "topic/c1", CONTEXT)[0]
    assert explanation.values == (("iot:ClientId", "c1"), ("missing", None), ("words", "a, b"))
    assert explanation.conditions == (("StringEquals", "words", True),)
    assert (explanation.action_matched, explanation.resource_matched, explanation.matched) == (True, False, False)
