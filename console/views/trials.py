"""The workbench's trials: the statement as it is typed, which runs nothing, and one action, which runs for real."""

import json
import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import path

from console.changes import changing
from console.forms.rules import LABELS, RULE_NAME, ActionPart, posted_error, posted_parts, read_pairs
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.core import errors
from iot.core.message import Message, Properties, Sender
from iot.core.sql import NEW_VERSION
from iot.services import action_trials, rule_trials
from iot.services.asking import ask

TEMPLATED = re.compile(r"action-\d+-(topic|url)")
ANSWER_SECONDS = action_trials.BRIDGE_SECONDS + 3
NAMELESS, ERROR = "trial", "error"


@page("POST", change="viewer")
def rule_try(request: ConsoleRequest) -> HttpResponse:
    """Evaluate what is typed for the sample; nothing is saved and no action runs."""
    posted = _posted(request)
    message = _sample(posted)
    templates = [value for name, value in posted.items() if TEMPLATED.fullmatch(name) and "${" in value]
    trial = rule_trials.try_rule(
        settings.SCOPE, sql=_sql(posted), version=_version(posted), message=message, templates=templates
    )
    loops = [text for text in templates if may_feed_itself(text, trial.topic_filter)]
    context = {"trial": trial, "topic": message.topic, "loops": loops}
    return show(request, "rules/result", context, part="result")


@page("POST")
def action_try(request: ConsoleRequest) -> HttpResponse:
    """Have the bridge run one action as it stands in the form, for the sample, and show what came of it."""
    wanted = request.GET.get("part", "")
    part = (
        posted_error(request.POST)
        if wanted == ERROR
        else next((one for one in posted_parts(request.POST) if one.prefix == wanted), None)
    )
    if part is None:
        raise Http404(wanted)
    tried = _try(request, part)
    tried["requests"] = [_pretty(text) for text in tried.get("requests", ())]
    tried["more"] = tried.get("count", 0) - len(tried["requests"])
    return show(request, "rules/tried", {"tried": tried, "label": LABELS.get(part.kind, part.kind)}, part="tried")


def may_feed_itself(template: str, topic_filter: str | None) -> bool:
    """Say whether a republished topic's fixed beginning can lead into a filter."""
    if not topic_filter:
        return False
    fixed, wanted = template.split("${")[0], topic_filter.split("+")[0].split("#")[0]
    return fixed.startswith(wanted) or wanted.startswith(fixed)


def _try(request: ConsoleRequest, part: ActionPart) -> dict[str, Any]:
    if not part.form.is_valid():
        faults = [f"{part.form[name].label}: {' '.join(found)}" for name, found in part.form.errors.items()]
        return {"outcome": "invalid", "reason": " ".join(faults)}
    posted = _posted(request)
    name = posted.get("name", "")
    name = name if re.fullmatch(RULE_NAME, name) else NAMELESS
    try:
        with changing(request, "TestTopicRuleAction", settings.SCOPE.arn("rule", name)) as change:
            order = action_trials.order(
                settings.SCOPE,
                rule_name=name,
                sql=_sql(posted),
                version=_version(posted),
                action=part.action,
                message=_sample(posted),
                is_error_action=part.prefix == ERROR,
            )
            found = ask(action_trials.TOPIC, order, seconds=ANSWER_SECONDS) or {"outcome": "unanswered"}
            change.after = {"action": part.kind, "outcome": found["outcome"]}
    except errors.AwsError as error:
        return {"outcome": "invalid", "reason": error.message}
    return found


def _sample(posted: dict[str, str]) -> Message:
    return Message(
        posted.get("sample-topic") or "sample",
        posted.get("sample-payload", "").replace("\r\n", "\n").encode(),
        properties=Properties(user_properties=tuple(read_pairs(posted.get("sample-properties", "")))),
        sender=Sender(client_id=posted.get("sample-client") or "n/a"),
    )


def _posted(request: ConsoleRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.POST.items()}


def _sql(posted: dict[str, str]) -> str:
    return posted.get("sql", "").replace("\r\n", "\n")


def _version(posted: dict[str, str]) -> str:
    return posted.get("version", NEW_VERSION)


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


urlpatterns = [
    path("rules/new/try/", rule_try, name="rule_try"),
    path("rules/new/action/try/", action_try, name="action_try"),
]
