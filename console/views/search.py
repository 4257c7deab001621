"""Search over resources, pages and actions, for the palette and as a page."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _

from console import navigation
from console.commands import commands
from console.pages import show
from console.roles import OPERATOR, ConsoleRequest, page, reaches
from iot.services import indexing, searches

EACH = 6
VIEWS = {
    "thing": ("thing", "name", "cpu"),
    "rule": ("rule", "name", "git-fork"),
    "certificate": ("certificate", "certificate_id", "badge-check"),
    "policy": ("policy", "name", "scroll-text"),
    "group": ("group", "name", "folder-tree"),
    "type": ("type", "name", "shapes"),
    "client": ("client", "client_id", "plug"),
}


@dataclass(frozen=True, slots=True)
class Result:
    url: str
    name: str
    kind: str
    icon: str


@page("GET")
def search(request: ConsoleRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    results = [*_resources(text), *_pages(request, text), *_actions(request, text)]
    context = {"text": text, "results": results, "commands": commands(request, *_asked(text))}
    return show(request, "search/page", context, part="results")


def _asked(text: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What AWS's index is asked for the same, or how it is switched on."""
    configuration = indexing.get_indexing_configuration(settings.SCOPE)["thingIndexingConfiguration"]
    if configuration["thingIndexingMode"] == "OFF":
        wanted = {"thingIndexingConfiguration": {"thingIndexingMode": "REGISTRY"}}
        return [(_("Switch the search index on"), "iot", "UpdateIndexingConfiguration", wanted)]
    query = f"thingName:{text}*" if re.fullmatch(r"[\w:-]+", text) else "thingName:*"
    return [(_("Search things"), "iot", "SearchIndex", {"queryString": query})]


def _resources(text: str) -> list[Result]:
    words = {
        "thing": _("thing"),
        "rule": _("rule"),
        "certificate": _("certificate"),
        "policy": _("policy"),
        "group": _("group"),
        "type": _("type"),
        "client": _("client"),
    }
    found = []
    for kind, name in searches.by_name(settings.SCOPE, text, each=EACH) if text else searches.recent(settings.SCOPE):
        view, keyword, icon = VIEWS[kind]
        try:
            found.append(Result(reverse(view, kwargs={keyword: name}), name, words[kind], icon))
        except NoReverseMatch:
            continue
    return found


def _pages(request: ConsoleRequest, text: str) -> list[Result]:
    links = [link for _label, links in navigation.groups(request) for link in links]
    return [Result(link.url, link.label, _("page"), link.icon) for link in links if text.lower() in link.label.lower()]


def _actions(request: ConsoleRequest, text: str) -> list[Result]:
    if not reaches(request.role, OPERATOR):
        return []
    actions = [
        ("thing_create", _("Create thing"), "plus"),
        ("certificate_create", _("Create certificate"), "plus"),
        ("policy_create", _("Create policy"), "plus"),
        ("group_create", _("Create group"), "plus"),
        ("rule_new", _("Create rule"), "plus"),
    ]
    found = []
    for view, label, icon in actions:
        if text.lower() not in label.lower():
            continue
        try:
            found.append(Result(reverse(view), label, _("action"), icon))
        except NoReverseMatch:
            continue
    return found


urlpatterns = [path("search/", search, name="search")]
