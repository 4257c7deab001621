"""URLs: the console's page families, each with its URLs at the end of its view module, and by dotted path the API."""

from django.urls import include, path

from console.views import account

FAMILIES = (
    "overview",
    "search",
    "saved",
    "things",
    "thing",
    "shadows",
    "types",
    "groups",
    "certificates",
    "policies",
    "simulator",
    "refusals",
    "cas",
    "audit",
    "settings",
    "destinations",
    "kit",
    "start",
    "retained",
    "messages",
    "clients",
    "backtests",
    "rule_list",
    "rules",
    "trials",
    "failures",
    "tables",
    "monitoring",
    "tracing",
    "jobs",
    "machines",
)

urlpatterns = [
    path("api/", include("iot.api.urls")),
    *account.urlpatterns,
    *(path("", include(f"console.views.{family}")) for family in FAMILIES),
]

handler404 = "console.views.account.not_found"
handler500 = "console.views.account.broken"
