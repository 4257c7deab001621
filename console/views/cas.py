"""Certificate authorities of somebody's own, and this installation's."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.certificates import CaForm
from console.lists import paged
from console.pages import show
from console.roles import OPERATOR, ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.services import ca_certificates
from iot.services.paging import page_by

PAGE = 50
SHOWN = 200


@page("GET")
def ca_list(request: ConsoleRequest) -> HttpResponse:
    file = settings.DATA_DIR / "ca.pem"
    rows = ca_certificates.ca_certificates(settings.SCOPE)
    found, following = page_by(rows, order="id", descending=True, after=request.GET.get("after", ""), limit=PAGE)
    context = {
        "rows": found,
        **paged(request, following),
        "own": file.read_text() if file.is_file() else "",
        "commands": commands(request, (_("List CAs"), "iot", "ListCACertificates", {})),
    }
    return show(request, "cas/list", context)


@page("GET", "POST", read=OPERATOR)
def ca_create(request: ConsoleRequest) -> HttpResponse:
    form = CaForm(request.POST if request.method == "POST" else None, initial={"active": True, "mode": "DEFAULT"})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with changing(request, "RegisterCACertificate") as change:
                row = ca_certificates.register_ca_certificate(
                    settings.SCOPE,
                    ca_certificate=data["pem"],
                    verification_certificate=data["verification"] or None,
                    set_as_active=data["active"],
                    allow_auto_registration=data["auto"],
                    certificate_mode=data["mode"],
                )
                change.resource, change.after = row.certificate_id, {"status": row.status, "mode": data["mode"]}
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            return HttpResponseRedirect(reverse("ca", kwargs={"certificate_id": row.certificate_id}))
    context = {
        "form": form,
        "code": ca_certificates.registration_code(settings.SCOPE),
        "commands": commands(request, (_("Ask for the registration code"), "iot", "GetRegistrationCode", {})),
    }
    return show(request, "cas/create", context, status=422 if form.is_bound else 200)


@page("GET", "POST")
def ca(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    row = ca_certificates.find_ca_certificate(settings.SCOPE, certificate_id)
    if request.method == "POST":
        return _act(request, row)
    signed = ca_certificates.certificates_of(settings.SCOPE, ca_certificate_id=certificate_id)
    context = {
        "row": row,
        "signed": list(signed.order_by("-id")[:SHOWN]),
        "commands": commands(
            request, (_("Describe the CA"), "iot", "DescribeCACertificate", {"certificateId": certificate_id})
        ),
    }
    return show(request, "cas/detail", context)


def _act(request: ConsoleRequest, row: Any) -> HttpResponse:
    identity, action = row.certificate_id, request.POST.get("action", "")
    if action == "delete":
        with changing(request, "DeleteCACertificate", identity):
            ca_certificates.delete_ca_certificate(settings.SCOPE, certificate_id=identity)
        messages.success(request, _("CA deleted."))
        return HttpResponseRedirect(reverse("cas"))
    changes: dict[str, dict[str, Any]] = {
        "activate": {"new_status": "ACTIVE"},
        "deactivate": {"new_status": "INACTIVE"},
        "auto_on": {"new_auto_registration_status": "ENABLE"},
        "auto_off": {"new_auto_registration_status": "DISABLE"},
    }
    if action not in changes:
        raise errors.InvalidRequestException(_("There is no such action"))
    with changing(request, "UpdateCACertificate", identity) as change:
        ca_certificates.update_ca_certificate(settings.SCOPE, certificate_id=identity, **changes[action])
        change.after = changes[action]
    undo = {"activate": "deactivate", "deactivate": "activate", "auto_on": "auto_off", "auto_off": "auto_on"}
    url = reverse("ca", kwargs={"certificate_id": identity})
    offer_undo(request, _("Done."), url, {"action": undo[action]})
    return HttpResponseRedirect(url)


urlpatterns = [
    path("cas/", ca_list, name="cas"),
    path("new/ca/", ca_create, name="ca_create"),
    path("cas/<str:certificate_id>/", ca, name="ca"),
]
