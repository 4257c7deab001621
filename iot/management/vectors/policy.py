"""Runs one policy vector."""

import json
from typing import Any

from iot.core.policy.document import compile_policy
from iot.core.policy.evaluate import Effect, evaluate
from iot.core.policy.variables import CertificateFacts, Context, ThingFacts, make_context

_EXPECTED = {"explicit": Effect.EXPLICIT_DENY, "implicit": Effect.IMPLICIT_DENY}


def handles(case: dict[str, Any]) -> bool:
    """Say whether a case is a policy vector."""
    return "policies" in case


def failure(case: dict[str, Any]) -> str | None:
    """Run a case; answer None if it passed, else what was expected and what came."""
    policies = [compile_policy(json.dumps(document)) for document in case["policies"]]
    decision = evaluate(policies, case["action"], case["resource"], context_of(case["context"]))
    if case["expect"] == "allow":
        expected = {Effect.ALLOWED}
    else:
        reason = _EXPECTED.get(case.get("reason", ""))
        expected = {reason} if reason else set(_EXPECTED.values())
    if decision.effect in expected:
        return None
    return f"expected {' or '.join(sorted(expected))}, got {decision.effect} (statement {decision.statement})"


def context_of(context: dict[str, Any]) -> Context:
    """Read the context of a vector."""
    thing, certificate = context.get("thing"), context.get("certificate")
    return make_context(
        client_id=context.get("clientId"),
        source_ip=context.get("sourceIp"),
        mqtt=context.get("protocol", "mqtt") == "mqtt",
        thing=thing
        and ThingFacts(
            name=thing["name"],
            type_name=thing.get("type"),
            attributes=thing.get("attributes", {}),
            attached=thing.get("attached", True),
            exclusive=thing.get("exclusive", False),
        ),
        certificate=certificate
        and CertificateFacts(
            id=certificate["id"],
            subject=certificate.get("subject", {}),
            issuer=certificate.get("issuer", {}),
        ),
        connect_attributes=context.get("connectAttributes"),
        last_will_topic=context.get("lastWillTopic"),
    )
