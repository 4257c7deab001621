"""Tables that rules write to: listed, read as rows and as a chart, exported, dropped."""

import json
import time
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from console.changes import changing
from console.charts import line_chart
from console.commands import OWN, commands
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.services import local_tables

PAGE = 100
EXPORTED = 100_000
SHOWN_COLUMNS = 12
RANGES = {"1h": (3600, 60), "24h": (86_400, 900), "7d": (7 * 86_400, 3600)}


@page("GET")
def tables(request: ConsoleRequest) -> HttpResponse:
    context = {
        "tables": local_tables.tables(settings.SCOPE),
        "commands": commands(request, (_("List tables"), OWN, "GET /tables", {})),
    }
    return show(request, "rules/tables", context)


@page("GET", "POST")
def table(request: ConsoleRequest, name: str) -> HttpResponse:
    rows = local_tables.table_rows(settings.SCOPE, name)
    if request.method == "POST":
        return _drop(request, name)
    before = request.GET.get("before", "")
    if before.isdecimal():
        rows = rows.filter(at__lt=int(before))
    found = list(rows[: PAGE + 1])
    if not found and not before:
        raise Http404(_("Nothing has been written to the table %(name)s.") % {"name": name})
    columns = local_tables.columns(found)[:SHOWN_COLUMNS]
    column, chosen = request.GET.get("column", ""), request.GET.get("range", "1h")
    context: dict[str, Any] = {
        "name": name,
        "columns": columns,
        "rows": [(row, _cells(row.data, columns)) for row in found[:PAGE]],
        "column": column,
        "range": chosen if chosen in RANGES else "1h",
        "ranges": list(RANGES),
        "chart": _chart(name, column, chosen) if column else None,
        "following": f"?{urlencode({'before': found[PAGE - 1].at})}" if len(found) > PAGE else "",
        "first": "?" if before else "",
        "commands": commands(request, (_("List its rows"), OWN, f"GET /tables/{name}/rows", {"maxResults": PAGE})),
    }
    return show(request, "rules/table", context)


@page("GET")
def table_export(request: ConsoleRequest, name: str) -> HttpResponse:
    """The newest rows as JSON Lines."""
    lines = []
    for row in local_tables.table_rows(settings.SCOPE, name)[:EXPORTED].iterator():
        lines.append(orjson.dumps({"at": row.at, "rule": row.rule, "topic": row.topic, "data": orjson.loads(row.data)}))
    response = HttpResponse(b"\n".join(lines), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{name}.jsonl"'
    return response


def _drop(request: ConsoleRequest, name: str) -> HttpResponse:
    if request.POST.get("confirm", "").strip() != name:
        messages.error(request, _("Nothing was deleted: type the table's name to confirm."))
        return redirect("table", name)
    with changing(request, "DropTable", name) as change:
        count = local_tables.drop(settings.SCOPE, name)
        change.before = {"rows": count}
    messages.success(request, _("Table %(name)s is deleted.") % {"name": name})
    return redirect("tables")


def _chart(name: str, column: str, chosen: str) -> Any:
    seconds, step = RANGES.get(chosen, RANGES["1h"])
    end = int(time.time())
    points = local_tables.series(settings.SCOPE, name, column, since=(end - seconds) * 1000)
    series = [(column, [(at // 1000, value) for at, value in points])]
    return line_chart(column, series, start=end - seconds, end=end, step=step, gauge=True)


def _cells(data: str, columns: list[str]) -> list[str]:
    found = orjson.loads(data)
    if not isinstance(found, dict):
        return [json.dumps(found, ensure_ascii=False)]
    return [_cell(found[column]) if column in found else "" for column in columns]


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


urlpatterns = [
    path("tables/", tables, name="tables"),
    path("tables/<slug:name>/", table, name="table"),
    path("tables/<slug:name>/export/", table_export, name="table_export"),
]
