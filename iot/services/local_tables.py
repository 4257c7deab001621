"""Tables of our own that rules write to: rows of JSON by time, kept for a while, read back as rows and as series."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet

from iot.core.arn import Scope
from iot.models import TableRow

DEFAULT_DAYS = 30
DEFAULT_ROWS = 1_000_000
PRUNE_EVERY = 1_000
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to be written; `trace` keeps a message that comes twice from making two rows."""

    table: str
    at: int
    rule: str
    topic: str
    trace: str
    data: bytes
    days: int = DEFAULT_DAYS
    rows: int = DEFAULT_ROWS


def write(scope: Scope, entries: Sequence[Entry]) -> None:
    """Write rows, in one transaction; old ones go now and then."""
    rows = [
        TableRow(
            account=scope.account,
            region=scope.region,
            table=one.table,
            at=one.at,
            rule=one.rule,
            topic=one.topic,
            trace=one.trace,
            data=one.data.decode(),
        )
        for one in entries
    ]
    with transaction.atomic():
        TableRow.objects.bulk_create(rows, ignore_conflicts=True, batch_size=200)
        newest = (
            TableRow.objects.filter(account=scope.account, region=scope.region).aggregate(Max("id"))["id__max"] or 0
        )
        if newest % PRUNE_EVERY < len(rows):
            for one in {entry.table: entry for entry in entries}.values():
                prune(scope, one.table, days=one.days, rows=one.rows)


def table_rows(scope: Scope, table: str, *, since: int | None = None, until: int | None = None) -> QuerySet[TableRow]:
    """Select a table's rows, newest first; times are epoch milliseconds."""
    found = TableRow.objects.filter(account=scope.account, region=scope.region, table=table).order_by("-at", "-id")
    if since is not None:
        found = found.filter(at__gte=since)
    return found if until is None else found.filter(at__lt=until)


def tables(scope: Scope) -> list[dict[str, Any]]:
    """List the tables with their number of rows and the times of the first and the last."""
    rows = TableRow.objects.filter(account=scope.account, region=scope.region).values("table")
    counted = rows.annotate(rows=Count("id"), first=Min("at"), last=Max("at")).order_by("table")
    return [dict(row) for row in counted]


def columns(rows: Sequence[TableRow]) -> list[str]:
    """Answer the keys of the rows' objects, in the order in which they first appear."""
    found: dict[str, None] = {}
    for row in rows:
        data = orjson.loads(row.data)
        if isinstance(data, dict):
            found.update(dict.fromkeys(data))
    return list(found)[:MOST_COLUMNS]


def series(scope: Scope, table: str, column: str, *, since: int, limit: int = 5_000) -> list[tuple[int, float]]:
    """Answer the numbers of a column by time, oldest first; at most the newest `limit`."""
    found = []
    for row in table_rows(scope, table, since=since)[:limit]:
        data = orjson.loads(row.data)
        value = data.get(column) if isinstance(data, dict) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((row.at, float(value)))
    return found[::-1]


def prune(scope: Scope, table: str, *, days: int = DEFAULT_DAYS, rows: int = DEFAULT_ROWS) -> None:
    """Delete rows that are older than `days`, and the oldest above `rows`."""
    found = TableRow.objects.filter(account=scope.account, region=scope.region, table=table)
    found.filter(at__lt=int(time.time() - days * 86_400) * 1000).delete()
    oldest = found.order_by("-id").values_list("id", flat=True)[rows : rows + 1].first()
    if oldest is not None:
        found.filter(id__lte=oldest).delete()


def drop(scope: Scope, table: str) -> int:
    """Delete all rows of a table; answers how many."""
    return TableRow.objects.filter(account=scope.account, region=scope.region, table=table).delete()[0]
