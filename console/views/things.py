"""The list of things: filtered, paged by key, and what can be done to several at once; and making a thing."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from console.changes import changing
from console.commands import commands
from console.forms.things import ThingForm, group_choices, type_choices
from console.lists import paged, read_sorting, show_list
from console.pages import show
from console.panels import thing_panel
from console.roles import OPERATOR, ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.services import thing_groups, thing_lists, things
from iot.services.thing_lists import Filters

PAGE = 50
ORDERS = ("name", "created")
SHOWN = 5


@page("GET")
def thing_list(request: ConsoleRequest) -> HttpResponse:
    return show_list(request, "things/list", thing_panel, lambda: _listed(request))


@page("GET", "POST", read=OPERATOR)
def thing_create(request: ConsoleRequest) -> HttpResponse:
    form = ThingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with changing(request, "CreateThing", data["name"]) as change:
                thing = things.create_thing(
                    settings.SCOPE,
                    thing_name=data["name"],
                    thing_type_name=data["thing_type"] or None,
                    attribute_payload={"attributes": form.attributes},
                )
                change.after = _audited(thing)
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Thing %(name)s created.") % {"name": thing.name})
            return HttpResponseRedirect(reverse("thing", kwargs={"name": thing.name}))
    parameters = {"thingName": form["name"].value() or "sensor-12"}
    context = {
        "form": form,
        "commands": commands(request, (_("Create the thing"), "iot", "CreateThing", parameters)),
    }
    return show(request, "things/create", context, status=422 if form.is_bound else 200)


@page("GET")
def things_export(request: ConsoleRequest) -> StreamingHttpResponse:
    """The chosen things, or all that the filters leave, as JSON in the form of DescribeThing."""
    chosen = request.GET.getlist("selected")
    rows: Iterable[thing_lists.Row]
    if chosen:
        rows = thing_lists.select_things(settings.SCOPE, chosen)
    else:
        rows = thing_lists.every_thing(settings.SCOPE, _filters(request))
    response = StreamingHttpResponse(_exported(rows), content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="things.json"'
    return response


@page("GET", "POST", read=OPERATOR)
def things_delete(request: ConsoleRequest) -> HttpResponse:
    """Delete several things; more than one asks for the number to be typed."""
    given = request.POST if request.method == "POST" else request.GET
    rows = thing_lists.select_things(settings.SCOPE, given.getlist("selected"))
    phrase = ngettext("delete %(count)s thing", "delete %(count)s things", len(rows)) % {"count": len(rows)}
    fault = ""
    if request.method == "POST" and rows:
        if request.POST.get("confirm", "").strip() == phrase:
            return _delete_all(request, rows, detach="detach" in request.POST)
        fault = _("Type exactly: %(phrase)s") % {"phrase": phrase}
    attached = [row.thing.name for row in rows if row.thing.principals.exists()]
    deleting = ((_("Delete a thing"), "iot", "DeleteThing", {"thingName": row.thing.name}) for row in rows[:SHOWN])
    context = {
        "rows": rows,
        "phrase": phrase,
        "fault": fault,
        "attached": attached,
        "commands": commands(request, *deleting),
    }
    return show(request, "things/delete", context, status=422 if fault else 200)


@page("POST")
def things_group(request: ConsoleRequest) -> HttpResponse:
    """Put the chosen things into a group, those that are not in it yet, or take them out of it again."""
    leaves = "out" in request.POST
    group = thing_groups.find_thing_group(settings.SCOPE, request.POST.get("out" if leaves else "into", ""))
    chosen = thing_lists.select_things(settings.SCOPE, request.POST.getlist("selected"))
    rows = [row.thing for row in chosen if (group.name in row.groups) is leaves]
    run = thing_groups.remove_thing_from_thing_group if leaves else thing_groups.add_thing_to_thing_group
    for thing in rows:
        operation = "RemoveThingFromThingGroup" if leaves else "AddThingToThingGroup"
        with changing(request, operation, f"{group.name}/{thing.name}"):
            run(settings.SCOPE, group=group, thing=thing)
    if leaves:
        text = ngettext("%(count)s thing has left %(group)s.", "%(count)s things have left %(group)s.", len(rows))
    else:
        text = ngettext("%(count)s thing is in %(group)s now.", "%(count)s things are in %(group)s now.", len(rows))
    fields = {"into" if leaves else "out": group.name, "selected": [thing.name for thing in rows]}
    offer_undo(request, text % {"count": len(rows), "group": group.name}, reverse("things_group"), fields)
    return HttpResponseRedirect(f"{reverse('things')}?{urlencode({'group': group.name})}")


def remove_thing(request: ConsoleRequest, thing: Any, *, detach: bool) -> None:
    """Delete one thing, after its principals are detached where asked."""
    if detach:
        for attachment in things.thing_principals(settings.SCOPE, thing_name=thing.name):
            with changing(request, "DetachThingPrincipal", f"{thing.name}/{attachment.principal}"):
                things.detach_thing_principal(settings.SCOPE, thing_name=thing.name, principal=attachment.principal)
    with changing(request, "DeleteThing", thing.name, before=_audited(thing)):
        things.delete_thing(settings.SCOPE, thing_name=thing.name)


def _delete_all(request: ConsoleRequest, rows: list[thing_lists.Row], *, detach: bool) -> HttpResponse:
    deleted = 0
    for row in rows:
        try:
            remove_thing(request, row.thing, detach=detach)
            deleted += 1
        except errors.AwsError as error:
            messages.error(request, error.message)
    if deleted:
        text = ngettext("%(count)s thing deleted.", "%(count)s things deleted.", deleted)
        messages.success(request, text % {"count": deleted})
    return HttpResponseRedirect(reverse("things"))


def _listed(request: ConsoleRequest) -> dict[str, Any]:
    filters, sorting = _filters(request), read_sorting(request, ORDERS, "name")
    rows, following = thing_lists.list_things(
        settings.SCOPE,
        filters,
        after=request.GET.get("after", ""),
        limit=PAGE,
        order="id" if sorting.key == "created" else "name",
        descending=sorting.descending,
    )
    return {
        "rows": rows,
        "filters": filters,
        "sorting": sorting,
        "total": None if filters.any else thing_lists.count_things(settings.SCOPE),
        **paged(request, following),
        "types": [name for name, _label in type_choices() if name],
        "groups": [name for name, _label in group_choices("") if name],
        "commands": commands(request, (_("List things"), "iot", "ListThings", _list_parameters(filters))),
    }


def _exported(rows: Iterable[thing_lists.Row]) -> Iterator[str]:
    """Write things as one JSON array, a thing a line, as they are read."""
    opening = "[\n"
    for row in rows:
        found = {**things.describe(row.thing), "thingGroupNames": list(row.groups)}
        yield opening + json.dumps(found, ensure_ascii=False)
        opening = ",\n"
    yield "\n]\n" if opening != "[\n" else "[]\n"


def _filters(request: ConsoleRequest) -> Filters:
    attribute, _sign, value = request.GET.get("attribute", "").strip().partition("=")
    connected = {"yes": True, "no": False}.get(request.GET.get("connected", ""))
    return Filters(
        text=request.GET.get("q", "").strip(),
        attribute=attribute.strip(),
        value=value.strip(),
        thing_type=request.GET.get("type", ""),
        group=request.GET.get("group", ""),
        connected=connected,
    )


def _list_parameters(filters: Filters) -> dict[str, Any]:
    found: dict[str, Any] = {"maxResults": PAGE}
    if filters.thing_type:
        found["thingTypeName"] = filters.thing_type
    if filters.attribute and filters.value:
        found |= {"attributeName": filters.attribute, "attributeValue": filters.value}
    return found


def _audited(thing: Any) -> dict[str, Any]:
    return {
        "thingName": thing.name,
        "thingTypeName": thing.thing_type.name if thing.thing_type else None,
        "attributes": thing.attributes,
    }


urlpatterns = [
    path("things/", thing_list, name="things"),
    path("new/thing/", thing_create, name="thing_create"),
    path("bulk/things/export/", things_export, name="things_export"),
    path("bulk/things/delete/", things_delete, name="things_delete"),
    path("bulk/things/group/", things_group, name="things_group"),
]
