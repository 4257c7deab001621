"""Logging in and out, the theme, and the pages for what went wrong."""

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from console.charts import line_chart
from console.commands import commands
from console.context import THEMES
from console.languages import LANGUAGES
from console.roles import ConsoleRequest, page
from iot.services import audit, logins
from iot.services.access import role_of

HOUR = 3600
YEAR = 365 * 24 * HOUR


class LoginForm(AuthenticationForm):
    """A name and a password, which are not even looked at while too many were wrong."""

    def clean(self) -> dict[str, Any]:
        address = self.request.META.get("REMOTE_ADDR") or "" if self.request else ""
        seconds = logins.seconds_to_wait(settings.SCOPE, str(self.cleaned_data.get("username", "")), address)
        if seconds:
            text = "Too many logins failed. Wait %(seconds)d second, then try again."
            texts = "Too many logins failed. Wait %(seconds)d seconds, then try again."
            raise ValidationError(ngettext(text, texts, seconds) % {"seconds": seconds}, code="slowed")
        return super().clean()


class Login(LoginView):
    template_name = "console/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


class Logout(LogoutView):
    http_method_names = ["post"]


def theme(request: HttpRequest) -> HttpResponse:
    """Remember a theme; anything but light or dark means: as the system has it."""
    return _remember(request, "theme", "theme", THEMES)


def language(request: HttpRequest) -> HttpResponse:
    """Remember a language; anything that is not spoken here means: as the browser asks."""
    return _remember(request, "language", settings.LANGUAGE_COOKIE_NAME, tuple(code for code, _name in LANGUAGES))


def _remember(request: HttpRequest, field: str, cookie: str, choices: tuple[str, ...]) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("overview")
    response = HttpResponseRedirect(back)
    chosen = request.POST.get(field, "")
    if chosen in choices:
        response.set_cookie(cookie, chosen, max_age=YEAR, samesite="Lax")
    else:
        response.delete_cookie(cookie, samesite="Lax")
    return response


@page("GET")
def styleguide(request: ConsoleRequest) -> HttpResponse:
    start = 1_760_000_000
    rising = [(start + minute * 60, 40.0 + (minute * 37 % 23)) for minute in range(61)]
    falling = [(start + minute * 60, 61.0 - minute) for minute in range(61)]
    context = {
        "example_time": start,
        "example_chart": line_chart(
            "Messages per minute", [("in", rising), ("out", falling)], start=start, end=start + HOUR
        ),
        "empty_chart": line_chart("Nothing yet", [("runs", [])], start=start, end=start + HOUR),
        "example_json": {"desired": {"on": True, "rate": 5, "tags": ["a", None]}, "reported": {"on": False}},
        "example_before": {"desired": {"on": True, "rate": 2}, "reported": {}},
        "commands": commands(request, ("Describe the thing", "iot", "DescribeThing", {"thingName": "sensor-12"})),
    }
    return render(request, "console/styleguide.html", context)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.user.is_authenticated:
        request.role = role_of(request.user, settings.ACCOUNT_ID)  # type: ignore[attr-defined]  # for the navigation
    text = str(exception.args[0]) if exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "console/not_found.html", {"text": text}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse(render_to_string("console/broken.html"), status=500)


@receiver(user_logged_in)
def _logged_in(request: HttpRequest, user: Any, **_: Any) -> None:
    _record(request, user.get_username(), "ok")


@receiver(user_login_failed)
def _login_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    if request is not None:
        _record(request, str(credentials.get("username", ""))[:200], "refused")


def _record(request: HttpRequest, actor: str, outcome: str) -> None:
    audit.record(
        settings.SCOPE,
        actor=actor,
        channel="console",
        operation="Login",
        address=request.META.get("REMOTE_ADDR") or "",
        outcome=outcome,
    )


urlpatterns = [
    path("login/", Login.as_view(), name="login"),
    path("logout/", Logout.as_view(), name="logout"),
    path("theme/", theme, name="theme"),
    path("language/", language, name="language"),
    path("styleguide/", styleguide, name="styleguide"),
]
