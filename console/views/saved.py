"""Saving and forgetting views of lists; they are a user's own, so no role is asked for and no audit is kept."""

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.roles import VIEWER, ConsoleRequest, page
from console.saved_views import LISTS, NAME_LETTERS, current_query, views_of, write_views
from console.undo import offer_undo

MOST_LETTERS = 1000


@page("POST", change=VIEWER)
def views_save(request: ConsoleRequest) -> HttpResponse:
    name = request.POST.get("list", "")
    if name not in LISTS:
        raise Http404(name)
    title = request.POST.get("name", "").strip()[:NAME_LETTERS]
    query = current_query(QueryDict(request.POST.get("query", "").lstrip("?")[:MOST_LETTERS]))
    held = views_of(request, name)
    kept = [one for one in held if one["name"] != title]
    if request.POST.get("do") == "forget":
        for gone in (one for one in held if one["name"] == title):
            fields = {"list": name, "name": title, "query": gone["query"]}
            offer_undo(request, _("The view %(name)s is forgotten.") % {"name": title}, reverse("views_save"), fields)
        write_views(request, name, kept)
    elif title:
        write_views(request, name, [*kept, {"name": title, "query": query}])
    return redirect(f"{reverse(name)}?{query}" if query else reverse(name))


urlpatterns = [path("views/save/", views_save, name="views_save")]
