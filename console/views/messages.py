"""The MQTT client: what it subscribes to is in the URL, the messages come by `/ws/live/`, publishing is a form."""

from contextlib import nullcontext
from typing import Any

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.changes import changing
from console.commands import commands
from console.forms.messages import PublishForm
from console.live import COLOURS, read_watches
from console.pages import show
from console.roles import OPERATOR, ConsoleRequest, page, reaches
from iot.services import account_settings, kits, messages, things, topic_rules

SUGGESTIONS = 40
MOST_SAVED = 50
WORDS = {
    "broker": gettext_lazy("The broker does not answer; waiting for it."),
    "empty": gettext_lazy("(empty)"),
    "granted": gettext_lazy("QoS %asked · granted %granted"),
    "unsubscribe": gettext_lazy("Unsubscribe %filter"),
    "same": gettext_lazy("same"),
    "values": gettext_lazy("%count values · %least … %most · now %now"),
    "retained": gettext_lazy("retained"),
    "republished": gettext_lazy("republished %hops ×"),
    "cloud": gettext_lazy("unknown: it came from the cloud itself or from before the stamp"),
    "valid": gettext_lazy("Valid JSON"),
    "invalid": gettext_lazy("Not JSON: %fault"),
    "plain": gettext_lazy("Plain text"),
}
EXAMPLE = b'{"temperature": 21.5}'


@page("GET")
def client(request: ConsoleRequest) -> HttpResponse:
    watches = read_watches(
        request.GET.getlist("filter"),
        may_see_reserved=reaches(request.role, OPERATOR),
        secret_group=settings.BRIDGE_GROUP,
    )
    initial = {
        "topic": request.GET.get("topic", ""),
        "payload": request.GET.get("payload", ""),
        "qos": request.GET.get("qos", "0"),
        "encoding": "text",
    }
    context = {
        "words": WORDS,
        "watches": [(one, index % COLOURS + 1) for index, one in enumerate(watches)],
        "form": PublishForm(initial=initial),
        "topics": suggestions(),
        "saved": saved_of(request),
        "query": request.GET.get("q", ""),
        "within": request.GET.get("in", ""),
        "tree": request.GET.get("view") == "tree",
        "commands": commands(request, _command(initial["topic"] or "devices/my-first-device/telemetry", EXAMPLE, 1)),
    }
    return show(request, "messages/page", context)


@page("POST")
def publish(request: ConsoleRequest) -> HttpResponse:
    form = PublishForm(request.POST)
    if not form.is_valid():
        return show(request, "messages/publish", {"form": form, "topics": suggestions()}, part="fields", status=422)
    data = form.cleaned_data
    with _audited(request, data["topic"]):
        messages.publish(
            settings.SCOPE,
            topic=data["topic"],
            payload=data["bytes"],
            qos=data["qos"],
            retain=data["retain"],
            properties=form.properties,
            principal=request.user.get_username(),
            address=request.META.get("REMOTE_ADDR") or "",
        )
    if request.htmx:
        context = {"form": form, "published": True, "topics": suggestions()}
        return show(request, "messages/publish", context, part="fields")
    notes.success(request, _("Published on %(topic)s.") % {"topic": data["topic"]})
    return redirect(f"{reverse('messages')}?topic={data['topic']}")


@page("POST", change="viewer")
def saved(request: ConsoleRequest) -> HttpResponse:
    """Keep a user's own set of subscriptions, or a message to publish, under a name; or forget it."""
    kept = [one for one in saved_of(request) if one["name"] != request.POST.get("name")]
    if request.POST.get("do") != "delete":
        entry = {
            "name": request.POST.get("name", "")[:60] or _("unnamed"),
            "query": request.POST.get("query", "")[:4000],
        }
        kept = [*kept, entry][-MOST_SAVED:]
    account_settings.write(settings.SCOPE, _saved_name(request), kept)
    return show(request, "messages/saved", {"saved": kept}, part="list")


def saved_of(request: ConsoleRequest) -> list[dict[str, str]]:
    found: list[dict[str, str]] = account_settings.read(settings.SCOPE, _saved_name(request), [])
    return found


def suggestions() -> list[str]:
    """Answer topics worth offering: retained ones, those of rules, those of things."""
    retained = list(messages.retained_messages(settings.SCOPE).values_list("topic", flat=True)[:SUGGESTIONS])
    rules = [topic_rules.pattern_of(row) for row in topic_rules.topic_rules(settings.SCOPE)[:SUGGESTIONS]]
    names = things.things(settings.SCOPE).order_by("-id").values_list("name", flat=True)[:SUGGESTIONS]
    own = [kits.telemetry_topic(name) for name in names]
    return [topic for topic in dict.fromkeys([*retained, *rules, *own]) if topic][: 2 * SUGGESTIONS]


def _saved_name(request: ConsoleRequest) -> str:
    return f"console.saved-messages.{request.user.pk}"


def _audited(request: ConsoleRequest, topic: str) -> Any:
    """A row for a publish, where data-plane calls are audited at all."""
    if settings.AUDIT_DATA_PLANE:
        return changing(request, "Publish", topic)
    return nullcontext()


def _command(topic: str, payload: bytes, qos: int) -> tuple[str, str, str, dict[str, Any]]:
    return (_("Publish a message"), "iot-data", "Publish", {"topic": topic, "qos": qos, "payload": payload})


urlpatterns = [
    path("messages/", client, name="messages"),
    path("messages/publish/", publish, name="publish"),
    path("messages/saved/", saved, name="saved_messages"),
]
