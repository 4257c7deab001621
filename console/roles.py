"""Who may open what: every view says which methods it serves and which role reads and which changes.

There are three roles, each including the one before: a viewer reads, an operator changes devices and rules, an admin
changes users, keys and settings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from iot.core import errors
from iot.services.access import role_of

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
ROLES = (VIEWER, OPERATOR, ADMIN)
SAFE = ("GET", "HEAD")
P = ParamSpec("P")


class ConsoleRequest(HttpRequest):
    """A request that has passed `page`: somebody is logged in and has a role."""

    user: User
    role: str
    htmx: HtmxDetails


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a view serves: its methods, and the lowest role that may read and that may change."""

    methods: tuple[str, ...]
    read: str
    change: str


class Page(Protocol):
    """A view that `page` has decorated."""

    allowed: Allowed

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def reaches(role: str | None, needed: str) -> bool:
    """Say whether a role is the needed one or above it."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def page(
    *methods: str, read: str = VIEWER, change: str = OPERATOR
) -> Callable[[Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]], Page]:
    """Decorate a view: log strangers in, refuse other methods (405) and lower roles (403), show errors (404, 422)."""
    allowed = Allowed(methods or ("GET",), read, change)

    def decorate(view: Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]) -> Page:
        @wraps(view)
        def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _log_in(request)
            method = request.method or ""
            if method not in (*allowed.methods, *(["HEAD"] if "GET" in allowed.methods else [])):
                return HttpResponseNotAllowed(allowed.methods)
            request.role = role_of(request.user, settings.ACCOUNT_ID)
            if not reaches(request.role, allowed.read if method in SAFE else allowed.change):
                return forbidden(request)
            try:
                return view(request, *args, **kwargs)
            except errors.ResourceNotFoundException as error:
                raise Http404(error.message) from None
            except errors.AwsError as error:
                return refused(request, error)

        wrapper.allowed = allowed  # type: ignore[attr-defined]  # the table of roles is read from here by tests
        return wrapper  # type: ignore[return-value]  # it has `allowed` now

    return decorate


def forbidden(request: ConsoleRequest) -> HttpResponse:
    """Answer that this user's role does not reach."""
    text = _("Your role is %(role)s. Ask an admin to do this, or to change your role.") % {"role": request.role or "—"}
    return _problem(request, _("Not allowed"), text, 403)


def refused(request: ConsoleRequest, error: errors.AwsError) -> HttpResponse:
    """Answer that a service has refused, and why."""
    return _problem(request, _("Not done"), error.message or error.code, 422, error.code)


def _problem(request: ConsoleRequest, title: str, text: str, status: int, code: str = "") -> HttpResponse:
    template = "console/components/notice.html" if request.htmx else "console/problem.html"
    context = {"title": title, "text": text, "code": code, "kind": "danger"}
    return render(request, template, context, status=status)


def _log_in(request: Any) -> HttpResponse:
    response = redirect_to_login(request.get_full_path())
    return HttpResponseClientRedirect(response.url) if request.htmx else response
