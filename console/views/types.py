"""Thing types: made, deprecated, deleted."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.things import TypeForm
from console.lists import paged
from console.pages import show
from console.roles import ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.services import thing_types
from iot.services.paging import page_by

PAGE = 100


@page("GET", "POST")
def type_list(request: ConsoleRequest) -> HttpResponse:
    form = TypeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        properties = {"thingTypeDescription": data["description"], "searchableAttributes": data["searchable"]}
        try:
            with changing(request, "CreateThingType", data["name"]) as change:
                thing_types.create_thing_type(
                    settings.SCOPE, thing_type_name=data["name"], thing_type_properties=properties
                )
                change.after = properties
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Type %(name)s created.") % {"name": data["name"]})
            return HttpResponseRedirect(reverse("type", kwargs={"name": data["name"]}))
    rows = thing_types.thing_types(settings.SCOPE).annotate(count=Count("things"))
    found, following = page_by(rows, order="name", descending=False, after=request.GET.get("after", ""), limit=PAGE)
    context = {
        "form": form,
        "rows": found,
        **paged(request, following),
        "commands": commands(
            request,
            (_("List types"), "iot", "ListThingTypes", {}),
            (_("Create a type"), "iot", "CreateThingType", {"thingTypeName": form["name"].value() or "thermometer"}),
        ),
    }
    return show(request, "types/list", context, status=422 if form.is_bound else 200)


@page("GET", "POST")
def type_detail(request: ConsoleRequest, name: str) -> HttpResponse:
    row = thing_types.find_thing_type(settings.SCOPE, name)
    if request.method == "POST":
        return _act(request, row)
    context = {
        "row": row,
        "count": row.things.count(),
        "commands": commands(request, (_("Describe the type"), "iot", "DescribeThingType", {"thingTypeName": name})),
    }
    return show(request, "types/detail", context)


def _act(request: ConsoleRequest, row: Any) -> HttpResponse:
    action, name = request.POST.get("action", ""), row.name
    if action == "delete":
        with changing(request, "DeleteThingType", name, before=thing_types.describe(row)["thingTypeProperties"]):
            thing_types.delete_thing_type(settings.SCOPE, thing_type_name=name)
        messages.success(request, _("Type %(name)s deleted.") % {"name": name})
        return HttpResponseRedirect(reverse("types"))
    undo = action == "restore"
    with changing(request, "DeprecateThingType", name) as change:
        thing_types.deprecate_thing_type(settings.SCOPE, thing_type_name=name, undo_deprecate=undo)
        change.after = {"deprecated": not undo}
    text = _("Type %(name)s is in use again.") if undo else _("Type %(name)s is deprecated.")
    url = reverse("type", kwargs={"name": name})
    offer_undo(request, text % {"name": name}, url, {"action": "deprecate" if undo else "restore"})
    return HttpResponseRedirect(reverse("type", kwargs={"name": name}))


urlpatterns = [
    path("types/", type_list, name="types"),
    path("types/<str:name>/", type_detail, name="type"),
]
