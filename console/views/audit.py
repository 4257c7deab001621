"""The audit: who changed what, when, from where, with the difference; and its export."""

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from console.commands import OWN, commands
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.services import audit
from iot.services.paging import paginate

PAGE = 100
EXPORTED = 10_000
CHANNELS = ("console", "api", "system")


@page("GET")
def audit_list(request: ConsoleRequest) -> HttpResponse:
    rows, filters = _filtered(request)
    token = request.GET.get("after") or None
    entries, following = paginate(rows, scope=settings.SCOPE, kind="audit", token=token, limit=PAGE, newest_first=True)
    kept = {name: value for name, value in filters.items() if value}
    context = {
        "entries": entries,
        "filters": filters,
        "filtered": bool(kept),
        "channels": CHANNELS,
        "kept": urlencode(kept),
        "following": f"?{urlencode({**kept, 'after': following})}" if following else "",
        "first": f"?{urlencode(kept)}" if token else "",
        "commands": commands(request, (_("List changes"), OWN, "GET /audit-entries", _asked(filters))),
    }
    return show(request, "audit/page", context, part="rows")


@page("GET")
def audit_export(request: ConsoleRequest) -> HttpResponse:
    """The newest rows that the filters leave, as JSON Lines."""
    rows, _filters = _filtered(request)
    lines = [json.dumps(_exported(row), ensure_ascii=False) for row in rows[:EXPORTED]]
    response = HttpResponse("\n".join([*lines, ""]), content_type="application/x-ndjson")
    response["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
    return response


def _asked(filters: dict[str, str]) -> dict[str, Any]:
    return {"text": filters["q"], "channel": filters["channel"], "maxResults": PAGE}


def _filtered(request: ConsoleRequest) -> tuple[Any, dict[str, str]]:
    filters = {name: request.GET.get(name, "").strip() for name in ("q", "who", "channel", "outcome")}
    rows = audit.entries(settings.SCOPE)
    if filters["q"]:
        rows = audit.matching(settings.SCOPE, filters["q"])
    if filters["who"]:
        rows = rows.filter(actor__contains=filters["who"])
    if filters["channel"] in CHANNELS:
        rows = rows.filter(channel=filters["channel"])
    if filters["outcome"] == "refused":
        rows = rows.exclude(outcome="ok")
    return rows, filters


def _exported(row: Any) -> dict[str, Any]:
    names = ("actor", "address", "channel", "operation", "resource", "outcome", "request_id", "before", "after")
    return {"at": row.at.isoformat(), **{name: getattr(row, name) for name in names}}


urlpatterns = [
    path("audit/", audit_list, name="audit"),
    path("audit/export/", audit_export, name="audit_export"),
]
