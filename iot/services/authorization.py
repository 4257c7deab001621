"""Which policies apply to whom, and what they decide: GetEffectivePolicies and TestAuthorization."""

from collections.abc import Sequence
from typing import Any

from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.core.policy.document import Policy as CompiledPolicy
from iot.core.policy.document import compile_policy
from iot.core.policy.evaluate import Effect, PolicySet
from iot.core.policy.variables import CertificateFacts, Context, ThingFacts, make_context
from iot.models import Certificate, Policy, PolicyAttachment, Thing, ThingPrincipal
from iot.services import policies, thing_groups, things
from iot.services.certificate_facts import read_facts
from iot.services.certificates import load_pem

ACTIONS = {"PUBLISH": "Publish", "SUBSCRIBE": "Subscribe", "RECEIVE": "Receive", "CONNECT": "Connect"}


def effective_policies(
    scope: Scope, *, principal: str | None = None, thing_name: str | None = None
) -> list[tuple[Policy, str]]:
    """Answer the policies in force for a principal, a thing, or both, with the documents of their default versions."""
    if principal is None and thing_name is None:
        raise errors.InvalidRequestException("A principal or a thing name must be given")
    targets: set[str] = set()
    found: list[Thing] = []
    if principal is not None:
        targets.add(principal)
        if parse_arn(principal) is not None:
            policies.check_target(scope, principal)
        attached = ThingPrincipal.objects.filter(
            principal=principal, thing__account=scope.account, thing__region=scope.region
        )
        found += [row.thing for row in attached.select_related("thing")]
    if thing_name is not None:
        found.append(things.find_thing(scope, thing_name))
    for thing in found:
        for membership in thing.memberships.select_related("group"):
            targets |= {membership.group.arn, *(one.arn for one in thing_groups.ancestors(membership.group))}
    attachments = PolicyAttachment.objects.filter(
        target__in=targets, policy__account=scope.account, policy__region=scope.region
    )
    rows = {row.policy.pk: row.policy for row in attachments.select_related("policy").order_by("policy__name")}
    documents = policies.default_documents(rows.values())
    return [(row, documents[key]) for key, row in rows.items()]


def test_authorization(
    scope: Scope,
    *,
    auth_infos: Sequence[dict[str, Any]],
    principal: str | None = None,
    client_id: str | None = None,
    policy_names_to_add: Sequence[str] = (),
    policy_names_to_skip: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Decide requests as the gateway would, for a principal's policies with some added and some left out."""
    held = [] if principal is None else effective_policies(scope, principal=principal)
    rows = {row.name: (row, document) for row, document in held if row.name not in policy_names_to_skip}
    for name in policy_names_to_add:
        row = policies.find_policy(scope, name)
        rows[name] = (row, policies.default_document(row))
    compiled = [compile_policy(document, name) for name, (_, document) in rows.items()]
    context = connection_context(scope, principal, client_id)
    references = {name: {"policyName": name, "policyArn": row.arn} for name, (row, _) in rows.items()}
    return [
        _decide(compiled, references, info, resource, context) for info in auth_infos for resource in _resources(info)
    ]


def connection_context(
    scope: Scope, principal: str | None, client_id: str | None, source_ip: str | None = None
) -> Context:
    """Answer the values that policy variables have on a connection of a principal under a client id."""
    certificate: CertificateFacts | None = None
    thing: ThingFacts | None = None
    arn = parse_arn(principal) if principal else None
    if arn is not None and arn.kind == "cert":
        row = Certificate.objects.filter(account=scope.account, region=scope.region, certificate_id=arn.name).first()
        certificate = None if row is None else read_facts(arn.name, load_pem(row.pem))
        attached = ThingPrincipal.objects.filter(
            principal=principal, thing__account=scope.account, thing__region=scope.region
        ).select_related("thing__thing_type")
        chosen = next((one for one in attached if one.exclusive or one.thing.name == client_id), None)
        if chosen is not None:
            kind = chosen.thing.thing_type
            thing = ThingFacts(
                chosen.thing.name, kind.name if kind else None, chosen.thing.attributes, exclusive=chosen.exclusive
            )
    return make_context(client_id=client_id, source_ip=source_ip, thing=thing, certificate=certificate)


def _resources(info: dict[str, Any]) -> list[str]:
    if info.get("actionType") not in ACTIONS:
        raise errors.InvalidRequestException(f"The action type must be one of {', '.join(ACTIONS)}")
    resources: list[str] = info["resources"]
    return resources


def _decide(
    compiled: list[CompiledPolicy],
    references: dict[str, dict[str, str]],
    info: dict[str, Any],
    resource: str,
    context: Context,
) -> dict[str, Any]:
    action = f"iot:{ACTIONS[info['actionType']]}"
    decision = PolicySet(compiled).decide(action, resource, context)
    allowing, denying, missing = [], [], []
    for policy in compiled:
        one = PolicySet([policy])
        effect = one.decide(action, resource, context).effect
        if effect is Effect.ALLOWED:
            allowing.append(references[policy.name])
        elif effect is Effect.EXPLICIT_DENY:
            denying.append(references[policy.name])
        missing += [
            name
            for explanation in one.explain(action, resource, context)
            if explanation.action_matched
            for name, value in explanation.values
            if value is None
        ]
    return {
        "authInfo": {"actionType": info["actionType"], "resources": [resource]},
        "allowed": {"policies": allowing},
        "denied": {
            "implicitDeny": {"policies": [] if allowing or denying else list(references.values())},
            "explicitDeny": {"policies": denying},
        },
        "authDecision": decision.effect.value,
        "missingContextValues": sorted(set(missing)),
    }
