"""Settings: the endpoint and limits in force, events, users, keys, and what this is."""

import platform
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import django
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import SERVER, commands
from console.forms.access import KeyForm, PasswordForm, UserForm
from console.pages import show
from console.roles import ADMIN, VIEWER, ConsoleRequest, page
from console.undo import offer_undo
from console.views.overview import facts
from iot.core import errors
from iot.services import access, log_level, logging, registry_events, topic_rules
from iot.services import messages as message_service

PACKAGES = ("thingstead", "channels", "daphne", "djangorestframework", "gmqtt", "boto3", "pyopenssl")


@page("GET")
def overview(request: ConsoleRequest) -> HttpResponse:
    context = {
        "facts": facts(request),
        "limits": _limits(),
        "versions": _versions(),
        "level": log_level.log_level(settings.SCOPE),
        "levels": tuple(log_level.LEVELS),
        "events": list(registry_events.configurations(settings.SCOPE).items()),
        "commands": commands(
            request,
            (_("Ask for the endpoint"), "iot", "DescribeEndpoint", {"endpointType": "iot:Data-ATS"}),
            (_("Ask which events are published"), "iot", "DescribeEventConfigurations", {}),
        ),
    }
    return show(request, "settings/page", context)


@page("POST", change=ADMIN)
def events(request: ConsoleRequest) -> HttpResponse:
    """Switch the kinds of registry events on and off."""
    before = registry_events.configurations(settings.SCOPE)
    after = {name: name in request.POST.getlist("event") for name in before}
    with changing(request, "UpdateEventConfigurations", before=before) as change:
        registry_events.configure(settings.SCOPE, after)
        change.after = after
    former = {"event": [name for name, on in before.items() if on]}
    offer_undo(request, _("Events saved."), reverse("settings_events"), former)
    return HttpResponseRedirect(reverse("settings"))


@page("POST", change=ADMIN)
def logging_change(request: ConsoleRequest) -> HttpResponse:
    """Set from which level on our processes log; the role is a name that AWS's operation asks for."""
    level = request.POST.get("level", "")
    if level not in log_level.LEVELS:
        text = _("The level must be one of %(levels)s")
        raise errors.InvalidRequestException(text % {"levels": ", ".join(log_level.LEVELS)})
    options = {"defaultLogLevel": level, "roleArn": f"arn:aws:iam::{settings.ACCOUNT_ID}:role/logging"}
    former = log_level.log_level(settings.SCOPE)
    with changing(request, "SetV2LoggingOptions", before={"defaultLogLevel": former}) as change:
        logging.set_v2_logging_options(settings.SCOPE, {**options, "disableAllLogs": level == "DISABLED"})
        change.after = {"defaultLogLevel": level}
    offer_undo(request, _("Logging saved."), reverse("settings_logging"), {"level": former})
    return HttpResponseRedirect(reverse("settings"))


@page("GET", "POST", read=ADMIN, change=ADMIN)
def users(request: ConsoleRequest) -> HttpResponse:
    form = UserForm(request.POST if request.method == "POST" else None, initial={"role": VIEWER})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with changing(request, "CreateUser", data["username"]) as change:
                access.create_user(data["username"], data["password"], role=data["role"], account=settings.ACCOUNT_ID)
                change.after = {"role": data["role"]}
        except errors.AwsError as error:
            form.add_error("username", error.message)
        else:
            messages.success(request, _("User %(name)s created.") % {"name": data["username"]})
            return HttpResponseRedirect(reverse("settings_users"))
    context: dict[str, Any] = {
        "form": form,
        "users": access.users(settings.ACCOUNT_ID),
        "roles": ("viewer", "operator", "admin"),
    }
    context["commands"] = commands(
        request, (_("Create a user"), SERVER, "create_user", {"": "anna", "--role": "viewer"})
    )
    return show(request, "settings/users", context, status=422 if form.is_bound else 200)


@page("POST", change=ADMIN)
def user_change(request: ConsoleRequest, username: str) -> HttpResponse:
    """Give a user another role, or delete it; the last admin stays."""
    role = request.POST.get("role", "")
    deletes = request.POST.get("action") == "delete"
    with changing(request, "DeleteUser" if deletes else "UpdateUser", username) as change:
        if deletes:
            access.delete_user(username, account=settings.ACCOUNT_ID)
        else:
            change.before = {"role": access.set_role(username, role=role, account=settings.ACCOUNT_ID)}
            change.after = {"role": role}
    if deletes:
        messages.success(request, _("User %(name)s is deleted.") % {"name": username})
    else:
        url, former = reverse("settings_user", args=[username]), change.before["role"]
        text = _("%(name)s is %(role)s now.") % {"name": username, "role": role}
        offer_undo(request, text, url, {"role": former})
    return HttpResponseRedirect(reverse("settings_users"))


@page("GET", "POST", change=VIEWER)
def password(request: ConsoleRequest) -> HttpResponse:
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if request.user.check_password(form.cleaned_data["current"]):
            with changing(request, "ChangePassword", request.user.get_username()):
                access.set_password(request.user, form.cleaned_data["password"])
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Password changed."))
            return HttpResponseRedirect(reverse("settings"))
        form.add_error("current", _("This is not your password."))
    context = {
        "form": form,
        "commands": commands(
            request, (_("Change a password"), SERVER, "changepassword", {"": request.user.get_username()})
        ),
    }
    return show(request, "settings/password", context, status=422 if form.is_bound else 200)


@page("GET", "POST", read=ADMIN, change=ADMIN)
def keys(request: ConsoleRequest) -> HttpResponse:
    """Access keys and tokens; a new one's secret is on the page that answers and nowhere else."""
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"role": "operator", "kind": "key"})
    made: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        made = _make_key(request, form.cleaned_data)
        form = KeyForm(initial={"role": "operator", "kind": "key"})
    context = {
        "form": form,
        "made": made,
        "keys": access.access_keys(settings.ACCOUNT_ID),
        "tokens": access.bearer_tokens(settings.ACCOUNT_ID),
        "commands": commands(
            request,
            (_("List access keys"), SERVER, "access_keys", {}),
            (_("Create an access key"), SERVER, "create_access_key", {"": request.user.get_username()}),
            (_("Create a token"), SERVER, "create_token", {"": request.user.get_username()}),
        ),
    }
    response = show(request, "settings/keys", context, status=422 if form.is_bound else 200)
    if made:
        response["Cache-Control"] = "no-store"
    return response


@page("POST", change=ADMIN)
def key_change(request: ConsoleRequest, key_id: str) -> HttpResponse:
    """Switch an access key on or off, or delete it or a token."""
    action, account = request.POST.get("action", ""), settings.ACCOUNT_ID
    operations = {
        "on": "UpdateAccessKey",
        "off": "UpdateAccessKey",
        "delete": "DeleteAccessKey",
        "forget": "DeleteBearerToken",
    }
    if action not in operations:
        raise errors.InvalidRequestException(_("There is no such action"))
    with changing(request, operations[action], key_id) as change:
        if action == "delete":
            access.delete_access_key(account, key_id)
        elif action == "forget":
            access.delete_bearer_token(account, key_id)
        else:
            access.set_access_key_active(account, key_id, active=action == "on")
            change.after = {"active": action == "on"}
            text = _("The key works again.") if action == "on" else _("The key is switched off.")
            undo = {"action": "off" if action == "on" else "on"}
            offer_undo(request, text, reverse("settings_key", args=[key_id]), undo)
    return HttpResponseRedirect(reverse("settings_keys"))


def _make_key(request: ConsoleRequest, data: dict[str, Any]) -> dict[str, Any]:
    more = {"account": settings.ACCOUNT_ID, "role": data["role"], "description": data["description"]}
    if data["kind"] == "token":
        with changing(request, "CreateBearerToken", data["description"] or data["role"]):
            token, expires = access.create_bearer_token(request.user, **more)
        return {"token": token, "expires": expires}
    with changing(request, "CreateAccessKey") as change:
        key_id, secret = access.create_access_key(request.user, **more)
        change.resource, change.after = key_id, {"role": data["role"]}
    return {"key_id": key_id, "secret": secret}


def _limits() -> list[tuple[str, str]]:
    return [
        (_("Payload of a message"), f"{message_service.MAXIMUM_PAYLOAD // 1024} kB"),
        (_("Shadow document"), f"{settings.SHADOW_BYTES // 1024} kB"),
        (_("Levels of a shadow document"), str(settings.SHADOW_DEPTH)),
        (_("Topic rules"), str(topic_rules.MAXIMUM_RULES)),
    ]


def _versions() -> list[tuple[str, str]]:
    found = [
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("SQLite", sqlite3.sqlite_version),
    ]
    for name in PACKAGES:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    return [*found, (_("Database in use"), engine)]


urlpatterns = [
    path("settings/", overview, name="settings"),
    path("settings/events/", events, name="settings_events"),
    path("settings/logging/", logging_change, name="settings_logging"),
    path("settings/users/", users, name="settings_users"),
    path("settings/users/<str:username>/", user_change, name="settings_user"),
    path("settings/password/", password, name="settings_password"),
    path("settings/keys/", keys, name="settings_keys"),
    path("settings/keys/<str:key_id>/", key_change, name="settings_key"),
]
