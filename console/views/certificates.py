"""Device certificates: the list, making one, and all that can be done to one."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.changes import changing
from console.commands import commands
from console.forms.certificates import CertificateForm
from console.lists import show_list, sorted_page
from console.pages import show
from console.panels import certificate_panel
from console.permissions import permissions_in_words
from console.roles import OPERATOR, ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.services import certificates, connections, policies, things

PAGE = 50
STATES = ("ACTIVE", "INACTIVE", "REVOKED")
CHOICES = 200
ORDERS = {"created": "id", "expires": "not_after"}


@page("GET")
def certificate_list(request: ConsoleRequest) -> HttpResponse:
    return show_list(request, "certificates/list", certificate_panel, lambda: _listed(request))


@page("GET", "POST", read=OPERATOR)
def certificate_create(request: ConsoleRequest) -> HttpResponse:
    """Make a certificate; the page that answers is the only place where its private key is shown."""
    form = CertificateForm(request.POST if request.method == "POST" else None, initial={"active": True, "way": "keys"})
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            context |= _create(request, form.cleaned_data)
        except errors.AwsError as error:
            form.add_error(None, error.message)
        else:
            response = show(request, "certificates/created", context)
            response["Cache-Control"] = "no-store"
            return response
    context["commands"] = commands(
        request, (_("Make key and certificate"), "iot", "CreateKeysAndCertificate", {"setAsActive": True})
    )
    return show(request, "certificates/create", context, status=422 if form.is_bound else 200)


@page("GET", "POST")
def certificate(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    row = certificates.find_certificate(settings.SCOPE, certificate_id)
    if request.method == "POST":
        _act(request, row, request.POST.get("action", ""))
        return HttpResponseRedirect(reverse("certificate", kwargs={"certificate_id": certificate_id}))
    attached = list(policies.attached_policies(settings.SCOPE, target=row.arn))
    held_things = list(things.principal_things(settings.SCOPE, principal=row.arn))
    client_id = held_things[0].thing.name if held_things else ""
    used = connections.connections(settings.SCOPE).filter(principal=certificate_id)
    held = [one.policy.name for one in attached]
    names = policies.policies(settings.SCOPE).exclude(name__in=held).order_by("name").values_list("name", flat=True)
    parameters = {"certificateId": certificate_id}
    context = {
        "row": row,
        "fingerprint": ":".join(certificate_id[at : at + 2] for at in range(0, len(certificate_id), 2)).upper(),
        "attached": attached,
        "things": held_things,
        "principal": row.arn,
        "may": permissions_in_words(principal=row.arn, client_id=client_id),
        "last_used": used.order_by("-connected_at").first(),
        "policy_names": names[:CHOICES],
        "commands": commands(
            request,
            (_("Describe the certificate"), "iot", "DescribeCertificate", parameters),
            (_("Deactivate it"), "iot", "UpdateCertificate", {**parameters, "newStatus": "INACTIVE"}),
        ),
    }
    return show(request, "certificates/detail", context)


@page("GET")
def certificate_download(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    row = certificates.find_certificate(settings.SCOPE, certificate_id)
    response = HttpResponse(row.pem, content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{certificate_id[:16]}-certificate.pem.crt"'
    return response


@page("GET", "POST", read=OPERATOR)
def certificate_delete(request: ConsoleRequest, certificate_id: str) -> HttpResponse:
    row = certificates.find_certificate(settings.SCOPE, certificate_id)
    if request.method == "POST":
        with changing(request, "DeleteCertificate", certificate_id, before=_audited(row)):
            certificates.delete_certificate(
                settings.SCOPE, certificate_id=certificate_id, force_delete="force" in request.POST
            )
        messages.success(request, _("Certificate deleted."))
        return HttpResponseRedirect(reverse("certificates"))
    parameters = {"certificateId": certificate_id}
    context = {
        "row": row,
        "commands": commands(
            request,
            (_("Deactivate it"), "iot", "UpdateCertificate", {**parameters, "newStatus": "INACTIVE"}),
            (_("Delete the certificate"), "iot", "DeleteCertificate", {**parameters, "forceDelete": True}),
        ),
    }
    return show(request, "certificates/delete", context)


def _listed(request: ConsoleRequest) -> dict[str, Any]:
    text, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    rows = certificates.certificates(settings.SCOPE)
    if text:
        rows = rows.filter(certificate_id__startswith=text.lower())
    if status in STATES:
        rows = rows.filter(status=status)
    found, order = sorted_page(request, rows, ORDERS, "-created", limit=PAGE)
    return {
        "rows": found,
        "text": text,
        "status": status,
        "states": STATES,
        "filtered": bool(text or status),
        **order,
        "commands": commands(request, (_("List certificates"), "iot", "ListCertificates", {"pageSize": PAGE})),
    }


def _create(request: ConsoleRequest, data: dict[str, Any]) -> dict[str, Any]:
    operations = {
        "keys": "CreateKeysAndCertificate",
        "csr": "CreateCertificateFromCsr",
        "register": "RegisterCertificateWithoutCA",
    }
    active = data["active"]
    with changing(request, operations[data["way"]]) as change:
        public = private = ""
        if data["way"] == "keys":
            row, public, private = certificates.create_keys_and_certificate(settings.SCOPE, set_as_active=active)
        elif data["way"] == "csr":
            row = certificates.create_certificate_from_csr(
                settings.SCOPE, certificate_signing_request=data["pem"], set_as_active=active
            )
        else:
            status = "ACTIVE" if active else "INACTIVE"
            row = certificates.register(settings.SCOPE, pem=data["pem"], status=status, mode="SNI_ONLY")
        change.resource, change.after = row.certificate_id, _audited(row)
    return {"row": row, "public": public, "private": private}


def _act(request: ConsoleRequest, row: Any, action: str) -> None:
    states = {"activate": "ACTIVE", "deactivate": "INACTIVE", "revoke": "REVOKED"}
    scope, identity = settings.SCOPE, row.certificate_id
    if action in states:
        with changing(request, "UpdateCertificate", identity, before={"status": row.status}) as change:
            certificates.update_certificate(scope, certificate_id=identity, new_status=states[action])
            change.after = {"status": states[action]}
    elif action in ("attach_policy", "detach_policy"):
        name = request.POST.get("policy", "")
        with changing(request, "AttachPolicy" if action == "attach_policy" else "DetachPolicy", f"{name}/{identity}"):
            run = policies.attach_policy if action == "attach_policy" else policies.detach_policy
            run(scope, policy_name=name, target=row.arn)
    elif action in ("attach_thing", "detach_thing"):
        name = request.POST.get("thing", "").strip()
        attaches = action == "attach_thing"
        with changing(request, f"{'Attach' if attaches else 'Detach'}ThingPrincipal", f"{name}/{identity}"):
            if attaches:
                kind = "EXCLUSIVE_THING" if "exclusive" in request.POST else None
                things.attach_thing_principal(scope, thing_name=name, principal=row.arn, thing_principal_type=kind)
            else:
                things.detach_thing_principal(scope, thing_name=name, principal=row.arn)
    else:
        raise errors.InvalidRequestException(_("There is no such action"))
    _tell(request, row, action)


def _tell(request: ConsoleRequest, row: Any, action: str) -> None:
    undo = {
        "attach_policy": "detach_policy",
        "detach_policy": "attach_policy",
        "attach_thing": "detach_thing",
        "detach_thing": "attach_thing",
    }
    back = {"ACTIVE": "activate", "INACTIVE": "deactivate", "REVOKED": "revoke"}
    given = {name: request.POST[name] for name in ("policy", "thing") if name in request.POST}
    fields = {"action": undo.get(action) or back[row.status], **given}
    offer_undo(request, _("Done. Live connections follow within seconds."), _url(row), fields)


def _url(row: Any) -> str:
    return reverse("certificate", kwargs={"certificate_id": row.certificate_id})


def _audited(row: Any) -> dict[str, Any]:
    return {"certificateId": row.certificate_id, "status": row.status, "subject": row.subject}


urlpatterns = [
    path("certificates/", certificate_list, name="certificates"),
    path("new/certificate/", certificate_create, name="certificate_create"),
    path("certificates/<str:certificate_id>/", certificate, name="certificate"),
    path("certificates/<str:certificate_id>/download/", certificate_download, name="certificate_download"),
    path("certificates/<str:certificate_id>/delete/", certificate_delete, name="certificate_delete"),
]
