"""Destinations: the URLs that rules may send to, confirmed by their owner or trusted by an operator."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.changes import changing
from console.commands import commands
from console.forms.fields import text_field
from console.pages import show
from console.roles import ConsoleRequest, page
from console.undo import offer_undo
from iot.core import errors
from iot.services import destinations

SHOWN = 500


class DestinationForm(forms.Form):
    """A URL to be confirmed."""

    url = text_field(
        gettext_lazy("Confirmation URL"),
        gettext_lazy("A token is posted to it; who answers with the token owns it. Rules may send to it and below it."),
        required=True,
    )


class ConfirmForm(forms.Form):
    """The token that came at a URL."""

    token = text_field(gettext_lazy("Confirmation token"), gettext_lazy("As it was posted to the URL."), required=True)


@page("GET", "POST")
def destination_list(request: ConsoleRequest) -> HttpResponse:
    form = DestinationForm(request.POST if request.POST.get("action") == "create" else None)
    confirm = ConfirmForm(request.POST if request.POST.get("action") == "confirm" else None)
    if form.is_bound and form.is_valid() and _create(request, form):
        return HttpResponseRedirect(reverse("destinations"))
    if confirm.is_bound and confirm.is_valid() and _confirm(request, confirm):
        return HttpResponseRedirect(reverse("destinations"))
    configuration = {"httpUrlConfiguration": {"confirmationUrl": form["url"].value() or "https://example.com/hook"}}
    context = {
        "rows": list(destinations.destinations(settings.SCOPE)[:SHOWN]),
        "form": form,
        "confirm": confirm,
        "commands": commands(
            request,
            (_("List destinations"), "iot", "ListTopicRuleDestinations", {}),
            (_("Create one"), "iot", "CreateTopicRuleDestination", {"destinationConfiguration": configuration}),
        ),
    }
    return show(request, "destinations/list", context, status=422 if form.is_bound or confirm.is_bound else 200)


@page("POST")
def destination_change(request: ConsoleRequest, key: int) -> HttpResponse:
    """Enable, disable, send the confirmation again, trust without it, or delete."""
    row = destinations.destinations(settings.SCOPE).filter(pk=key).first()
    if row is None:
        raise Http404(_("There is no such destination."))
    action, arn = request.POST.get("action", ""), row.arn
    states = {"enable": "ENABLED", "disable": "DISABLED", "again": "IN_PROGRESS"}
    before = {"status": row.status}
    if action in states:
        with changing(request, "UpdateTopicRuleDestination", arn, before=before) as change:
            destinations.update_topic_rule_destination(settings.SCOPE, arn=arn, status=states[action])
            change.after = {"status": states[action]}
    elif action == "trust":
        with changing(request, "UpdateTopicRuleDestination", arn, before=before) as change:
            destinations.trust(settings.SCOPE, arn=arn)
            change.after = {"status": "ENABLED", "confirmed": False}
    elif action == "delete":
        with changing(request, "DeleteTopicRuleDestination", arn, before={**before, "url": row.url}):
            destinations.delete_topic_rule_destination(settings.SCOPE, arn=arn)
    else:
        raise errors.InvalidRequestException(_("There is no such action"))
    undo = {"enable": "disable", "disable": "enable", "trust": "disable"}
    if action in undo:
        url = reverse("destination", args=[key])
        offer_undo(request, _("Done. Rules follow within a second."), url, {"action": undo[action]})
    return HttpResponseRedirect(reverse("destinations"))


def _create(request: ConsoleRequest, form: DestinationForm) -> bool:
    url = form.cleaned_data["url"]
    configuration: dict[str, Any] = {"httpUrlConfiguration": {"confirmationUrl": url}}
    try:
        with changing(request, "CreateTopicRuleDestination", url) as change:
            row = destinations.create_topic_rule_destination(settings.SCOPE, destination_configuration=configuration)
            change.after = {"arn": row.arn, "status": row.status}
    except errors.AwsError as error:
        form.add_error("url", error.message)
        return False
    messages.success(request, _("The confirmation is on its way to the URL."))
    return True


def _confirm(request: ConsoleRequest, form: ConfirmForm) -> bool:
    try:
        with changing(request, "ConfirmTopicRuleDestination"):
            destinations.confirm_topic_rule_destination(
                settings.SCOPE, confirmation_token=form.cleaned_data["token"].strip()
            )
    except errors.AwsError as error:
        form.add_error("token", error.message)
        return False
    messages.success(request, _("Confirmed: rules may send to it now."))
    return True


urlpatterns = [
    path("destinations/", destination_list, name="destinations"),
    path("destinations/<int:key>/", destination_change, name="destination"),
]
