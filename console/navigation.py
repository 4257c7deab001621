"""The six groups of the navigation, always in this order, never nested deeper."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the navigation: the name of its URL, its label and icon, and the view modules that belong to it."""

    url_name: str
    label: str | Promise
    icon: str
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    label: str | Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str
    icon: str
    current: bool


GROUPS = (
    Group(
        _("Start"),
        (
            Entry("overview", _("Overview"), "layout-dashboard", ("overview",)),
            Entry("start", _("Get started"), "rocket", ("start",)),
        ),
    ),
    Group(
        _("Messages"),
        (
            Entry("messages", _("MQTT client"), "radio", ("messages",)),
            Entry("retained", _("Retained"), "pin", ("retained",)),
            Entry("clients", _("Clients"), "plug", ("clients",)),
        ),
    ),
    Group(
        _("Devices"),
        (
            Entry("things", _("Things"), "cpu", ("things", "thing", "shadows")),
            Entry("types", _("Types"), "shapes", ("types",)),
            Entry("groups", _("Groups"), "folder-tree", ("groups",)),
            Entry("jobs", _("Jobs"), "list-checks", ("jobs",)),
        ),
    ),
    Group(
        _("Rules"),
        (
            Entry("rules", _("Rules"), "git-fork", ("rule_list", "rules", "backtests", "trials", "failures", "tables")),
            Entry("destinations", _("Destinations"), "waypoints", ("destinations",)),
        ),
    ),
    Group(
        _("Security"),
        (
            Entry("certificates", _("Certificates"), "badge-check", ("certificates",)),
            Entry("policies", _("Policies"), "scroll-text", ("policies",)),
            Entry("simulator", _("Simulator"), "scale", ("simulator",)),
            Entry("cas", _("CAs"), "landmark", ("cas",)),
        ),
    ),
    Group(
        _("Operate"),
        (
            Entry("monitoring", _("Monitoring"), "activity", ("monitoring", "tracing")),
            Entry("refusals", _("Refusals"), "shield-x", ("refusals",)),
            Entry("audit", _("Audit"), "history", ("audit",)),
            Entry("settings", _("Settings"), "settings", ("settings", "access")),
        ),
    ),
)


def groups(request: HttpRequest) -> list[tuple[str, list[Link]]]:
    """Answer the navigation for a request, with the entry of its view marked."""
    match = request.resolver_match
    module = match.func.__module__.removeprefix("console.views.").split(".")[0] if match else ""
    return [(str(group.label), [_link(entry, module) for entry in group.entries]) for group in GROUPS]


def _link(entry: Entry, module: str) -> Link:
    return Link(reverse(entry.url_name), str(entry.label), entry.icon, module in entry.modules)
