"""One thing: its head, topics and tabs. Its shadows are in `shadows`."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import OWN, commands
from console.forms.things import ThingEditForm, attribute_fields, group_choices
from console.pages import show
from console.permissions import permissions_in_words
from console.roles import OPERATOR, ConsoleRequest, page
from console.undo import offer_undo
from console.views.things import remove_thing
from iot.core import errors
from iot.core.arn import parse_arn
from iot.services import audit, authorization, certificates, kits, thing_groups, thing_lists, things
from iot.services.job_executions import executions_for_thing

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Tab:
    url: str
    label: str
    current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    label: str
    topic: str


def head(request: ConsoleRequest, name: str, tab: str) -> dict[str, Any]:
    """What every tab of a thing shows around it."""
    thing = things.find_thing(settings.SCOPE, name)
    labels = {
        "thing": _("Shadow"),
        "thing_activity": _("Activity"),
        "thing_certificates": _("Certificates and policies"),
        "thing_jobs": _("Jobs"),
        "thing_attributes": _("Attributes"),
        "thing_audit": _("Audit"),
    }
    shadow = f"$aws/things/{name}/shadow"
    return {
        "thing": thing,
        "connection": thing_lists.connection_of(settings.SCOPE, name),
        "groups": [one.group for one in thing_groups.groups_of(settings.SCOPE, thing_name=name)],
        "tabs": [Tab(reverse(key, kwargs={"name": name}), label, key == tab) for key, label in labels.items()],
        "topics": [
            Topic(_("its own"), kits.telemetry_topic(name)),
            Topic(_("shadow update"), f"{shadow}/update"),
            Topic(_("shadow delta"), f"{shadow}/update/delta"),
            Topic(_("shadow get"), f"{shadow}/get"),
            Topic(_("jobs"), f"$aws/things/{name}/jobs/notify"),
            Topic(_("presence"), f"$aws/events/presence/+/{name}"),
        ],
        "messages_url": reverse("messages"),
        "mosquitto": _mosquitto(name),
    }


@page("GET")
def thing_activity(request: ConsoleRequest, name: str) -> HttpResponse:
    context = head(request, name, "thing_activity")
    parameters = {"topic": kits.telemetry_topic(name), "payload": b'{"hello": "device"}', "qos": 1}
    context["commands"] = commands(request, (_("Send it a message"), "iot-data", "Publish", parameters))
    return show(request, "things/activity", context)


@page("GET", "POST")
def thing_certificates(request: ConsoleRequest, name: str) -> HttpResponse:
    context = head(request, name, "thing_certificates")
    scope = settings.SCOPE
    if request.method == "POST":
        return _change_principals(request, name)
    attachments = list(things.thing_principals(scope, thing_name=name))
    ids = [arn.name for one in attachments if (arn := parse_arn(one.principal)) is not None]
    principal = attachments[0].principal if attachments else ""
    rows = {row.arn: row for row in certificates.certificates(scope).filter(certificate_id__in=ids)}
    context |= {
        "attachments": [(one, rows.get(one.principal)) for one in attachments],
        "effective": _effective(name, [one.principal for one in attachments]),
        "principal": principal,
        "may": permissions_in_words(principal=principal, client_id=name, thing_name=name),
        "commands": commands(
            request,
            (_("List its principals"), "iot", "ListThingPrincipals", {"thingName": name}),
            (_("What is in force"), "iot", "GetEffectivePolicies", {"thingName": name}),
        ),
    }
    return show(request, "things/certificates", context)


@page("GET")
def thing_jobs(request: ConsoleRequest, name: str) -> HttpResponse:
    context = head(request, name, "thing_jobs")
    context |= {
        "executions": list(executions_for_thing(settings.SCOPE, thing_name=name)[:SHOWN]),
        "commands": commands(request, (_("List its jobs"), "iot", "ListJobExecutionsForThing", {"thingName": name})),
    }
    return show(request, "things/jobs", context)


@page("GET", "POST")
def thing_attributes(request: ConsoleRequest, name: str) -> HttpResponse:
    context = head(request, name, "thing_attributes")
    thing = context["thing"]
    kind = thing.thing_type.name if thing.thing_type else ""
    if request.method == "POST":
        form = ThingEditForm(request.POST)
        former = {"thing_type": kind, **attribute_fields(thing.attributes)}
        if form.is_valid() and _update(request, thing, form):
            url = reverse("thing_attributes", kwargs={"name": name})
            version = things.find_thing(settings.SCOPE, name).version
            text = _("Thing %(name)s saved.") % {"name": name}
            offer_undo(request, text, url, {**former, "version": str(version)})
            return HttpResponseRedirect(url)
    else:
        form = ThingEditForm(initial={"thing_type": kind, "version": thing.version}, attributes=thing.attributes)
    update = {"thingName": name, "attributePayload": {"attributes": thing.attributes, "merge": True}}
    context |= {
        "form": form,
        "group_choices": group_choices(_("Choose a group")),
        "commands": commands(
            request,
            (_("Describe the thing"), "iot", "DescribeThing", {"thingName": name}),
            (_("Change its attributes"), "iot", "UpdateThing", update),
        ),
    }
    return show(request, "things/attributes", context, status=422 if form.is_bound else 200)


@page("POST")
def thing_groups_change(request: ConsoleRequest, name: str) -> HttpResponse:
    """Put a thing into a group, or take it out of one."""
    thing = things.find_thing(settings.SCOPE, name)
    joins = "join" in request.POST
    group = thing_groups.find_thing_group(settings.SCOPE, request.POST.get("join" if joins else "leave", ""))
    if joins:
        with changing(request, "AddThingToThingGroup", f"{group.name}/{name}"):
            thing_groups.add_thing_to_thing_group(settings.SCOPE, group=group, thing=thing)
        text = _("%(name)s is in %(group)s now.")
    else:
        with changing(request, "RemoveThingFromThingGroup", f"{group.name}/{name}"):
            thing_groups.remove_thing_from_thing_group(settings.SCOPE, group=group, thing=thing)
        text = _("%(name)s is no longer in %(group)s.")
    url, undo = reverse("thing_groups_change", kwargs={"name": name}), "leave" if joins else "join"
    offer_undo(request, text % {"name": name, "group": group.name}, url, {undo: group.name})
    return HttpResponseRedirect(reverse("thing_attributes", kwargs={"name": name}))


@page("GET")
def thing_audit(request: ConsoleRequest, name: str) -> HttpResponse:
    context = head(request, name, "thing_audit")
    context["entries"] = list(audit.of_resource(settings.SCOPE, name)[:SHOWN])
    context["commands"] = commands(request, (_("List changes"), OWN, "GET /audit-entries", {"text": name}))
    return show(request, "things/audit", context)


@page("GET", "POST", read=OPERATOR)
def thing_delete(request: ConsoleRequest, name: str) -> HttpResponse:
    thing = things.find_thing(settings.SCOPE, name)
    if request.method == "POST":
        remove_thing(request, thing, detach="detach" in request.POST)
        messages.success(request, _("Thing %(name)s deleted.") % {"name": name})
        return HttpResponseRedirect(reverse("things"))
    attachments = [one.principal for one in things.thing_principals(settings.SCOPE, thing_name=name)[:SHOWN]]
    detaching = [
        (_("Detach a principal"), "iot", "DetachThingPrincipal", {"thingName": name, "principal": principal})
        for principal in attachments
    ]
    context = {
        "thing": thing,
        "attached": len(attachments),
        "commands": commands(request, *detaching, (_("Delete the thing"), "iot", "DeleteThing", {"thingName": name})),
    }
    return show(request, "things/delete_one", context)


def _effective(name: str, principals: list[str]) -> list[dict[str, Any]]:
    """Answer the policies that apply to the thing's certificates, by whose way they come."""
    found: dict[str, dict[str, Any]] = {}
    for principal in principals or [None]:  # type: ignore[list-item]  # None asks for the thing's groups alone
        for row, document in authorization.effective_policies(settings.SCOPE, principal=principal, thing_name=name):
            found.setdefault(row.name, {"policy": row, "document": document})
    return list(found.values())


def _change_principals(request: ConsoleRequest, name: str) -> HttpResponse:
    principal = request.POST.get("principal", "").strip()
    if len(principal) == 64 and ":" not in principal:
        principal = settings.SCOPE.arn("cert", principal)
    detaches = request.POST.get("action") == "detach"
    operation = "DetachThingPrincipal" if detaches else "AttachThingPrincipal"
    with changing(request, operation, f"{name}/{principal}"):
        if detaches:
            things.detach_thing_principal(settings.SCOPE, thing_name=name, principal=principal)
        else:
            things.attach_thing_principal(settings.SCOPE, thing_name=name, principal=principal)
    url = reverse("thing_certificates", kwargs={"name": name})
    text = _("The principal is detached.") if detaches else _("The principal is attached.")
    offer_undo(request, text, url, {"action": "attach" if detaches else "detach", "principal": principal})
    return HttpResponseRedirect(url)


def _update(request: ConsoleRequest, thing: Any, form: ThingEditForm) -> bool:
    chosen = form.cleaned_data["thing_type"]
    before = {"thingTypeName": thing.thing_type.name if thing.thing_type else None, "attributes": thing.attributes}
    try:
        with changing(request, "UpdateThing", thing.name, before=before) as change:
            change.after = {"thingTypeName": chosen or None, "attributes": form.attributes}
            things.update_thing(
                settings.SCOPE,
                thing_name=thing.name,
                thing_type_name=chosen or None,
                remove_thing_type=not chosen and thing.thing_type is not None,
                attribute_payload={"attributes": form.attributes},
                expected_version=form.cleaned_data["version"],
            )
    except errors.VersionConflictException:
        text = _("Somebody has changed this thing meanwhile; it is version %(version)s now. Load the page again.")
        form.add_error(None, text % {"version": thing.version})
        return False
    except errors.AwsError as error:
        form.add_error(None, error.message)
        return False
    return True


def _mosquitto(name: str) -> str:
    host, port, topic = settings.ENDPOINT, settings.MQTT_PORT, kits.telemetry_topic(name)
    files = "--cafile ca.pem --cert certificate.pem.crt --key private.pem.key"
    return f"mosquitto_pub -h {host} -p {port} {files} -i {name} -q 1 -t {topic} -m '{{\"hello\": 1}}'"


urlpatterns = [
    path("things/<str:name>/activity/", thing_activity, name="thing_activity"),
    path("things/<str:name>/certificates/", thing_certificates, name="thing_certificates"),
    path("things/<str:name>/jobs/", thing_jobs, name="thing_jobs"),
    path("things/<str:name>/attributes/", thing_attributes, name="thing_attributes"),
    path("things/<str:name>/groups/", thing_groups_change, name="thing_groups_change"),
    path("things/<str:name>/audit/", thing_audit, name="thing_audit"),
    path("things/<str:name>/delete/", thing_delete, name="thing_delete"),
]
