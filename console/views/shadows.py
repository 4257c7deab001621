"""Shadows of a thing: the key tree, and changes whose exact request is shown before it is sent."""

import json
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.fields import parse_json
from console.forms.shadows import check_shadow_name, make_request
from console.pages import show
from console.roles import OPERATOR, ConsoleRequest, page, reaches
from console.shadow_keys import clearing, keys, leaves, request_text
from console.views.thing import head
from iot.core import errors
from iot.core.shadow import document as documents
from iot.core.shadow.document import Document
from iot.services import shadow_history, shadows

EMPTY = Document()


@page("GET")
def thing_shadow(request: ConsoleRequest, name: str, shadow: str = "") -> HttpResponse:
    """A shadow, by ?edit=json or form with its editor, by ?clear=[path] with the request that clears a wish."""
    context = _context(request, name, shadow)
    edit = request.GET.get("edit", "") if reaches(request.role, OPERATOR) else ""
    document = context["document"]
    if edit in ("json", "form"):
        desired = document.desired
        context |= {
            "edit": edit,
            "base": json.dumps(desired, ensure_ascii=False),
            "desired_text": json.dumps(desired, indent=2, ensure_ascii=False),
            "leaves": [
                (json.dumps(path), ".".join(path), json.dumps(value, ensure_ascii=False))
                for path, value in leaves(desired)
            ],
        }
    if "clear" in request.GET:
        context["payload"] = request_text(clearing(_path(request.GET["clear"])), document.version)
    return show(request, "things/shadow", context, part="keys")


@page("POST")
def shadow_preview(request: ConsoleRequest, name: str, shadow: str = "") -> HttpResponse:
    """The exact request that an edit comes to."""
    context = _context(request, name, shadow)
    status = 200
    try:
        context["payload"] = make_request(request.POST)
    except forms.ValidationError as error:
        context["fault"] = " ".join(error.messages)
        # As somebody types, an unfinished text is no error.
        status = 200 if request.htmx else 422
    return show(request, "things/shadow", context, part="request", status=status)


@page("POST")
def shadow_send(request: ConsoleRequest, name: str, shadow: str = "") -> HttpResponse:
    """Send an update request as it was shown; a version conflict shows theirs and yours."""
    payload = request.POST.get("payload", "")
    resource = f"{name}/{shadow}" if shadow else name
    try:
        with changing(request, "UpdateThingShadow", resource):
            answer = shadows.update_thing_shadow(
                settings.SCOPE,
                thing_name=name,
                shadow_name=shadow,
                payload=payload.encode(),
                actor=request.user.username,
            )
    except errors.ConflictException:
        return _conflict(request, name, shadow, payload)
    except errors.AwsError as error:
        context = _context(request, name, shadow) | {"payload": payload, "fault": error.message}
        return show(request, "things/shadow", context, status=422)
    version = json.loads(answer).get("version")
    messages.success(request, _("Sent. The shadow is version %(version)s now.") % {"version": version})
    return HttpResponseRedirect(_url(name, shadow))


@page("POST")
def shadow_create(request: ConsoleRequest, name: str) -> HttpResponse:
    """Create a named shadow, empty."""
    try:
        shadow = check_shadow_name(request.POST.get("shadow", "").strip())
    except forms.ValidationError as error:
        context = _context(request, name, "") | {"create_fault": " ".join(error.messages)}
        return show(request, "things/shadow", context, status=422)
    with changing(request, "UpdateThingShadow", f"{name}/{shadow}"):
        shadows.update_thing_shadow(
            settings.SCOPE,
            thing_name=name,
            shadow_name=shadow,
            payload=b'{"state":{"desired":{}}}',
            actor=request.user.username,
        )
    return HttpResponseRedirect(_url(name, shadow))


@page("GET")
def shadow_past(request: ConsoleRequest, name: str, shadow: str = "") -> HttpResponse:
    """The versions that are kept, the difference of two, and the request that wishes one back."""
    context = _context(request, name, shadow)
    versions = shadow_history.versions(settings.SCOPE, thing_name=name, shadow_name=shadow)
    chosen = _version(versions, request.GET.get("version", ""))
    context |= {"versions": versions, "chosen": chosen, "other": _version(versions, request.GET.get("with", ""))}
    if chosen is not None and "restore" in request.GET:
        state = json.loads(shadow_history.wish(chosen, context["document"]))["state"]
        context["payload"] = request_text(state, context["document"].version)
    return show(request, "things/history", context)


@page("GET", "POST", read=OPERATOR)
def shadow_delete(request: ConsoleRequest, name: str, shadow: str = "") -> HttpResponse:
    context = _context(request, name, shadow)
    if request.method == "POST":
        with changing(request, "DeleteThingShadow", f"{name}/{shadow}" if shadow else name):
            shadows.delete_thing_shadow(settings.SCOPE, thing_name=name, shadow_name=shadow)
        messages.success(request, _("Shadow deleted. Its version goes on counting for 48 hours."))
        return HttpResponseRedirect(_url(name, ""))
    return show(request, "things/shadow_delete", context)


def _context(request: ConsoleRequest, name: str, shadow: str) -> dict[str, Any]:
    context = head(request, name, "thing")
    found = shadows.find_shadow(settings.SCOPE, thing_name=name, shadow_name=shadow)
    document, updated_at = found or (EMPTY, 0.0)
    used = documents.size(document)
    names, _following = shadows.list_named_shadows_for_thing(settings.SCOPE, thing_name=name, page_size=100)
    which = {"thingName": name, **({"shadowName": shadow} if shadow else {})}
    wish = json.dumps({"state": {"desired": document.desired or {"on": True}}}).encode()
    return context | {
        "shadow": shadow,
        "exists": found is not None,
        "document": document,
        "updated_at": updated_at,
        "keys": keys(document),
        "size": used,
        "limit": settings.SHADOW_BYTES,
        "shadow_names": names,
        "here": _url(name, shadow),
        "preview_url": _url(name, shadow, "shadow_preview"),
        "send_url": _url(name, shadow, "shadow_send"),
        "history_url": _url(name, shadow, "shadow_history"),
        "delete_url": _url(name, shadow, "shadow_delete"),
        "prefix": shadows.topic_prefix(name, shadow),
        "document_text": json.dumps(
            {"state": document.state, "version": document.version}, indent=2, ensure_ascii=False
        ),
        "commands": commands(
            request,
            (_("Get the shadow"), "iot-data", "GetThingShadow", which),
            (_("Ask for a state"), "iot-data", "UpdateThingShadow", {**which, "payload": wish}),
        ),
    }


def _conflict(request: ConsoleRequest, name: str, shadow: str, payload: str) -> HttpResponse:
    """Show what the shadow is now beside what was asked, and both ways on."""
    context = _context(request, name, shadow)
    asked = json.loads(payload)
    context |= {
        "theirs": context["document"].desired,
        "yours": asked["state"].get("desired"),
        "asked_version": asked.get("version"),
        "rebased": request_text(asked["state"], context["document"].version),
    }
    return show(request, "things/conflict", context, status=422)


def _version(versions: list[shadow_history.Version], number: str) -> shadow_history.Version | None:
    return next((one for one in versions if str(one.version) == number), None)


def _path(text: str) -> tuple[str, ...]:
    try:
        found = parse_json(text)
    except forms.ValidationError:
        found = []
    return tuple(str(name) for name in found) if isinstance(found, list) else ()


def _url(name: str, shadow: str, view: str = "thing_shadow") -> str:
    return reverse(f"{view}_named" if shadow else view, kwargs={"name": name, **({"shadow": shadow} if shadow else {})})


urlpatterns = [
    path("things/<str:name>/", thing_shadow, name="thing"),
    path("things/<str:name>/shadow/", thing_shadow, name="thing_shadow"),
    path("things/<str:name>/shadow-preview/", shadow_preview, name="shadow_preview"),
    path("things/<str:name>/shadow-send/", shadow_send, name="shadow_send"),
    path("things/<str:name>/shadow-create/", shadow_create, name="shadow_create"),
    path("things/<str:name>/shadow-delete/", shadow_delete, name="shadow_delete"),
    path("things/<str:name>/shadow-history/", shadow_past, name="shadow_history"),
    path("things/<str:name>/shadow/<str:shadow>/history/", shadow_past, name="shadow_history_named"),
    path("things/<str:name>/shadow/<str:shadow>/", thing_shadow, name="thing_shadow_named"),
    path("things/<str:name>/shadow/<str:shadow>/preview/", shadow_preview, name="shadow_preview_named"),
    path("things/<str:name>/shadow/<str:shadow>/send/", shadow_send, name="shadow_send_named"),
    path("things/<str:name>/shadow/<str:shadow>/delete/", shadow_delete, name="shadow_delete_named"),
]
