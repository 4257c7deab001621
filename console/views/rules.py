"""Rules: one rule with its numbers, the workbench where it is written and tried, and its JSON both ways."""

import json
import time
from typing import Any

from django.conf import settings
from django.contrib import messages as notes
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.changes import changing
from console.commands import commands
from console.forms.fields import parse_json
from console.forms.rules import (
    ALL_KINDS,
    KINDS,
    LABELS,
    LOCAL_KINDS,
    MOST_ACTIONS,
    ActionPart,
    RuleForm,
    error_part,
    first_action,
    initial_of,
    local_parts,
    parts_of,
    posted_error,
    posted_parts,
)
from console.pages import show
from console.roles import ConsoleRequest, page
from console.undo import offer_undo
from console.views.messages import suggestions
from iot.core import errors
from iot.core.sql import NEW_VERSION, catalogue
from iot.services import audit, local_actions, messages, metrics, rule_failures, topic_rules

HOUR, DAY = 3600, 86_400
DELETED = "deleted_rule"
COUNTED = ("TopicMatch", "RulesExecuted", "Success", "Failure", "ErrorActionSuccess", "ErrorActionFailure", "Retried")
EXAMPLES = (
    (
        gettext_lazy("Pass on what is too warm"),
        "SELECT temperature, topic(2) AS thing FROM 'devices/+/telemetry' WHERE temperature > 25",
    ),
    (gettext_lazy("All fields and the time"), "SELECT *, timestamp() AS at, clientid() AS client FROM 'devices/#'"),
    (
        gettext_lazy("A field inside"),
        "SELECT state.reported.battery AS battery FROM '$aws/things/+/shadow/update/accepted'",
    ),
    (
        gettext_lazy("When a device goes"),
        "SELECT clientId, disconnectReason FROM '$aws/events/presence/disconnected/#'",
    ),
)
Context = dict[str, Any]


@page("GET", "POST")
def rule(request: ConsoleRequest, name: str) -> HttpResponse:
    row = _find(name)
    if request.method == "POST":
        return _change(request, row)
    now = time.time()
    hour = metrics.sums(settings.SCOPE, now - HOUR, names=COUNTED)
    day = metrics.sums(settings.SCOPE, now - DAY, names=COUNTED)
    payload = payload_of(row)
    context: Context = {
        "row": row,
        "filter": topic_rules.pattern_of(row),
        "counts": [(metric, int(hour.get((metric, name), 0)), int(day.get((metric, name), 0))) for metric in COUNTED],
        "actions": [_action_counts(row, index, action, hour, day) for index, action in enumerate(row.actions)],
        "locals": locals_of(name),
        "example": topic_rules.pattern_of(row).replace("+", "sensor-12").replace("#", "example") or "example",
        "document": payload,
        "failures": list(rule_failures.failures(settings.SCOPE, rule_name=name)[:5]),
        "history": _history(row),
        "commands": commands(
            request,
            (_("Get the rule"), "iot", "GetTopicRule", {"ruleName": name}),
            (_("Create it elsewhere"), "iot", "CreateTopicRule", {"ruleName": name, "topicRulePayload": payload}),
        ),
    }
    return show(request, "rules/detail", context)


@page("GET", "POST")
def rule_new(request: ConsoleRequest) -> HttpResponse:
    if request.method == "POST":
        return _save(request, None) if request.POST.get("do") != "load" else _load(request, None)
    copied = request.GET.get("copy", "")
    payload: Context = {"awsIotSqlVersion": NEW_VERSION}
    if copied:
        payload = {**payload_of(_find(copied)), "ruleName": ""}
    elif request.GET.get("topic"):
        payload["sql"] = f"SELECT *\nFROM '{request.GET['topic'].replace(chr(39), chr(39) * 2)}'"
    return _show_bench(
        request, None, RuleForm(initial=initial_of(payload)), parts_of(payload.get("actions", [])), payload
    )


@page("GET", "POST")
def rule_edit(request: ConsoleRequest, name: str) -> HttpResponse:
    row = _find(name)
    if request.method == "POST":
        return _save(request, row) if request.POST.get("do") != "load" else _load(request, row)
    payload = payload_of(row)
    form = RuleForm(initial=initial_of(payload, name), fixed_name=True)
    parts = [*parts_of(row.actions), *local_parts(locals_of(name), len(row.actions))]
    return _show_bench(request, row, form, parts, payload)


@page("GET")
def rule_action(request: ConsoleRequest) -> HttpResponse:
    """The form of a new action, for the workbench to take in."""
    kind, number = request.GET.get("kind", ""), request.GET.get("number", "0")
    is_error = request.GET.get("for") == "error"
    if kind not in (KINDS if is_error else ALL_KINDS) or not number.isdecimal():
        raise Http404(kind)
    prefix = "error" if is_error else f"action-{number}"
    return show(request, "rules/action", {"part": ActionPart(prefix, kind, first_action(kind))}, part="part")


def payload_of(row: Any) -> Context:
    """A rule as CreateTopicRule takes it."""
    found = {
        "sql": row.sql,
        "description": row.description or None,
        "actions": row.actions,
        "ruleDisabled": row.disabled,
        "awsIotSqlVersion": row.sql_version,
        "errorAction": row.error_action,
    }
    return {key: value for key, value in found.items() if value is not None}


def _find(name: str) -> Any:
    try:
        return topic_rules.find_topic_rule(settings.SCOPE, name)
    except errors.UnauthorizedException:
        raise Http404(name) from None


def _show_bench(
    request: ConsoleRequest,
    row: Any,
    form: RuleForm,
    parts: list[ActionPart],
    payload: Context,
    *,
    error: ActionPart | None = None,
    status: int = 200,
    fault: str = "",
) -> HttpResponse:
    retained = list(messages.retained_messages(settings.SCOPE).order_by("topic")[:20])
    context: Context = {
        "row": row,
        "form": form,
        "parts": parts,
        "error": error or error_part(payload.get("errorAction")),
        "kinds": [(kind, LABELS.get(kind, kind)) for kind in ALL_KINDS],
        "error_kinds": [(kind, LABELS.get(kind, kind)) for kind in KINDS],
        "fault": fault,
        "document": json.dumps(payload, indent=2, ensure_ascii=False),
        "functions": catalogue(),
        "topics": suggestions(),
        "examples": EXAMPLES,
        "retained": [
            {"topic": one.topic, "payload": bytes(one.payload)[:4000].decode(errors="replace")} for one in retained
        ],
        "sample": {
            "topic": request.POST.get("sample-topic") or request.GET.get("topic") or "devices/sensor-12/telemetry",
            "payload": request.POST.get("sample-payload") or request.GET.get("sample") or '{"temperature": 26.5}',
            "client": request.POST.get("sample-client") or request.GET.get("client") or "sensor-12",
        },
        "commands": commands(request, _saving(row, form, payload)),
    }
    return show(request, "rules/bench", context, status=status)


def _saving(row: Any, form: RuleForm, payload: Context) -> tuple[str, str, str, Context]:
    """The call that saves the rule as the page began; a new one has an example's statement."""
    kept = {key: value for key, value in payload.items() if key != "ruleName"}
    rule = {"actions": [], **kept, "sql": form["sql"].value() or EXAMPLES[0][1]}
    if row is not None:
        return (_("Replace the rule"), "iot", "ReplaceTopicRule", {"ruleName": row.name, "topicRulePayload": rule})
    name = form["name"].value() or "too_warm"
    return (_("Create the rule"), "iot", "CreateTopicRule", {"ruleName": name, "topicRulePayload": rule})


def _save(request: ConsoleRequest, row: Any) -> HttpResponse:
    form = RuleForm(request.POST, fixed_name=row is not None)
    parts, error = posted_parts(request.POST), posted_error(request.POST)
    valid = form.is_valid()
    for part in (*parts, *([error] if error else [])):
        valid = part.form.is_valid() and valid
    if not valid:
        return _show_bench(request, row, form, parts, {}, error=error, status=422)
    data = form.cleaned_data
    name = row.name if row is not None else data["name"]
    payload: Context = {
        "sql": data["sql"],
        "description": data["description"],
        "awsIotSqlVersion": data["version"],
        "ruleDisabled": not data["enabled"],
        "actions": [part.action for part in parts if part.kind not in LOCAL_KINDS],
    }
    local = [(part.kind, part.action[part.kind]) for part in parts if part.kind in LOCAL_KINDS]
    if error is not None:
        payload["errorAction"] = error.action
    if len(parts) > MOST_ACTIONS:
        form.add_error(None, _("A rule has at most 10 actions."))
        return _show_bench(request, row, form, parts, payload, error=error, status=422)
    try:
        _write(request, row, name, payload)
        write_locals(name, local)
    except errors.AwsError as refusal:
        form.add_error(None, refusal.message)
        return _show_bench(request, row, form, parts, payload, error=error, status=422)
    notes.success(request, _("Rule %(name)s is saved. It is in force within a second.") % {"name": name})
    return redirect("rule", name)


def _write(request: ConsoleRequest, row: Any, name: str, payload: Context) -> None:
    arn = settings.SCOPE.arn("rule", name)
    if row is None:
        with changing(request, "CreateTopicRule", arn) as change:
            change.after = payload_of(
                topic_rules.create_topic_rule(settings.SCOPE, rule_name=name, topic_rule_payload=payload)
            )
        return
    with changing(request, "ReplaceTopicRule", arn, before=payload_of(row)) as change:
        change.after = payload_of(
            topic_rules.replace_topic_rule(settings.SCOPE, rule_name=name, topic_rule_payload=payload)
        )


def locals_of(name: str) -> list[tuple[str, Context]]:
    """A rule's local actions as (kind, name and parameters)."""
    rows = local_actions.local_actions(settings.SCOPE, rule_name=name)
    return [(row.kind, {"name": row.name, **row.parameters}) for row in rows]


def write_locals(name: str, wanted: list[tuple[str, Context]]) -> None:
    """Make a rule's local actions those that are wanted; what others had stored stays."""
    kept = {(kind, given["name"]) for kind, given in wanted}
    for kind, given in locals_of(name):
        if (kind, given["name"]) not in kept:
            local_actions.delete_local_action(settings.SCOPE, rule_name=name, kind=kind, name=given["name"])
    for kind, given in wanted:
        parameters = {key: value for key, value in given.items() if key != "name"}
        local_actions.put_local_action(
            settings.SCOPE, rule_name=name, kind=kind, name=given["name"], parameters=parameters
        )


def _load(request: ConsoleRequest, row: Any) -> HttpResponse:
    """Fill the workbench from JSON: a topicRulePayload, or what GetTopicRule answers."""
    try:
        found = parse_json(request.POST.get("document", ""))
        payload = found.get("rule", found) if isinstance(found, dict) else None
        if not isinstance(payload, dict) or not isinstance(payload.get("sql"), str):
            raise ValueError(_("It must be an object with sql and actions."))
        parts = parts_of([action for action in payload.get("actions", []) if isinstance(action, dict)])
    except (ValidationError, ValueError, TypeError, AttributeError) as error:
        payload, parts = {}, []
        fault = " ".join(getattr(error, "messages", [str(error)]))
        return _show_bench(request, row, RuleForm(), parts, payload, status=422, fault=fault)
    form = RuleForm(initial=initial_of(payload, row.name if row else ""), fixed_name=row is not None)
    return _show_bench(request, row, form, parts, payload)


def _change(request: ConsoleRequest, row: Any) -> HttpResponse:
    wanted = request.POST.get("do")
    arn = row.arn
    if wanted in ("enable", "disable"):
        enabled = wanted == "enable"
        with changing(request, "EnableTopicRule" if enabled else "DisableTopicRule", arn):
            topic_rules.set_enabled(settings.SCOPE, rule_name=row.name, enabled=enabled)
        text = _("Rule %(name)s is enabled.") if enabled else _("Rule %(name)s is disabled.")
        undo = {"do": "disable" if enabled else "enable"}
        offer_undo(request, text % {"name": row.name}, reverse("rule", args=[row.name]), undo)
        return redirect("rule", row.name)
    if wanted == "run":
        return _run(request, row)
    if wanted == "delete":
        payload, kept = payload_of(row), locals_of(row.name)
        with changing(request, "DeleteTopicRule", arn, before=payload):
            topic_rules.delete_topic_rule(settings.SCOPE, rule_name=row.name)
        request.session[DELETED] = {"name": row.name, "payload": payload, "locals": kept}
        offer_undo(request, _("Rule %(name)s is deleted.") % {"name": row.name}, reverse("rules"), {"do": "undo"})
        return redirect("rules")
    return HttpResponseRedirect(reverse("rule", args=[row.name]))


def _run(request: ConsoleRequest, row: Any) -> HttpResponse:
    """Hand the rule a message by Basic Ingest: this rule alone sees it, and its actions run for real."""
    topic, payload = request.POST.get("topic", "").strip("/"), request.POST.get("payload", "")
    with changing(request, "Publish", f"$aws/rules/{row.name}/{topic}"):
        messages.publish(
            settings.SCOPE,
            topic=f"$aws/rules/{row.name}/{topic}",
            payload=payload.replace("\r\n", "\n").encode(),
            qos=1,
            principal=request.user.get_username(),
            address=request.META.get("REMOTE_ADDR") or "",
        )
    if request.htmx:
        return HttpResponse(status=204)
    notes.success(request, _("The rule was given the message."))
    return redirect("rule", row.name)


def _action_counts(row: Any, index: int, action: Context, hour: Any, day: Any) -> Context:
    kind = next(iter(action), "")
    dimension = f"{row.name}/{index}:{kind}"
    return {
        "kind": kind,
        "label": LABELS.get(kind, kind),
        "parameters": action[kind],
        "hour": [int(hour.get((metric, dimension), 0)) for metric in ("Success", "Failure")],
        "day": [int(day.get((metric, dimension), 0)) for metric in ("Success", "Failure")],
    }


def _history(row: Any) -> list[Any]:
    """The changes that the audit knows, with what was before and after."""
    entries = audit.entries(settings.SCOPE).filter(resource__in=(row.arn, row.name), outcome="ok")
    return list(entries.filter(operation__endswith="TopicRule")[:20])


urlpatterns = [
    path("rules/new/", rule_new, name="rule_new"),
    path("rules/new/action/", rule_action, name="rule_action"),
    path("rules/<str:name>/edit/", rule_edit, name="rule_edit"),
    path("rules/<str:name>/", rule, name="rule"),
]
