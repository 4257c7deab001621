"""Refusals: what clients were not allowed to do, written in batches by the gateways and bounded in number."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Max, QuerySet, Sum, Value, When

from iot.core.arn import Scope
from iot.models import Refusal

KEPT = 10_000
PRUNE_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a client was refused an action for a reason; who has no client id yet is told by the address."""

    client_id: str
    address: str
    action: str
    reason: str
    count: int
    last_at: float


def refusals(scope: Scope, *, client_id: str | None = None) -> QuerySet[Refusal]:
    """Select the refusals of a scope, newest first, of one client where asked."""
    rows = Refusal.objects.filter(account=scope.account, region=scope.region).order_by("-id")
    return rows if client_id is None else rows.filter(client_id=client_id)


def tallies(scope: Scope, since: float, *, limit: int) -> list[Tally]:
    """Count the refusals that are kept since a time, by client, action and reason, the most first."""
    who = Case(When(client_id="", then=F("address")), default=Value(""))
    rows = refusals(scope).filter(at__gte=since).order_by().annotate(who=who)
    counted = rows.values_list("client_id", "who", "action", "reason").annotate(total=Sum("count"), last=Max("at"))
    return [Tally(*row) for row in counted.order_by("-total", "client_id", "who", "action", "reason")[:limit]]


def record(scope: Scope, entries: Iterable[dict[str, Any]]) -> None:
    """Write refusals; of each scope the newest ten thousand are kept."""
    now = time.time()
    rows = [_row(scope, entry, now) for entry in entries]
    with transaction.atomic():
        for row in rows:
            row.save(force_insert=True)
        if any(row.pk % PRUNE_EVERY == 0 for row in rows):
            _prune(scope)


def _row(scope: Scope, entry: dict[str, Any], now: float) -> Refusal:
    at = entry.get("at", now)
    return Refusal(
        account=scope.account,
        region=scope.region,
        at=at,
        first_at=entry.get("first_at", at),
        client_id=str(entry.get("client_id", ""))[:128],
        principal=str(entry.get("principal", ""))[:255],
        address=str(entry.get("address", ""))[:64],
        action=entry["action"],
        resource=str(entry.get("resource", ""))[:1024],
        reason=str(entry.get("reason", ""))[:200],
        policy=str(entry.get("policy", ""))[:128],
        statement_index=entry.get("statement_index"),
        statement=entry.get("statement"),
        count=entry.get("count", 1),
    )


def _prune(scope: Scope) -> None:
    oldest = refusals(scope).values_list("id", flat=True)[KEPT : KEPT + 1].first()
    if oldest is not None:
        refusals(scope).filter(id__lte=oldest).delete()
