"""The connection kit of a thing: a fresh certificate, downloaded once."""

from django.conf import settings
from django.http import HttpResponse
from django.urls import path

from console.changes import changing
from console.kit import kit_download
from console.roles import ConsoleRequest, page
from iot.services import kits


@page("POST")
def kit(request: ConsoleRequest, name: str) -> HttpResponse:
    with changing(request, "CreateKeysAndCertificate", settings.SCOPE.arn("thing", name)) as change:
        made = kits.issue_kit(settings.SCOPE, thing_name=name)
        change.after = {"certificateId": made.certificate_id, "policyName": made.policy_name}
    return kit_download(made)


urlpatterns = [path("things/<str:name>/kit/", kit, name="kit")]
