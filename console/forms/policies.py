"""Forms for policies and for trying them."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms.fields import POLICY_NAME, choice_field, code_field, name_field, parse_json, text_field
from iot.core import errors
from iot.core.policy.document import check_size, compile_policy
from iot.services.simulations import KINDS


class DocumentForm(forms.Form):
    """A policy document; `check` says whether it would do and what is wide open in it."""

    document = code_field(
        gettext_lazy("Policy document"), gettext_lazy("At most 2048 characters, white space not counted."), rows=16
    )

    def clean_document(self) -> str:
        text: str = self.cleaned_data["document"]
        parse_json(text)
        try:
            check_size(text)
            compile_policy(text)
        except errors.AwsError as error:
            raise forms.ValidationError(error.message) from None
        return text


class PolicyForm(DocumentForm):
    """A new policy."""

    name = name_field(
        gettext_lazy("Policy name"), POLICY_NAME, gettext_lazy("Letters, digits and + = , . @ - _; at most 128.")
    )


class VersionForm(DocumentForm):
    """A new version of a policy."""

    default = forms.BooleanField(label=gettext_lazy("Put it in force at once"), required=False, initial=True)


class SimulatorForm(forms.Form):
    """Who would do what."""

    thing = text_field(gettext_lazy("Thing"), gettext_lazy("Its first certificate is taken."))
    certificate = text_field(gettext_lazy("Certificate"), gettext_lazy("Its id or ARN; or leave it to the thing."))
    client = text_field(gettext_lazy("Client id"), gettext_lazy("The thing's name where it is left empty."))
    action = choice_field(gettext_lazy("Action"), [(name, name) for name in KINDS], required=True)
    name = text_field(gettext_lazy("Topic, filter, client id or thing"), required=True)
    address = text_field(gettext_lazy("Source address"))
    policy = text_field(gettext_lazy("Also this policy"), gettext_lazy("By name, as if it were attached."))


def warnings(text: str) -> list[str]:
    """Say in words what a document leaves wide open; a document that does not compile has none."""
    try:
        policy = compile_policy(text)
    except errors.AwsError:
        return []
    return [warning for statement in policy.statements if statement.allows for warning in _open(statement)]


def _open(statement: Any) -> Iterator[str]:
    place = {"number": statement.index + 1}
    actions = [pattern.text for pattern in statement.actions]
    resources = [pattern.text for pattern in statement.resources]
    if statement.not_actions or any(text in ("*", "iot:*") for text in actions):
        yield _("Statement %(number)s allows every action.") % place
    if statement.not_resources or "*" in resources:
        yield _("Statement %(number)s allows its actions on every resource.") % place
    elif any(text.endswith((":client/*", ":topic/*", ":topicfilter/*")) for text in resources):
        yield _("Statement %(number)s allows its actions on every client id or topic.") % place
