"""Template tags of lists: heads that sort, the way into the panel, views that a user has saved."""

from typing import Any

from django import template
from django.template.context import RequestContext

from console.lists import Sorting
from console.saved_views import LISTS, current_query, views_of

register = template.Library()


@register.inclusion_tag("console/components/sort_head.html")
def sort_head(sorting: Sorting, key: str, label: str, classes: str = "", *, falling: bool = False) -> dict[str, Any]:
    """The head of a column that sorts; `falling` ones begin with the highest."""
    return {
        "key": key,
        "label": label,
        "classes": classes,
        "direction": sorting.direction(key),
        "url": sorting.url(key, falling=falling),
    }


@register.inclusion_tag("console/components/peek.html", takes_context=True)
def peek(context: RequestContext, name: str) -> dict[str, Any]:
    """The last cell of a row, which opens the row in the panel."""
    return {"name": name, "base": context.get("open_base", "?open="), "current": context.get("opened") == name}


@register.inclusion_tag("console/components/saved_views.html", takes_context=True)
def saved_views(context: RequestContext) -> dict[str, Any]:
    """The views of this list that the user has saved."""
    found = _list_of(context)
    if found:
        views = views_of(context["request"], found["list"])
        found["views"] = [{**one, "current": one["query"] == found["query"]} for one in views]
    return found


@register.inclusion_tag("console/components/save_view.html", takes_context=True)
def save_view(context: RequestContext) -> dict[str, Any]:
    """The way to save what this list shows."""
    return _list_of(context)


def _list_of(context: RequestContext) -> dict[str, Any]:
    request: Any = context["request"]
    name = request.resolver_match.url_name if request.resolver_match else ""
    if name not in LISTS or getattr(request, "role", None) is None:
        return {}
    return {"list": name, "query": current_query(request.GET), "csrf_token": context.get("csrf_token", "")}
