"""What somebody should look at: failing rules, refused clients, certificates that run out, clients that displace."""

import time
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Max, Sum
from django.utils import timezone

from iot.core.arn import Scope
from iot.models import Certificate, CertificateStatus, Connection, MetricMinute, Refusal

WINDOW = 3600
EXPIRY = timedelta(days=30)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: `kind` is rule, refused, expiring or displaced; `name` is whose, `at` an epoch second."""

    kind: str
    name: str
    count: int
    at: float
    detail: str = ""


def findings(scope: Scope) -> list[Finding]:
    """Answer what needs attention now, at most five of a kind."""
    since = time.time() - WINDOW
    return [*_rules(scope, since), *_refused(scope, since), *_displaced(scope, since), *_expiring(scope)]


def _rules(scope: Scope, since: float) -> list[Finding]:
    rows = MetricMinute.objects.filter(
        account=scope.account, region=scope.region, name="Failure", minute__gte=int(since)
    ).exclude(dimension="")
    found = rows.exclude(dimension__contains="/").values("dimension").annotate(total=Sum("value"), at=Max("minute"))
    return [Finding("rule", row["dimension"], int(row["total"]), row["at"]) for row in found.order_by("-total")[:SHOWN]]


def _refused(scope: Scope, since: float) -> list[Finding]:
    rows = Refusal.objects.filter(account=scope.account, region=scope.region, at__gte=since)
    found = rows.values("client_id").annotate(total=Sum("count"), last=Max("at"), newest=Max("id"))
    chosen = list(found.order_by("-total")[:SHOWN])
    newest = Refusal.objects.in_bulk([row["newest"] for row in chosen])
    return [
        Finding("refused", row["client_id"], row["total"], row["last"], _refusal(newest[row["newest"]]))
        for row in chosen
    ]


def _refusal(row: Refusal) -> str:
    return f"{row.action} {row.resource}".strip()


def _displaced(scope: Scope, since: float) -> list[Finding]:
    rows = Connection.objects.filter(
        account=scope.account, region=scope.region, displaced__gt=1, displaced_at__gte=int(since * 1000)
    )
    return [
        Finding("displaced", row.client_id, row.displaced, (row.displaced_at or 0) / 1000)
        for row in rows.order_by("-displaced")[:SHOWN]
    ]


def _expiring(scope: Scope) -> list[Finding]:
    rows = Certificate.objects.filter(
        account=scope.account,
        region=scope.region,
        status=CertificateStatus.ACTIVE,
        not_after__lt=timezone.now() + EXPIRY,
    )
    total = rows.aggregate(total=Count("id"))["total"]
    return [
        Finding("expiring", row.certificate_id, total, row.not_after.timestamp(), row.subject)
        for row in rows.order_by("not_after")[:SHOWN]
    ]
