"""Retained messages: found, looked at, replaced, deleted."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages as notes
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.changes import changing
from console.commands import commands
from console.forms.messages import PublishForm
from console.live import written_payload
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.services import messages

PAGE = 50


@page("GET")
def retained(request: ConsoleRequest) -> HttpResponse:
    """Pages go by topic, so that they cost the same however many there are."""
    text, after = request.GET.get("q", "").strip(), request.GET.get("after", "")
    rows = messages.retained_messages(settings.SCOPE).order_by("topic")
    if text:
        rows = rows.filter(topic__icontains=text)
    found = list(rows.filter(topic__gt=after)[: PAGE + 1])
    kept = {"q": text} if text else {}
    context = {
        "rows": [(row, shown(bytes(row.payload), 120)) for row in found[:PAGE]],
        "query": text,
        "following": f"?{urlencode({**kept, 'after': found[PAGE - 1].topic})}" if len(found) > PAGE else "",
        "first": f"?{urlencode(kept)}" if after else "",
        "commands": commands(request, (_("List retained messages"), "iot-data", "ListRetainedMessages", {})),
    }
    return show(request, "retained/list", context, part="rows")


@page("GET")
def retained_message(request: ConsoleRequest) -> HttpResponse:
    topic = request.GET.get("topic", "")
    row = messages.get_retained_message(settings.SCOPE, topic=topic)
    payload = bytes(row.payload)
    written = written_payload(payload, len(payload))
    initial = {
        "topic": topic,
        "payload": written.get("text", written.get("base64", "")),
        "encoding": "text" if "text" in written else "base64",
        "qos": row.qos,
        "retain": True,
        "user_properties": "\n".join(f"{name}: {value}" for name, value in row.user_properties),
    }
    context = {
        "row": row,
        "payload": written,
        "size": len(payload),
        "form": PublishForm(initial=initial),
        "commands": commands(
            request,
            (_("Get this message"), "iot-data", "GetRetainedMessage", {"topic": topic}),
            (_("Delete it"), "iot-data", "Publish", {"topic": topic, "retain": True, "payload": b""}),
        ),
    }
    return show(request, "retained/detail", context)


@page("POST")
def retained_delete(request: ConsoleRequest) -> HttpResponse:
    """Delete the chosen messages by an empty retained one; more than one asks for the number to be typed."""
    topics = request.POST.getlist("selected")
    phrase = ngettext("delete %(count)s message", "delete %(count)s messages", len(topics)) % {"count": len(topics)}
    if len(topics) > 1 and request.POST.get("confirm", "").strip() != phrase:
        fault = _("Type exactly: %(phrase)s") % {"phrase": phrase} if "confirm" in request.POST else ""
        context = {"topics": topics, "phrase": phrase, "fault": fault}
        return show(request, "retained/delete", context, status=422 if fault else 200)
    for topic in topics:
        with changing(request, "Publish", topic) as change:
            change.after = {"retain": True, "size": 0}
            messages.publish(
                settings.SCOPE,
                topic=topic,
                payload=b"",
                qos=1,
                retain=True,
                principal=request.user.get_username(),
                address=request.META.get("REMOTE_ADDR") or "",
            )
    if topics:
        text = ngettext("%(count)s retained message deleted.", "%(count)s retained messages deleted.", len(topics))
        notes.success(request, text % {"count": len(topics)})
    return HttpResponseRedirect(reverse("retained"))


def shown(payload: bytes, limit: int) -> str:
    """Write the beginning of a payload for a list."""
    written: dict[str, Any] = written_payload(payload, limit)
    text = written["text"] if "text" in written else payload[: limit // 3].hex(" ")
    return f"{text} …" if written["cut"] else str(text)


urlpatterns = [
    path("messages/retained/", retained, name="retained"),
    path("messages/retained/message/", retained_message, name="retained_message"),
    path("messages/retained/delete/", retained_delete, name="retained_delete"),
]
