"""What gateways must know of a certificate to decide for its connections: status, policies in force, attached things.

Reads are made for many certificates at once, because devices come back all together after an outage.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from iot.core.arn import Scope
from iot.models import (
    Certificate,
    CertificateStatus,
    ChangeNotice,
    Policy,
    PolicyAttachment,
    PolicyVersion,
    ThingGroup,
    ThingGroupMember,
    ThingPrincipal,
)

NOTICE_LIFE = 3600.0


@dataclass(frozen=True, slots=True)
class AttachedThing:
    """A thing that a principal is attached to; `propagated` are the attributes that its type adds to its messages."""

    name: str
    type_name: str | None
    attributes: tuple[tuple[str, str], ...]
    exclusive: bool
    propagated: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PrincipalRecord:
    """A certificate with the documents of all policies that apply to it, in order of policy names."""

    certificate_id: str
    pem: str
    active: bool
    not_before: datetime
    not_after: datetime
    documents: tuple[tuple[str, str], ...]
    things: tuple[AttachedThing, ...]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Notice:
    """A change as it was announced."""

    id: int
    kind: str
    name: str


def load(scope: Scope, certificate_ids: Collection[str]) -> dict[str, PrincipalRecord]:
    """Read principals by their certificate ids; unknown ones are absent from the answer."""
    rows = Certificate.objects.filter(
        account=scope.account, region=scope.region, certificate_id__in=list(certificate_ids)
    )
    certificates = {row.arn: row for row in rows}
    things, thing_groups = _things(certificates)
    targets: dict[str, set[str]] = {arn: {arn} for arn in certificates}
    groups: dict[str, set[str]] = defaultdict(set)
    for arn, names in thing_groups.items():
        groups[arn] = names
        targets[arn] |= {scope.arn("thinggroup", name) for name in names}
    documents = _documents(scope, {target for found in targets.values() for target in found})
    return {
        row.certificate_id: PrincipalRecord(
            certificate_id=row.certificate_id,
            pem=row.pem,
            active=row.status == CertificateStatus.ACTIVE,
            not_before=row.not_before,
            not_after=row.not_after,
            documents=_merged(documents, targets[arn]),
            things=tuple(things[arn]),
            groups=frozenset(groups[arn]),
        )
        for arn, row in certificates.items()
    }


def load_documents(scope: Scope, policy_names: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Answer the documents in force of policies by name; unknown ones are absent."""
    rows = Policy.objects.filter(account=scope.account, region=scope.region, name__in=list(policy_names))
    return _in_force(rows)


def notices_since(scope: Scope, moment: float) -> list[Notice]:
    """Answer what was announced since a moment (epoch seconds), oldest first."""
    rows = ChangeNotice.objects.filter(account=scope.account, region=scope.region, at__gte=moment).order_by("id")
    return [Notice(row.pk, row.kind, row.name) for row in rows]


def prune_notices() -> None:
    """Delete notices that every gateway has seen long ago."""
    ChangeNotice.objects.filter(at__lt=time.time() - NOTICE_LIFE).delete()


def _things(certificates: Iterable[str]) -> tuple[dict[str, list[AttachedThing]], dict[str, set[str]]]:
    things: dict[str, list[AttachedThing]] = defaultdict(list)
    holders: dict[int, list[str]] = defaultdict(list)
    attachments = ThingPrincipal.objects.filter(principal__in=list(certificates))
    for attachment in attachments.select_related("thing__thing_type").order_by("id"):
        thing = attachment.thing
        kind = thing.thing_type
        propagated = kind.propagating_attributes if kind is not None else []
        things[attachment.principal].append(
            AttachedThing(
                name=thing.name,
                type_name=kind.name if kind is not None else None,
                attributes=tuple(sorted(thing.attributes.items())),
                exclusive=attachment.exclusive,
                propagated=_propagated(propagated, thing.name, thing.attributes),
            )
        )
        holders[thing.pk].append(attachment.principal)
    return things, _groups(holders)


def _propagated(wanted: object, thing_name: str, attributes: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Read what a type propagates: an attribute of the thing, or one of the connection (its thing's name)."""
    found = []
    for entry in wanted if isinstance(wanted, list) else []:
        key = entry.get("userPropertyKey", "") if isinstance(entry, dict) else ""
        if not key:
            continue
        if entry.get("thingAttribute") in attributes:
            found.append((key, attributes[entry["thingAttribute"]]))
        elif entry.get("connectionAttribute") == "iot:Thing.ThingName":
            found.append((key, thing_name))
    return tuple(found)


def _groups(holders: dict[int, list[str]]) -> dict[str, set[str]]:
    """Answer the groups of each principal's things, with all their ancestors, by name."""
    members = ThingGroupMember.objects.filter(thing__in=list(holders)).values_list("thing_id", "group_id")
    wanted: dict[int, set[str]] = defaultdict(set)
    for thing, group in members:
        wanted[group].update(holders[thing])
    found: dict[str, set[str]] = defaultdict(set)
    while wanted:
        parents: dict[int, set[str]] = defaultdict(set)
        for pk, name, parent in ThingGroup.objects.filter(pk__in=list(wanted)).values_list("pk", "name", "parent_id"):
            for principal in wanted[pk]:
                found[principal].add(name)
                if parent is not None:
                    parents[parent].add(principal)
        wanted = parents
    return found


def _documents(scope: Scope, targets: set[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    attachments = PolicyAttachment.objects.filter(
        target__in=list(targets), policy__account=scope.account, policy__region=scope.region
    )
    held: dict[str, list[int]] = defaultdict(list)
    for target, policy in attachments.values_list("target", "policy_id"):
        held[target].append(policy)
    rows = Policy.objects.filter(pk__in={policy for found in held.values() for policy in found})
    texts = {row.pk: document for row, document in zip(rows, _in_force(rows), strict=True)}
    return {target: tuple(texts[policy] for policy in found) for target, found in held.items()}


def _in_force(rows: QuerySet[Policy]) -> tuple[tuple[str, str], ...]:
    numbers = {row.pk: row.default_version for row in rows}
    versions = PolicyVersion.objects.filter(policy__in=list(numbers)).values_list("policy_id", "number", "document")
    texts = {policy: document for policy, number, document in versions if numbers[policy] == number}
    return tuple((row.name, texts[row.pk]) for row in rows)


def _merged(documents: dict[str, tuple[tuple[str, str], ...]], targets: set[str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({document for target in targets for document in documents.get(target, ())}))
