"""The list of rules with what they did in the last hour, and the undoing of a deletion."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.lists import paged, read_sorting, show_list
from console.panels import rule_panel
from console.roles import ConsoleRequest, page
from console.views.rules import DELETED, HOUR, write_locals
from iot.services import metrics, rule_failures, topic_rules
from iot.services.paging import paginate_list

PAGE = 100
ORDERS = ("name", "matched", "failed")
COUNTED = ("TopicMatch", "Failure")


@page("GET", "POST")
def rules(request: ConsoleRequest) -> HttpResponse:
    if request.method == "POST":
        return _undo(request)
    return show_list(request, "rules/list", rule_panel, lambda: _listed(request))


def _listed(request: ConsoleRequest) -> dict[str, Any]:
    """All rules are ordered at once: there are at most a thousand, and their counts are summed for all anyway."""
    text, sorting = request.GET.get("q", "").strip(), read_sorting(request, ORDERS, "name")
    rows = topic_rules.topic_rules(settings.SCOPE).order_by("name")
    if text:
        rows = rows.filter(name__icontains=text)
    hour = metrics.sums(settings.SCOPE, time.time() - HOUR, names=COUNTED)
    found: list[dict[str, Any]] = [
        {
            "rule": row,
            "name": row.name,
            "filter": topic_rules.pattern_of(row),
            "actions": [next(iter(action), "") for action in row.actions],
            "matched": int(hour.get(("TopicMatch", row.name), 0)),
            "failed": int(hour.get(("Failure", row.name), 0)),
        }
        for row in rows
    ]
    found.sort(key=lambda one: one[sorting.key], reverse=sorting.descending)
    token = request.GET.get("after") or None
    shown, following = paginate_list(found, scope=settings.SCOPE, kind="rules", token=token, limit=PAGE)
    newest = rule_failures.newest(settings.SCOPE, [one["name"] for one in shown])
    return {
        "rows": [{**one, "last": newest.get(one["name"])} for one in shown],
        "query": text,
        "sorting": sorting,
        **paged(request, following or ""),
        "commands": commands(request, (_("List rules"), "iot", "ListTopicRules", {})),
    }


def _undo(request: ConsoleRequest) -> HttpResponse:
    """Make the rule again that this session deleted last."""
    deleted = request.session.pop(DELETED, None)
    if deleted is None or request.POST.get("do") != "undo":
        return redirect("rules")
    with changing(request, "CreateTopicRule", settings.SCOPE.arn("rule", deleted["name"])) as change:
        change.after = deleted["payload"]
        topic_rules.create_topic_rule(settings.SCOPE, rule_name=deleted["name"], topic_rule_payload=deleted["payload"])
        write_locals(deleted["name"], deleted["locals"])
    return redirect("rule", deleted["name"])


urlpatterns = [path("rules/", rules, name="rules")]
