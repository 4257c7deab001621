"""What rules failed at: every failed action with its message, reason and request; retried or thrown away."""

import json
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.contrib import messages as notes
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.changes import changing
from console.commands import OWN, commands
from console.live import written_payload
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.core import errors
from iot.services import rule_failures, topic_rules

PAGE = 50
SHOWN_BYTES = 8192
MOST_DIGITS = 18  # of a key: more is no number of the database


@page("GET", "POST")
def failures(request: ConsoleRequest, name: str) -> HttpResponse:
    try:
        row = topic_rules.find_topic_rule(settings.SCOPE, name)
    except errors.UnauthorizedException:
        raise Http404(name) from None
    if request.method == "POST":
        return _change(request, name)
    before = request.GET.get("before", "")
    state = request.GET.get("state", "")
    dead = {"given-up": True, "waiting": False}.get(state)
    rows = rule_failures.failures(settings.SCOPE, rule_name=name, dead=dead)
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: PAGE + 1])
    kept = {"state": state} if state else {}
    context: dict[str, Any] = {
        "row": row,
        "rows": [_shown(one) for one in found[:PAGE]],
        "state": state,
        "limit": rule_failures.KEPT_DEAD,
        "following": f"?{urlencode({**kept, 'before': found[PAGE - 1].pk})}" if len(found) > PAGE else "",
        "first": f"?{urlencode(kept)}" if before else "",
        "commands": commands(
            request,
            (_("List failures"), OWN, "GET /rule-failures", {"ruleName": name, "maxResults": PAGE}),
            (_("Try all again"), OWN, f"POST /rules/{name}/failures/retry", {}),
        ),
    }
    return show(request, "rules/failures", context)


def _change(request: ConsoleRequest, name: str) -> HttpResponse:
    """Retry or discard the chosen ones, or all of the rule where none is chosen and `all` is said."""
    chosen = [int(one) for one in request.POST.getlist("selected") if one.isdecimal() and len(one) <= MOST_DIGITS]
    wanted = request.POST.get("do", "")
    everything = wanted.endswith("-all")
    ids = None if everything else chosen
    if wanted.startswith("retry"):
        with changing(request, "RetryTopicRuleFailures", settings.SCOPE.arn("rule", name)) as change:
            count = rule_failures.retry(settings.SCOPE, failure_ids=ids, rule_name=name)
            change.after = {"count": count}
        text = ngettext("%(count)s request is tried again now.", "%(count)s requests are tried again now.", count)
        notes.success(request, text % {"count": count})
    elif wanted.startswith("discard") and (not everything or request.POST.get("confirm", "").strip() == name):
        with changing(request, "DiscardTopicRuleFailures", settings.SCOPE.arn("rule", name)) as change:
            count = rule_failures.discard(settings.SCOPE, failure_ids=ids, rule_name=name)
            change.after = {"count": count}
        text = ngettext("%(count)s failure thrown away.", "%(count)s failures thrown away.", count)
        notes.success(request, text % {"count": count})
    elif wanted:
        notes.error(request, _("Nothing was thrown away: type the rule's name to confirm."))
    return HttpResponseRedirect(reverse("rule_failures", args=[name]))


def _shown(row: Any) -> dict[str, Any]:
    message = rule_failures.message_of(row)
    payload = written_payload(message.payload, SHOWN_BYTES) if message is not None else {"text": ""}
    return {
        "row": row,
        "payload": payload.get("text", payload.get("base64", "")),
        "request": _request(bytes(row.request)),
        "dead": row.next_at is None,
    }


def _request(packed: bytes) -> str:
    if not packed:
        return ""
    try:
        return json.dumps(orjson.loads(packed), indent=2, ensure_ascii=False)[:SHOWN_BYTES]
    except orjson.JSONDecodeError:
        return str(written_payload(packed, SHOWN_BYTES).get("text", packed[:200].hex(" ")))


urlpatterns = [path("rules/<str:name>/failures/", failures, name="rule_failures")]
