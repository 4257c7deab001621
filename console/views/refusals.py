"""What clients were not allowed to do: why, and the way to try it and to allow it."""

import json
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _

from console.commands import OWN, commands
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.core.arn import parse_arn
from iot.services import refusals, simulations
from iot.services.paging import paginate

PAGE = 100


@page("GET")
def refusal_list(request: ConsoleRequest) -> HttpResponse:
    client, action = request.GET.get("client", "").strip(), request.GET.get("action", "").strip()
    rows = refusals.refusals(settings.SCOPE, client_id=client or None)
    if action:
        rows = rows.filter(action=action)
    token = request.GET.get("after") or None
    found, following = paginate(rows, scope=settings.SCOPE, kind="refusals", token=token, limit=PAGE, newest_first=True)
    kept = {key: value for key, value in request.GET.items() if key != "after" and value}
    context = {
        "rows": [(row, _resource(row.resource), _simulator_url(row)) for row in found],
        "client": client,
        "action": action,
        "actions": sorted(simulations.KINDS),
        "filtered": bool(client or action),
        "kept": refusals.KEPT,
        "following": f"?{urlencode({**kept, 'after': following})}" if following else "",
        "first": f"?{urlencode(kept)}" if token else "",
        "commands": commands(
            request,
            (_("List refusals"), OWN, "GET /refusals", {"clientId": client, "action": action, "maxResults": PAGE}),
        ),
    }
    return show(request, "refusals/list", context, part="rows")


@page("GET")
def refusal_suggestion(request: ConsoleRequest, key: int) -> HttpResponse:
    """The narrowest statement that would have allowed what was refused."""
    row = refusals.refusals(settings.SCOPE).filter(pk=key).first()
    if row is None:
        raise Http404(_("This refusal is no longer kept."))
    statement = simulations.suggest_statement(
        settings.SCOPE, action=row.action, resource=row.resource, client_id=row.client_id
    )
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    context = {
        "row": row,
        "statement": json.dumps(statement, indent=2),
        "create_url": f"{reverse('policy_create')}?{urlencode({'document': document})}",
        "try_url": _simulator_url(row),
        "commands": commands(request, *_asked_again(row)),
        "policy_url": reverse("policy_edit", kwargs={"name": row.policy}) if row.policy else "",
    }
    return show(request, "refusals/suggestion", context)


def _resource(text: str) -> str:
    """A resource without what all of this installation's have in common."""
    arn = parse_arn(text)
    return text if arn is None else f"{arn.kind}/{arn.name}"


def _asked_again(row: Any) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The question that AWS's API can ask of what was refused."""
    actions = {
        "iot:Connect": "CONNECT",
        "iot:Publish": "PUBLISH",
        "iot:Subscribe": "SUBSCRIBE",
        "iot:Receive": "RECEIVE",
    }
    if row.action not in actions or not row.principal:
        return []
    principal = row.principal if ":" in row.principal else settings.SCOPE.arn("cert", row.principal)
    info = {"actionType": actions[row.action], "resources": [row.resource]}
    parameters = {"principal": principal, "clientId": row.client_id, "authInfos": [info]}
    return [(_("Ask whether it is allowed now"), "iot", "TestAuthorization", parameters)]


def _simulator_url(row: Any) -> str:
    arn = parse_arn(row.resource)
    query = {
        "client": row.client_id,
        "certificate": row.principal,
        "action": row.action,
        "name": arn.name if arn else row.resource,
        "address": row.address,
    }
    return f"{reverse('simulator')}?{urlencode({name: value for name, value in query.items() if value})}"


urlpatterns = [
    path("refusals/", refusal_list, name="refusals"),
    path("refusals/<int:key>/", refusal_suggestion, name="refusal"),
]
