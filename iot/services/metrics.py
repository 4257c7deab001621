"""Metrics: counted in the memory of each process, added to the database every few seconds, read as series and totals.

A metric has a name and a dimension, which is empty for the whole account, a rule's name for a rule, and
`rule/action` for one of its actions. Gauges are set, everything else is added up.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from iot.core.arn import Scope
from iot.models import MetricMinute, MetricTotal

MINUTE = 60
KEPT_SECONDS = 14 * 24 * 3600
PRUNE_EVERY = 100
GAUGES = frozenset({"Connections"})
GAUGE_PREFIX = "FleetMetric."
Key = tuple[str, str]

_lock = threading.Lock()
_pending: dict[Key, float] = {}
_flushes = 0


def is_gauge(name: str) -> bool:
    return name in GAUGES or name.startswith(GAUGE_PREFIX)


def count(name: str, dimension: str = "", increment: float = 1) -> None:
    """Count in this process's memory, until `flush`."""
    with _lock:
        _pending[name, dimension] = _pending.get((name, dimension), 0) + increment


def flush(scope: Scope) -> None:
    """Add what this process has counted to the database; when that fails it is counted again."""
    global _flushes
    with _lock:
        taken = dict(_pending)
        _pending.clear()
    if not taken:
        return
    try:
        add(scope, taken)
    except Exception:
        for (name, dimension), value in taken.items():
            count(name, dimension, value)
        raise
    _flushes += 1
    if _flushes % PRUNE_EVERY == 0:
        prune(scope)


def add(scope: Scope, increments: Mapping[Key, float]) -> None:
    """Add to the metrics of the current minute, by (name, dimension); a gauge is set instead."""
    minute = int(time.time()) // MINUTE * MINUTE
    with transaction.atomic():
        for (name, dimension), value in sorted(increments.items()):
            row = {"account": scope.account, "region": scope.region, "name": name, "dimension": dimension[:255]}
            change = value if is_gauge(name) else F("value") + value
            if not MetricMinute.objects.filter(**row, minute=minute).update(value=change):
                MetricMinute.objects.create(**row, minute=minute, value=value)
            if not MetricTotal.objects.filter(**row).update(value=change):
                MetricTotal.objects.create(**row, value=value)


def series(scope: Scope, name: str, since: float, dimension: str = "") -> list[tuple[int, float]]:
    """Answer a metric's (minute, value) pairs since a time, oldest first; minutes without a value are absent."""
    rows = MetricMinute.objects.filter(
        account=scope.account, region=scope.region, name=name, dimension=dimension, minute__gte=int(since)
    )
    return list(rows.order_by("minute").values_list("minute", "value"))


def series_of_rules(scope: Scope, name: str, since: float, *, of_actions: bool = False) -> list[tuple[int, float]]:
    """Answer a metric's (minute, value) pairs, added up over all rules, or over all their actions."""
    rows = MetricMinute.objects.filter(
        account=scope.account, region=scope.region, name=name, minute__gte=int(since)
    ).exclude(dimension="")
    rows = rows.filter(dimension__contains="/") if of_actions else rows.exclude(dimension__contains="/")
    return list(rows.values("minute").annotate(total=Sum("value")).order_by("minute").values_list("minute", "total"))


def sums(scope: Scope, since: float, *, names: Iterable[str]) -> dict[Key, float]:
    """Add up metrics since a time, by (name, dimension)."""
    rows = MetricMinute.objects.filter(
        account=scope.account, region=scope.region, name__in=list(names), minute__gte=int(since)
    )
    found = rows.values_list("name", "dimension").annotate(total=Sum("value"))
    return {(name, dimension): total for name, dimension, total in found}


def totals(scope: Scope, dimension: str | None = None) -> dict[Key, float]:
    """Answer all metrics since the installation began, or those of a dimension."""
    rows = MetricTotal.objects.filter(account=scope.account, region=scope.region)
    if dimension is not None:
        rows = rows.filter(dimension=dimension)
    return {(name, dim): value for name, dim, value in rows.values_list("name", "dimension", "value")}


def of_rule(scope: Scope, rule_name: str, *, since: float | None = None) -> dict[Key, float]:
    """Answer the metrics of a rule and of its actions, by (name, dimension), of all time or since a time."""
    own = Q(dimension=rule_name) | Q(dimension__startswith=f"{rule_name}/")
    own &= Q(account=scope.account, region=scope.region)
    rows: QuerySet[Any] = MetricTotal.objects.filter(own)
    if since is not None:
        rows = MetricMinute.objects.filter(own, minute__gte=int(since) // MINUTE * MINUTE)
    found = rows.values_list("name", "dimension").annotate(total=Sum("value"))
    # SQLite compares beginnings without regard to case.
    return {(name, dim): total for name, dim, total in found if dim.partition("/")[0] == rule_name}


def prune(scope: Scope) -> None:
    """Forget minutes that are too old."""
    before = int(time.time()) - KEPT_SECONDS
    MetricMinute.objects.filter(account=scope.account, region=scope.region, minute__lt=before).delete()


def prometheus(scope: Scope) -> str:
    """Write all totals in Prometheus's text format."""
    lines: list[str] = []
    named = ""
    for (name, dimension), value in sorted(totals(scope).items()):
        metric = "thingstead_" + _snake(name)
        kind = "gauge" if is_gauge(name) else "counter"
        if kind == "counter":
            metric += "_total"
        if metric != named:
            lines.append(f"# TYPE {metric} {kind}")
            named = metric
        lines.append(f"{metric}{_labels(dimension)} {value:.15g}")
    return "\n".join([*lines, ""])


def _snake(name: str) -> str:
    written = ""
    for previous, character in zip(" " + name, name, strict=False):
        if character.isupper() and previous.islower():
            written += "_"
        written += character.lower() if character.isalnum() else "_"
    return written


def _labels(dimension: str) -> str:
    if not dimension:
        return ""
    rule, _, action = dimension.partition("/")
    pairs = [("rule", rule), *([("action", action)] if action else [])]
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in pairs) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
