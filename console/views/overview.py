"""The first page: numbers, charts, what needs attention, and where devices connect."""

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.charts import line_chart, spell
from console.commands import commands
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.services import attention, audit, connections, metrics, thing_lists

HOUR, MINUTE = 3600, 60
TRAFFIC = ("PublishIn.Success", "PublishOut.Success")
OF_RULES = ("RulesExecuted", "Failure")
REFUSED = ("PublishIn.AuthError", "Subscribe.AuthError", "Connect.AuthError")
OF_RULES = ("RulesExecuted", "Failure")


@dataclass(frozen=True, slots=True)
class Attention:
    """A line of “needs attention”: what is wrong, and where to look."""

    icon: str
    text: str
    detail: str
    at: float
    url: str


@page("GET")
def overview(request: ConsoleRequest) -> HttpResponse:
    context = numbers()
    if not request.htmx:
        context |= {
            "things": thing_lists.count_things(settings.SCOPE),
            "recent": list(audit.entries(settings.SCOPE)[:6]),
            "facts": facts(request),
            "commands": commands(
                request,
                (_("Ask for the endpoint"), "iot", "DescribeEndpoint", {"endpointType": "iot:Data-ATS"}),
                (_("List things"), "iot", "ListThings", {"maxResults": 25}),
            ),
        }
    return show(request, "overview/page", context, part="numbers")


@page("GET")
def authority(request: ConsoleRequest) -> HttpResponse:
    """The certificate of the authority that signed this server's, for devices to trust."""
    file = settings.DATA_DIR / "ca.pem"
    if not file.is_file():
        raise Http404(_("This installation has no authority of its own yet."))
    response = HttpResponse(file.read_bytes(), content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="ca.pem"'
    return response


def numbers() -> dict[str, Any]:
    now = int(time.time())
    start = (now - HOUR) // MINUTE * MINUTE + MINUTE
    series = {name: metrics.series(settings.SCOPE, name, start) for name in (*TRAFFIC, *REFUSED)}
    series |= {name: metrics.series_of_rules(settings.SCOPE, name, start) for name in OF_RULES}
    refused = [point for name in REFUSED for point in series[name]]
    recent = {name: _last_full_minute(points, now) for name, points in series.items()}
    return {
        "connected": connections.connections(settings.SCOPE).filter(connected=True).count(),
        "messages_in": spell(recent["PublishIn.Success"]),
        "messages_out": spell(recent["PublishOut.Success"]),
        "rule_runs": spell(recent["RulesExecuted"]),
        "rule_failures": spell(sum(value for _, value in series["Failure"])),
        "any_failure": bool(series["Failure"]),
        "refused": spell(sum(value for _, value in refused)),
        "any_refused": bool(refused),
        "charts": [
            line_chart(
                _("Messages per minute"),
                [(_("in"), series["PublishIn.Success"]), (_("out"), series["PublishOut.Success"])],
                start=start,
                end=now - MINUTE,
            ),
            line_chart(
                _("Rule runs per minute"),
                [(_("runs"), series["RulesExecuted"]), (_("failures"), series["Failure"])],
                start=start,
                end=now - MINUTE,
            ),
        ],
        "attention": [_attention(found) for found in attention.findings(settings.SCOPE)],
    }


def facts(request: ConsoleRequest) -> list[tuple[str, str]]:
    """Where devices and scripts connect, as label and value."""
    return [
        ("MQTT", f"mqtts://{settings.ENDPOINT}:{settings.MQTT_PORT}"),
        (_("MQTT over WebSocket"), f"wss://{settings.ENDPOINT}:{settings.HTTPS_PORT}/mqtt"),
        ("HTTPS", f"https://{settings.ENDPOINT}:{settings.HTTPS_PORT}"),
        (_("AWS API"), request.build_absolute_uri(reverse("api")).rstrip("/")),
        (_("Account"), settings.ACCOUNT_ID),
        (_("Region"), settings.REGION),
    ]


def _last_full_minute(points: list[tuple[int, float]], now: int) -> float:
    wanted = now // MINUTE * MINUTE - MINUTE
    return sum(value for minute, value in points if minute == wanted)


def _attention(found: attention.Finding) -> Attention:
    name = found.name or "—"
    if found.kind == "rule":
        text = ngettext("Rule %(name)s failed once", "Rule %(name)s failed %(count)s times", found.count)
        return Attention(
            "git-fork",
            text % {"name": name, "count": found.count},
            _("in the last hour"),
            found.at,
            _url("rule_failures", "refusals", name=found.name),
        )
    if found.kind == "refused":
        text = ngettext("%(name)s was refused once", "%(name)s was refused %(count)s times", found.count)
        return Attention(
            "shield-x",
            text % {"name": name, "count": found.count},
            found.detail,
            found.at,
            f"{reverse('refusals')}?client={found.name}",
        )
    if found.kind == "displaced":
        text = _("Clients with the id %(name)s displace one another, %(count)s times so far")
        return Attention(
            "replace",
            text % {"name": name, "count": found.count},
            _("Two devices use one client id; give each its own."),
            found.at,
            _url("client", "overview", client_id=found.name),
        )
    return Attention(
        "calendar-x",
        _("Certificate %(name)s… runs out") % {"name": found.name[:12]},
        found.detail,
        found.at,
        reverse("certificate", kwargs={"certificate_id": found.name}),
    )


def _url(view: str, fallback: str, **values: str) -> str:
    try:
        return reverse(view, kwargs=values)
    except NoReverseMatch:
        return reverse(fallback)


urlpatterns = [
    path("", overview, name="overview"),
    path("ca.pem", authority, name="authority"),
]
