"""What the policies in force would decide, explained statement by statement: the gateway's own evaluation, tried out.

The caller names a certificate, or a thing whose attached certificate is taken, or policies; the values of policy
variables come from there, as on a live connection.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.core.policy.document import Policy, compile_policy
from iot.core.policy.evaluate import Decision, Explanation, PolicySet
from iot.core.policy.variables import Context
from iot.services import authorization, policies, things

KINDS = {
    "iot:Connect": "client",
    "iot:Publish": "topic",
    "iot:Receive": "topic",
    "iot:RetainPublish": "topic",
    "iot:Subscribe": "topicfilter",
    "iot:GetRetainedMessage": "topic",
    "iot:GetThingShadow": "thing",
    "iot:UpdateThingShadow": "thing",
    "iot:DeleteThingShadow": "thing",
}


@dataclass(frozen=True, slots=True)
class Simulation:
    """A decision with all that led to it; `values` are what the policy variables stood for (None: nothing)."""

    action: str
    resource: str
    principal: str
    decision: Decision
    explanations: tuple[Explanation, ...]
    values: tuple[tuple[str, str | None], ...]
    policies: tuple[str, ...]


def simulate(
    scope: Scope,
    *,
    action: str,
    name: str,
    client_id: str,
    principal: str = "",
    thing_name: str = "",
    policy_names: Sequence[str] = (),
    document: str = "",
    source_ip: str = "",
) -> Simulation:
    """Decide an action on a topic, filter, client or thing by name. Raises InvalidRequestException.

    `policy_names` and `document` are tried beside what is attached.
    """
    if action not in KINDS:
        raise errors.InvalidRequestException(f"The action must be one of {', '.join(KINDS)}")
    principal = principal or _principal_of(scope, thing_name)
    held = (
        authorization.effective_policies(scope, principal=principal or None, thing_name=thing_name or None)
        if (principal or thing_name)
        else []
    )
    texts = {row.name: text for row, text in held}
    texts |= {one: policies.default_document(policies.find_policy(scope, one)) for one in policy_names}
    compiled = [compile_policy(text, one) for one, text in sorted(texts.items())]
    if document:
        compiled.append(compile_policy(document, "(this document)"))
    context = authorization.connection_context(scope, principal or None, client_id, source_ip or None)
    resource = scope.arn(KINDS[action], name)
    found = PolicySet(compiled)
    return Simulation(
        action=action,
        resource=resource,
        principal=principal,
        decision=found.decide(action, resource, context),
        explanations=found.explain(action, resource, context),
        values=_values(compiled, context),
        policies=tuple(one.name for one in compiled),
    )


def suggest_statement(scope: Scope, *, action: str, resource: str, client_id: str) -> dict[str, object]:
    """Answer the narrowest statement that would allow a refused action, with the client id as a variable."""
    suggested = resource
    if client_id and parse_arn(resource) is not None:
        head, slash, tail = resource.partition("/")
        parts = ["${iot:ClientId}" if part == client_id else part for part in tail.split("/")]
        suggested = head + slash + ("${iot:ClientId}" if tail == client_id else "/".join(parts))
    return {"Effect": "Allow", "Action": action, "Resource": suggested}


def _principal_of(scope: Scope, thing_name: str) -> str:
    if not thing_name:
        return ""
    attachment = things.thing_principals(scope, thing_name=thing_name).order_by("id").first()
    return "" if attachment is None else attachment.principal


def _values(compiled: Sequence[Policy], context: Context) -> tuple[tuple[str, str | None], ...]:
    names = sorted({name for policy in compiled for name in policy.variables})
    found = []
    for name in names:
        value = context.value(name)
        found.append((name, ", ".join(value) if isinstance(value, tuple) else value))
    return tuple(found)
