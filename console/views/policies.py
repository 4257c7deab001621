"""Policies: the list, the editor with its check, versions with their differences, and what they are attached to."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.policies import DocumentForm, PolicyForm, VersionForm, warnings
from console.lists import show_list, sorted_page
from console.pages import show
from console.panels import policy_panel
from console.permissions import deeds
from console.roles import OPERATOR, ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.core.arn import parse_arn
from iot.services import policies
from iot.services.simulations import KINDS

SHOWN = 500
PAGE = 100
SHOWN_COMMANDS = 20
ORDERS = {"name": "name", "changed": "modified_at"}


@page("GET")
def policy_list(request: ConsoleRequest) -> HttpResponse:
    return show_list(request, "policies/list", policy_panel, lambda: _listed(request))


@page("GET", "POST", read=OPERATOR)
def policy_create(request: ConsoleRequest) -> HttpResponse:
    form = PolicyForm(
        request.POST if request.method == "POST" else None,
        initial={"document": request.GET.get("document") or _example()},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with changing(request, "CreatePolicy", data["name"]) as change:
                policies.create_policy(settings.SCOPE, policy_name=data["name"], policy_document=data["document"])
                change.after = {"policyName": data["name"], "policyDocument": data["document"]}
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Policy %(name)s created.") % {"name": data["name"]})
            return HttpResponseRedirect(reverse("policy", kwargs={"name": data["name"]}))
    parameters = {"policyName": form["name"].value() or "field", "policyDocument": form["document"].value() or ""}
    context = {
        "form": form,
        "actions": sorted(KINDS),
        "deeds": deeds(),
        "commands": commands(request, (_("Create the policy"), "iot", "CreatePolicy", parameters)),
    }
    return show(request, "policies/create", context, status=422 if form.is_bound else 200)


@page("POST", change="viewer")
def policy_check(request: ConsoleRequest) -> HttpResponse:
    """Check a document as it is typed; it changes nothing."""
    form = DocumentForm(request.POST)
    valid = form.is_valid()
    context = {"valid": valid, "form": form, "warnings": warnings(request.POST.get("document", "")) if valid else []}
    return show(request, "policies/_check", context)


@page("GET", "POST")
def policy(request: ConsoleRequest, name: str) -> HttpResponse:
    row = policies.find_policy(settings.SCOPE, name)
    if request.method == "POST":
        _act(request, row, request.POST.get("action", ""))
        return HttpResponseRedirect(reverse("policy", kwargs={"name": name}))
    versions = list(row.versions.order_by("-number"))
    shown = _chosen(versions, request.GET.get("version", ""), row.default_version)
    other = _chosen(versions, request.GET.get("with", ""), 0)
    context = {
        "row": row,
        "versions": versions,
        "shown": shown,
        "other": other,
        "warnings": warnings(shown.document),
        "targets": [(one, parse_arn(one.target)) for one in row.attachments.order_by("id")[:SHOWN]],
        "commands": commands(
            request,
            (_("Get the policy"), "iot", "GetPolicy", {"policyName": name}),
            (_("List its versions"), "iot", "ListPolicyVersions", {"policyName": name}),
            (_("List what it is attached to"), "iot", "ListTargetsForPolicy", {"policyName": name}),
        ),
    }
    return show(request, "policies/detail", context)


@page("GET", "POST", read=OPERATOR)
def policy_edit(request: ConsoleRequest, name: str) -> HttpResponse:
    """Write a new version, with the difference to the one in force."""
    row = policies.find_policy(settings.SCOPE, name)
    current = policies.default_document(row)
    form = VersionForm(
        request.POST if request.method == "POST" else None,
        initial={"document": request.GET.get("document") or current, "default": True},
    )
    if request.method == "POST" and form.is_valid() and _add_version(request, row, form, current):
        return HttpResponseRedirect(reverse("policy", kwargs={"name": name}))
    parameters = {"policyName": name, "policyDocument": form["document"].value() or "", "setAsDefault": True}
    context = {
        "form": form,
        "row": row,
        "current": current,
        "full": row.versions.count() >= policies.MAXIMUM_VERSIONS,
        "actions": sorted(KINDS),
        "deeds": deeds(),
        "commands": commands(request, (_("Add the version"), "iot", "CreatePolicyVersion", parameters)),
    }
    return show(request, "policies/edit", context, status=422 if form.is_bound else 200)


@page("GET", "POST", read=OPERATOR)
def policy_delete(request: ConsoleRequest, name: str) -> HttpResponse:
    row = policies.find_policy(settings.SCOPE, name)
    if request.method == "POST":
        before = {"policyName": name, "policyDocument": policies.default_document(row)}
        with changing(request, "DeletePolicy", name, before=before), transaction.atomic():
            for version in row.versions.exclude(number=row.default_version):
                policies.delete_policy_version(settings.SCOPE, policy_name=name, policy_version_id=str(version.number))
            policies.delete_policy(settings.SCOPE, policy_name=name)
        messages.success(request, _("Policy %(name)s deleted.") % {"name": name})
        return HttpResponseRedirect(reverse("policies"))
    context = {
        "row": row,
        "targets": row.attachments.count(),
        "document": policies.default_document(row),
        "commands": commands(request, *_deleting(row)),
    }
    return show(request, "policies/delete", context)


def _deleting(row: Any) -> list[tuple[str, str, str, dict[str, Any]]]:
    """What AWS demands in this order: detached, of one version, deleted."""
    which = {"policyName": row.name}
    targets = row.attachments.order_by("id").values_list("target", flat=True)[:SHOWN_COMMANDS]
    numbers = row.versions.exclude(number=row.default_version).order_by("number").values_list("number", flat=True)
    return [
        *((_("Detach it"), "iot", "DetachPolicy", {**which, "target": target}) for target in targets),
        *((_("Delete a version"), "iot", "DeletePolicyVersion", {**which, "policyVersionId": str(n)}) for n in numbers),
        (_("Delete the policy"), "iot", "DeletePolicy", which),
    ]


def _listed(request: ConsoleRequest) -> dict[str, Any]:
    text = request.GET.get("q", "").strip()
    rows = policies.policies(settings.SCOPE)
    if text:
        rows = rows.filter(name__contains=text)
    counted: Any = rows.annotate(targets=Count("attachments"))
    found, order = sorted_page(request, counted, ORDERS, "name", limit=PAGE)
    documents = policies.default_documents(found)
    return {
        "rows": [{"row": row, "targets": row.targets, "warnings": warnings(documents[row.pk])} for row in found],
        "text": text,
        **order,
        "commands": commands(request, (_("List policies"), "iot", "ListPolicies", {"pageSize": 100})),
    }


def _add_version(request: ConsoleRequest, row: Any, form: VersionForm, current: str) -> bool:
    data = form.cleaned_data
    try:
        with changing(request, "CreatePolicyVersion", row.name, before={"policyDocument": current}) as change:
            change.after = {"policyDocument": data["document"]}
            _row, version = policies.create_policy_version(
                settings.SCOPE, policy_name=row.name, policy_document=data["document"], set_as_default=data["default"]
            )
    except errors.AwsError as error:
        form.add_error(None, error.message)
        return False
    text = _("Version %(number)s is in force.") if data["default"] else _("Version %(number)s is saved, not in force.")
    messages.success(request, text % {"number": version.number})
    return True


def _act(request: ConsoleRequest, row: Any, action: str) -> None:
    scope, name = settings.SCOPE, row.name
    version, target = request.POST.get("version", ""), request.POST.get("target", "").strip()
    if action == "default":
        before = {"defaultVersionId": str(row.default_version)}
        with changing(request, "SetDefaultPolicyVersion", name, before=before) as change:
            policies.set_default_policy_version(scope, policy_name=name, policy_version_id=version)
            change.after = {"defaultVersionId": version}
    elif action == "delete_version":
        with changing(request, "DeletePolicyVersion", f"{name}/{version}"):
            policies.delete_policy_version(scope, policy_name=name, policy_version_id=version)
    elif action in ("attach", "detach"):
        if len(target) == 64 and ":" not in target:
            target = scope.arn("cert", target)
        with changing(request, "AttachPolicy" if action == "attach" else "DetachPolicy", f"{name}/{target}"):
            run = policies.attach_policy if action == "attach" else policies.detach_policy
            run(scope, policy_name=name, target=target)
    else:
        raise errors.InvalidRequestException(_("There is no such action"))
    text = _("Done. Live connections follow within seconds.")
    undo = {
        "default": {"action": "default", "version": str(row.default_version)},
        "attach": {"action": "detach", "target": target},
        "detach": {"action": "attach", "target": target},
    }
    if action in undo:
        offer_undo(request, text, reverse("policy", kwargs={"name": name}), undo[action])
    else:
        messages.success(request, text)


def _chosen(versions: list[Any], number: str, otherwise: int) -> Any:
    wanted = int(number) if number.isdecimal() else otherwise
    return next((one for one in versions if one.number == wanted), versions[0] if otherwise else None)


def _example() -> str:
    scope = settings.SCOPE
    return f"""{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Effect": "Allow",
      "Action": "iot:Connect",
      "Resource": "{scope.arn("client", "${iot:Connection.Thing.ThingName}")}"
    }},
    {{
      "Effect": "Allow",
      "Action": ["iot:Publish", "iot:Receive"],
      "Resource": "{scope.arn("topic", "devices/${iot:Connection.Thing.ThingName}/*")}"
    }},
    {{
      "Effect": "Allow",
      "Action": "iot:Subscribe",
      "Resource": "{scope.arn("topicfilter", "devices/${iot:Connection.Thing.ThingName}/*")}"
    }}
  ]
}}"""


urlpatterns = [
    path("policies/", policy_list, name="policies"),
    path("new/policy/", policy_create, name="policy_create"),
    path("check/policy/", policy_check, name="policy_check"),
    path("policies/<str:name>/", policy, name="policy"),
    path("policies/<str:name>/edit/", policy_edit, name="policy_edit"),
    path("policies/<str:name>/delete/", policy_delete, name="policy_delete"),
]
