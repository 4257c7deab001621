"""Resources of all kinds by a part of their names, for people who look for something."""

from collections.abc import Iterator

from django.db.models import Model, QuerySet

from iot.core.arn import Scope
from iot.models import AuditEntry, Certificate, Connection, Policy, Thing, ThingGroup, ThingType, TopicRule

LONGEST = 200
_KINDS: tuple[tuple[str, type[Model], str], ...] = (
    ("thing", Thing, "name"),
    ("rule", TopicRule, "name"),
    ("policy", Policy, "name"),
    ("group", ThingGroup, "name"),
    ("type", ThingType, "name"),
    ("certificate", Certificate, "certificate_id"),
    ("client", Connection, "client_id"),
)
_RECENT = {"Thing": ("thing", Thing), "Rule": ("rule", TopicRule), "Policy": ("policy", Policy)}


def by_name(scope: Scope, text: str, *, each: int) -> Iterator[tuple[str, str]]:
    """Answer (kind, name), at most `each` of a kind: first those that begin with the text, then those that hold it."""
    text = text[:LONGEST]
    for kind, model, field in _KINDS:
        rows = _names(scope, model, field)
        begins = list(rows.filter(**{f"{field}__startswith": text})[:each])
        held = []
        if len(begins) < each and kind != "certificate":
            held = list(
                rows.filter(**{f"{field}__contains": text}).exclude(**{f"{field}__in": begins})[: each - len(begins)]
            )
        yield from ((kind, name) for name in [*begins, *held])


def recent(scope: Scope, *, limit: int = 8) -> list[tuple[str, str]]:
    """Answer the things, rules and policies that were changed last and are still there."""
    rows = AuditEntry.objects.filter(account=scope.account, region=scope.region, outcome="ok").order_by("-id")[:100]
    found: dict[tuple[str, str], None] = {}
    for operation, resource in rows.values_list("operation", "resource"):
        for word, (kind, _) in _RECENT.items():
            if operation.endswith(word) and resource and "/" not in resource:
                found[kind, resource] = None
    present = {
        (kind, name)
        for kind, model in _RECENT.values()
        for name in _names(scope, model, "name").filter(name__in=[name for of, name in found if of == kind])
    }
    return [pair for pair in found if pair in present][:limit]


def _names(scope: Scope, model: type[Model], field: str) -> "QuerySet[Model, str]":
    rows = model._default_manager.filter(account=scope.account, region=scope.region)
    return rows.order_by(field).values_list(field, flat=True)
