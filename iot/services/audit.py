"""The audit: one row for every changing call and login; reads are not recorded."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from iot.core.arn import Scope
from iot.models import AuditEntry
from iot.models.prepared import insert


def record(
    scope: Scope,
    *,
    actor: str,
    channel: str,
    operation: str,
    resource: str = "",
    address: str = "",
    outcome: str = "ok",
    request_id: str = "",
    before: Any = None,
    after: Any = None,
) -> None:
    """Write a row; `channel` is api, console or system."""
    insert(
        AuditEntry,
        at=timezone.now(),
        account=scope.account,
        region=scope.region,
        actor=actor,
        channel=channel,
        operation=operation,
        resource=resource[:512],
        address=address,
        outcome=outcome,
        request_id=request_id,
        before=before,
        after=after,
    )


def entries(scope: Scope) -> QuerySet[AuditEntry]:
    """Select the rows of a scope, newest first."""
    return AuditEntry.objects.filter(account=scope.account, region=scope.region).order_by("-id")


def of_resource(scope: Scope, name: str) -> QuerySet[AuditEntry]:
    """Select the rows that speak of a resource: it alone, or it as a part of a longer path."""
    parts = Q(resource=name) | Q(resource__startswith=f"{name}/") | Q(resource__endswith=f"/{name}")
    return entries(scope).filter(parts | Q(resource__contains=f"/{name}/"))


def matching(scope: Scope, text: str) -> QuerySet[AuditEntry]:
    """Select the rows whose operation or resource holds a text."""
    return entries(scope).filter(Q(operation__icontains=text) | Q(resource__contains=text))
