"""Traces: following a client, a topic or a rule live, and what became of one message."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from console.commands import OWN, commands
from console.forms.rules import read_pairs
from console.pages import show
from console.roles import OPERATOR, VIEWER, ConsoleRequest, page
from console.tracing import KINDS
from console.views.messages import suggestions
from iot.core import errors
from iot.core.message import Message, Properties, Sender
from iot.core.topic import validate_topic
from iot.services import connections, topic_rules
from iot.services.traces import trace

SUGGESTED = 100


@page("GET", read=OPERATOR)
def tracing(request: ConsoleRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    name = request.GET.get("name", "").strip()
    kind = kind if kind in KINDS else KINDS[0]
    clients = connections.connections(settings.SCOPE).filter(connected=True).order_by("client_id")
    rules = topic_rules.topic_rules(settings.SCOPE).order_by("name")
    context = {
        "kind": kind,
        "name": name,
        "kinds": ((KINDS[0], _("Client")), (KINDS[1], _("Topic")), (KINDS[2], _("Rule"))),
        "suggested": [
            *clients.values_list("client_id", flat=True)[:SUGGESTED],
            *rules.values_list("name", flat=True)[:SUGGESTED],
            *suggestions(),
        ],
        "commands": commands(
            request, (_("List what was refused"), OWN, "GET /refusals", {"clientId": name if kind == KINDS[0] else ""})
        ),
    }
    return show(request, "monitoring/trace", context)


@page("POST", change=VIEWER)
def trace_message(request: ConsoleRequest) -> HttpResponse:
    """What became of a message that the MQTT client has shown; it changes nothing and runs no action."""
    return show(request, "monitoring/message", {"one": trace(settings.SCOPE, _posted(request))}, part="message")


def _posted(request: ConsoleRequest) -> Message:
    posted: dict[str, Any] = request.POST.dict()
    validate_topic(posted.get("topic", ""))
    try:
        payload = (
            base64.b64decode(posted["base64"], validate=True)
            if "base64" in posted
            else posted.get("payload", "").encode()
        )
    except binascii.Error:
        raise errors.InvalidRequestException(_("The payload is not base64.")) from None
    hops = str(posted.get("sender-hops", "0"))
    sender = Sender(
        client_id=posted.get("sender-client_id", ""),
        principal=posted.get("sender-principal", ""),
        address=posted.get("sender-address", ""),
        hops=int(hops) if hops.isdecimal() else 0,
        protocol=posted.get("sender-protocol", "mqtt"),
    )
    return Message(
        posted["topic"],
        payload,
        qos=1 if posted.get("qos") == "1" else 0,
        properties=Properties(user_properties=tuple(read_pairs(posted.get("properties", "")))),
        sender=sender if "sender-client_id" in posted else None,
    )


urlpatterns = [
    path("monitoring/trace/", tracing, name="tracing"),
    path("monitoring/trace/message/", trace_message, name="trace_message"),
]
