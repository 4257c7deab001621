"""The simulator: what the policies in force would decide, by the gateway's own evaluation."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from console.commands import commands
from console.forms.policies import SimulatorForm
from console.pages import show
from console.roles import ConsoleRequest, page
from iot.core import errors
from iot.core.arn import parse_arn
from iot.services import simulations, thing_lists

SUGGESTED = 200
TESTED = {"iot:Connect": "CONNECT", "iot:Publish": "PUBLISH", "iot:Receive": "RECEIVE", "iot:Subscribe": "SUBSCRIBE"}


@page("GET")
def simulator(request: ConsoleRequest) -> HttpResponse:
    """The question is the query, so that it can be kept and shared."""
    asked = "name" in request.GET
    form = SimulatorForm(request.GET) if asked else SimulatorForm(initial=request.GET.dict())
    context: dict[str, Any] = {"form": form}
    status = 200
    if asked and form.is_valid():
        try:
            context["result"] = _simulate(form.cleaned_data)
            context["commands"] = commands(request, *_command(form.cleaned_data, context["result"]))
        except errors.AwsError as error:
            form.add_error(None, error.message)
    if form.errors and not request.htmx:
        status = 422
    if not request.htmx:
        rows, _following = thing_lists.list_things(settings.SCOPE, thing_lists.Filters(), limit=SUGGESTED)
        context["things"] = [row.thing.name for row in rows]
    return show(request, "simulator/page", context, part="result", status=status)


def _simulate(data: dict[str, Any]) -> simulations.Simulation:
    principal = data["certificate"].strip()
    if principal and ":" not in principal:
        principal = settings.SCOPE.arn("cert", principal)
    return simulations.simulate(
        settings.SCOPE,
        action=data["action"],
        name=data["name"],
        client_id=data["client"] or data["thing"] or "",
        principal=principal,
        thing_name=data["thing"],
        policy_names=[data["policy"]] if data["policy"] else [],
        source_ip=data["address"],
    )


def _command(data: dict[str, Any], result: simulations.Simulation) -> list[tuple[str, str, str, dict[str, Any]]]:
    if data["action"] not in TESTED or parse_arn(result.principal) is None:
        return []
    info = {"actionType": TESTED[data["action"]], "resources": [result.resource]}
    parameters: dict[str, Any] = {"principal": result.principal, "authInfos": [info]}
    if client := data["client"] or data["thing"]:
        parameters["clientId"] = client
    if data["policy"]:
        parameters["policyNamesToAdd"] = [data["policy"]]
    return [(_("Ask the same"), "iot", "TestAuthorization", parameters)]


urlpatterns = [path("simulator/", simulator, name="simulator")]
