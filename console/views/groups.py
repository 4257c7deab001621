"""Thing groups as a tree; one group with its things, policies and attributes."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.things import GroupForm, attribute_fields
from console.lists import paged
from console.pages import show
from console.roles import OPERATOR, ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.services import policies, thing_groups, thing_lists, things

SHOWN = 10_000
PAGE = 100


@dataclass(frozen=True, slots=True)
class Branch:
    """A group at its depth in the tree."""

    row: Any
    depth: int

    @property
    def level(self) -> str:
        return f"level-{self.depth}" if self.depth < 5 else "level-deep"


@page("GET")
def group_list(request: ConsoleRequest) -> HttpResponse:
    """Pages go through the tree in its order; `after` is the group that the page before ended with."""
    branches = _tree(list(thing_groups.thing_groups(settings.SCOPE).order_by("name")[:SHOWN]))
    after = request.GET.get("after", "")
    start = next((index for index, one in enumerate(branches, 1) if one.row.name == after), 0)
    found = branches[start : start + PAGE]
    context = {
        "branches": found,
        **paged(request, found[-1].row.name if start + PAGE < len(branches) else ""),
        "commands": commands(request, (_("List groups"), "iot", "ListThingGroups", {"maxResults": 100})),
    }
    return show(request, "groups/list", context)


@page("GET", "POST", read=OPERATOR)
def group_create(request: ConsoleRequest) -> HttpResponse:
    form = GroupForm(
        request.POST if request.method == "POST" else None, initial={"parent": request.GET.get("parent", "")}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        properties = _properties(form)
        try:
            with changing(request, "CreateThingGroup", data["name"]) as change:
                thing_groups.create_thing_group(
                    settings.SCOPE,
                    thing_group_name=data["name"],
                    parent_group_name=data["parent"] or None,
                    thing_group_properties=properties,
                )
                change.after = {**properties, "parentGroupName": data["parent"] or None}
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            return HttpResponseRedirect(reverse("group", kwargs={"name": data["name"]}))
    parameters = {"thingGroupName": form["name"].value() or "hall-1"}
    context = {
        "form": form,
        "commands": commands(request, (_("Create the group"), "iot", "CreateThingGroup", parameters)),
    }
    return show(request, "groups/create", context, status=422 if form.is_bound else 200)


@page("GET", "POST")
def group(request: ConsoleRequest, name: str) -> HttpResponse:
    row = thing_groups.find_thing_group(settings.SCOPE, name)
    if request.method == "POST":
        return _act(request, row)
    filters = thing_lists.Filters(group=name)
    members, following = thing_lists.list_things(
        settings.SCOPE, filters, after=request.GET.get("after", ""), limit=PAGE
    )
    attached = list(policies.attached_policies(settings.SCOPE, target=row.arn))
    held = [one.policy.name for one in attached]
    names = policies.policies(settings.SCOPE).exclude(name__in=held).order_by("name").values_list("name", flat=True)
    context = {
        "row": row,
        "ancestors": thing_groups.ancestors(row),
        "children": list(row.children.order_by("name")),
        "rows": members,
        "following": f"?after={following}" if following else "",
        "attached": attached,
        "policy_names": names[:200],
        "form": GroupForm(existing=True, initial={"description": row.description}, attributes=row.attributes),
        "commands": commands(
            request,
            (_("Describe the group"), "iot", "DescribeThingGroup", {"thingGroupName": name}),
            (_("List its things"), "iot", "ListThingsInThingGroup", {"thingGroupName": name}),
        ),
    }
    return show(request, "groups/detail", context)


def _act(request: ConsoleRequest, row: Any) -> HttpResponse:
    scope, name, action = settings.SCOPE, row.name, request.POST.get("action", "")
    if action == "delete":
        with changing(request, "DeleteThingGroup", name, before=thing_groups.describe(row)["thingGroupProperties"]):
            thing_groups.delete_thing_group(scope, thing_group_name=name)
        messages.success(request, _("Group %(name)s deleted.") % {"name": name})
        return HttpResponseRedirect(reverse("groups"))
    if action == "save":
        _save(request, row)
    elif action in ("add", "remove"):
        thing = things.find_thing(scope, request.POST.get("thing", "").strip())
        run = thing_groups.add_thing_to_thing_group if action == "add" else thing_groups.remove_thing_from_thing_group
        operation = "AddThingToThingGroup" if action == "add" else "RemoveThingFromThingGroup"
        with changing(request, operation, f"{name}/{thing.name}"):
            run(scope, group=row, thing=thing)
    elif action in ("attach_policy", "detach_policy"):
        policy = request.POST.get("policy", "")
        with changing(request, "AttachPolicy" if action == "attach_policy" else "DetachPolicy", f"{policy}/{row.arn}"):
            run_policy = policies.attach_policy if action == "attach_policy" else policies.detach_policy
            run_policy(scope, policy_name=policy, target=row.arn)
    else:
        raise errors.InvalidRequestException(_("There is no such action"))
    url = reverse("group", kwargs={"name": name})
    undo = {"add": "remove", "remove": "add", "attach_policy": "detach_policy", "detach_policy": "attach_policy"}
    if action in undo:
        given = {key: request.POST[key] for key in ("thing", "policy") if key in request.POST}
        offer_undo(request, _("Done."), url, {"action": undo[action], **given})
    return HttpResponseRedirect(url)


def _save(request: ConsoleRequest, row: Any) -> None:
    form = GroupForm(request.POST, existing=True)
    if not form.is_valid():
        raise errors.InvalidRequestException(" ".join(str(error) for error in form.non_field_errors()))
    properties = _properties(form)
    before: dict[str, Any] = {"description": row.description, "attributes": row.attributes}
    with changing(request, "UpdateThingGroup", row.name, before=before) as change:
        thing_groups.update_thing_group(settings.SCOPE, thing_group_name=row.name, thing_group_properties=properties)
        change.after = {"description": form.cleaned_data["description"], "attributes": form.attributes}
    former = {"action": "save", "description": before["description"], **attribute_fields(before["attributes"])}
    url = reverse("group", kwargs={"name": row.name})
    offer_undo(request, _("Group %(name)s saved.") % {"name": row.name}, url, former)


def _properties(form: GroupForm) -> dict[str, Any]:
    return {
        "thingGroupDescription": form.cleaned_data["description"],
        "attributePayload": {"attributes": form.attributes, "merge": False},
    }


def _tree(rows: list[Any]) -> list[Branch]:
    """Order groups so that each stands below its parent."""
    children: dict[int | None, list[Any]] = {}
    present = {row.pk for row in rows}
    for row in rows:
        children.setdefault(row.parent_id if row.parent_id in present else None, []).append(row)
    found: list[Branch] = []
    waiting = [Branch(row, 0) for row in reversed(children.get(None, []))]
    while waiting:
        branch = waiting.pop()
        found.append(branch)
        waiting += [Branch(row, branch.depth + 1) for row in reversed(children.get(branch.row.pk, []))]
    return found


urlpatterns = [
    path("groups/", group_list, name="groups"),
    path("new/group/", group_create, name="group_create"),
    path("groups/<str:name>/", group, name="group"),
]
