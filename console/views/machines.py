"""What programs ask of the console without a login: figures for Prometheus, and the confirmation of a destination."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from iot.core import errors
from iot.services import destinations, metrics
from iot.services.access import find_bearer_token, role_of

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """All metrics, for whoever is signed in or has a bearer token of the account."""
    if not _may_read(request):
        return HttpResponse("A bearer token is needed\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics.prometheus(settings.SCOPE), content_type=PROMETHEUS)


@require_safe
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The owner of a destination confirms it by asking for the URL that was sent: the token is the credential."""
    try:
        destinations.confirm_topic_rule_destination(settings.SCOPE, confirmation_token=token)
    except errors.UnauthorizedException:
        return HttpResponse("The confirmation token is not known\n", status=401, content_type="text/plain")
    return HttpResponse("Confirmed\n", content_type="text/plain")


def _may_read(request: HttpRequest) -> bool:
    if request.user.is_authenticated:
        return role_of(request.user, settings.ACCOUNT_ID) is not None
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    identity = find_bearer_token(token.strip()) if scheme.lower() == "bearer" else None
    return identity is not None and identity.account == settings.ACCOUNT_ID


urlpatterns = [
    path("metrics", figures, name="figures"),
    path("confirm-destination/<str:token>", confirm, name="confirm_destination"),
]
