"""Monitoring: charts over an hour, a day or a week, each with its table; what was dropped and why; all metrics."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.charts import Chart, line_chart
from console.commands import OWN, commands
from console.drops import explain
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.services import metrics, refusals

MINUTE = 60
RANGES = {
    "1h": (3600, 60, gettext_lazy("1 hour")),
    "24h": (86_400, 900, gettext_lazy("24 hours")),
    "7d": (7 * 86_400, 3600, gettext_lazy("7 days")),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a chart shows: its title, its lines (label and metrics that are added up), and whether it is a gauge."""

    title: str | Promise
    lines: tuple[tuple[str | Promise, tuple[str, ...]], ...]
    gauge: bool = False


CHARTS = (
    Drawn(gettext_lazy("Connected clients"), ((gettext_lazy("connected"), ("Connections",)),), gauge=True),
    Drawn(
        gettext_lazy("Messages"),
        ((gettext_lazy("in"), ("PublishIn.Success",)), (gettext_lazy("out"), ("PublishOut.Success",))),
    ),
    Drawn(
        gettext_lazy("Rules"),
        ((gettext_lazy("runs"), ("RulesExecuted",)), (gettext_lazy("actions done"), ("Success",))),
    ),
    Drawn(
        gettext_lazy("Failed actions"),
        ((gettext_lazy("failed"), ("Failure",)), (gettext_lazy("tried again"), ("Retried",))),
    ),
    Drawn(
        gettext_lazy("Refused"),
        (
            (gettext_lazy("connecting"), ("Connect.AuthError",)),
            (gettext_lazy("publishing"), ("PublishIn.AuthError",)),
            (gettext_lazy("subscribing"), ("Subscribe.AuthError",)),
        ),
    ),
    Drawn(
        gettext_lazy("Connecting"),
        (
            (gettext_lazy("let in"), ("Connect.Success",)),
            (gettext_lazy("faulty"), ("Connect.ClientError",)),
            (gettext_lazy("throttled"), ("Connect.Throttle",)),
        ),
    ),
    Drawn(
        gettext_lazy("Shadows"),
        (
            (gettext_lazy("updates"), ("UpdateThingShadow.Accepted",)),
            (gettext_lazy("reads"), ("GetThingShadow.Accepted",)),
            (gettext_lazy("rejected"), ("UpdateThingShadow.Rejected", "GetThingShadow.Rejected")),
        ),
    ),
    Drawn(gettext_lazy("Latency of actions, ms on average"), ((gettext_lazy("actions"), ("ActionLatency",)),)),
)

CLIENT_ROWS = 100
OF_RULES = frozenset({"RulesExecuted", "Success", "Failure", "Retried"})

# Why a message or a connection went no further, in words.
REASONS = {
    "Connect.AuthError": gettext_lazy("No policy of the certificate allows iot:Connect with this client id."),
    "Connect.ClientError": gettext_lazy("The CONNECT packet was not one the gateway can accept."),
    "Connect.Throttle": gettext_lazy("Connections came faster than the limit."),
    "Connect.ClientIDThrottle": gettext_lazy("One client id connected more than once a second."),
    "PublishIn.AuthError": gettext_lazy("No policy allows iot:Publish on the topic."),
    "PublishIn.ClientError": gettext_lazy("The PUBLISH packet or its topic was not acceptable."),
    "PublishIn.Throttle": gettext_lazy("A connection published faster than its limit; the excess was dropped."),
    "PublishOut.AuthError": gettext_lazy("The subscriber's policy does not allow iot:Receive on the topic."),
    "PublishOut.Throttle": gettext_lazy(
        "A connection was sent messages faster than its limit; the excess was dropped."
    ),
    "Subscribe.AuthError": gettext_lazy("No policy allows iot:Subscribe on the filter."),
    "Subscribe.ClientError": gettext_lazy("The filter is not valid, or too many are subscribed to."),
    "Failure": gettext_lazy("An action of a rule failed; it is kept on the failures page of the rule."),
    "ParseError": gettext_lazy("A rule needed a field of a payload that is not JSON."),
    "RuleNotFound": gettext_lazy("Basic Ingest named a rule that does not exist or is disabled."),
}


@page("GET")
def monitoring(request: ConsoleRequest) -> HttpResponse:
    chosen = request.GET.get("range", "1h")
    seconds, step, _label = RANGES.get(chosen, RANGES["1h"])
    end = int(time.time())
    start = end - seconds
    totals: dict[str, float] = {}
    for (name, dimension), value in metrics.sums(settings.SCOPE, start, names=REASONS).items():
        if "/" not in dimension:
            totals[name] = totals.get(name, 0) + value
    context = {
        "range": chosen if chosen in RANGES else "1h",
        "ranges": [(key, label) for key, (_seconds, _step, label) in RANGES.items()],
        "charts": [_drawn(one, start, end, step) for one in CHARTS],
        "dropped": [(name, reason, int(totals[name])) for name, reason in REASONS.items() if name in totals],
        "tallies": [
            (one, explain(one.action, one.reason)) for one in refusals.tallies(settings.SCOPE, start, limit=CLIENT_ROWS)
        ],
        "most": CLIENT_ROWS,
        "kept": refusals.KEPT,
        "totals": sorted((name, value) for (name, _dimension), value in metrics.totals(settings.SCOPE, "").items()),
        "commands": commands(
            request, (_("Get a figure"), OWN, "GET /metrics/PublishIn.Success", {"since": start // MINUTE * MINUTE})
        ),
    }
    return show(request, "monitoring/page", context, part="charts")


def _drawn(drawn: Drawn, start: int, end: int, step: int) -> Chart:
    series = [(str(label), _series(names, start)) for label, names in drawn.lines]
    return line_chart(str(drawn.title), series, start=start, end=end, step=step, gauge=drawn.gauge)


def _series(names: tuple[str, ...], start: int) -> list[tuple[int, float]]:
    if names == ("ActionLatency",):
        counts = dict(metrics.series_of_rules(settings.SCOPE, "ActionLatency.Count", start, of_actions=True))
        return [
            (minute, 1000 * total / counts[minute])
            for minute, total in metrics.series_of_rules(settings.SCOPE, "ActionLatency.Sum", start, of_actions=True)
            if counts.get(minute)
        ]
    return [
        point
        for name in names
        for point in (metrics.series_of_rules if name in OF_RULES else metrics.series)(settings.SCOPE, name, start)
    ]


urlpatterns = [path("monitoring/", monitoring, name="monitoring")]
