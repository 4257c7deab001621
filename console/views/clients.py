"""Clients: who is connected and who was, what they subscribed to, what they were refused; ending a connection."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Expression
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.lists import show_list, sorted_page
from console.live_activity import REASONS
from console.pages import show
from console.panels import client_panel
from console.roles import ConsoleRequest, page
from iot.services import certificates, connections, refusals, things
from iot.services.asking import ask

PAGE = 50
REFUSALS = 20
FLOW_SECONDS = 2.0
ORDERS: dict[str, str | Expression] = {"client": "client_id", "since": connections.last_change()}


@page("GET")
def clients(request: ConsoleRequest) -> HttpResponse:
    return show_list(request, "clients/list", client_panel, lambda: _listed(request))


@page("GET")
def client(request: ConsoleRequest, client_id: str) -> HttpResponse:
    row = connections.find_connection(settings.SCOPE, client_id)
    certificate_id = row.principal.rpartition("/")[2]
    certificate = certificates.certificates(settings.SCOPE).filter(certificate_id=certificate_id).first()
    attached = things.principal_things(settings.SCOPE, principal=certificate.arn) if certificate else ()
    parameters = {"clientId": client_id}
    context: dict[str, Any] = {
        "row": row,
        "reason": REASONS.get(row.disconnect_reason, row.disconnect_reason),
        "certificate": certificate,
        "things": [one.thing.name for one in attached],
        "refusals": list(refusals.refusals(settings.SCOPE, client_id=client_id)[:REFUSALS]),
        "history": row.history[::-1],
        "details": row.details,
        "subscriptions": sorted(row.subscriptions.items()),
        "commands": commands(
            request,
            (_("Describe the connection"), "iot-data", "GetConnection", parameters),
            *([(_("End the connection"), "iot-data", "DeleteConnection", parameters)] if row.connected else []),
        ),
    }
    return show(request, "clients/detail", context)


@page("GET")
def client_flow(request: ConsoleRequest, client_id: str) -> HttpResponse:
    """What is under way just now, asked of the gateway that holds the client."""
    row = connections.find_connection(settings.SCOPE, client_id)
    flow = ask(connections.flow_topic(client_id), {}, seconds=FLOW_SECONDS) if row.connected else None
    return show(request, "clients/flow", {"row": row, "flow": flow}, part="flow")


@page("POST")
def client_disconnect(request: ConsoleRequest, client_id: str) -> HttpResponse:
    clean, quiet = "clean" in request.POST, "quiet" in request.POST
    with changing(request, "DeleteConnection", client_id) as change:
        change.after = {"cleanSession": clean, "preventWillMessage": quiet}
        connections.delete_connection(settings.SCOPE, client_id=client_id, clean=clean, prevent_will=quiet)
    messages.success(request, _("The gateway was told to disconnect %(client)s.") % {"client": client_id})
    return HttpResponseRedirect(reverse("client", args=[client_id]))


def _listed(request: ConsoleRequest) -> dict[str, Any]:
    text, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    rows = connections.connections(settings.SCOPE)
    if text:
        rows = rows.filter(client_id__icontains=text)
    if state in ("on", "off"):
        rows = rows.filter(connected=state == "on")
    found, order = sorted_page(request, rows, ORDERS, "client", limit=PAGE)
    return {
        "rows": found,
        "query": text,
        "state": state,
        "reasons": REASONS,
        "connected": connections.connections(settings.SCOPE).filter(connected=True).count(),
        **order,
        "commands": commands(
            request,
            *(
                (_("Describe a connection"), "iot-data", "GetConnection", {"clientId": row.client_id})
                for row in found[:1]
            ),
        ),
    }


urlpatterns = [
    path("clients/", clients, name="clients"),
    path("clients/<path:client_id>/disconnect/", client_disconnect, name="client_disconnect"),
    path("clients/<path:client_id>/flow/", client_flow, name="client_flow"),
    path("clients/<path:client_id>/", client, name="client"),
]
