"""A new job: what to do, for which things and groups, how fast and until when."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms.fields import choice_field, code_field, name_field, parse_json, text_field

JOB_ID = r"[a-zA-Z0-9_-]{1,64}"
EXAMPLE = '{\n  "operation": "install",\n  "version": "1.4.2"\n}'


class JobForm(forms.Form):
    job_id = name_field(
        gettext_lazy("Job id"), JOB_ID, gettext_lazy("Letters, digits, hyphen, underscore; at most 64.")
    )
    description = text_field(gettext_lazy("Description"))
    things = forms.CharField(
        label=gettext_lazy("Things"),
        required=False,
        help_text=gettext_lazy("Names, one a line."),
        widget=forms.Textarea({"class": "input code", "rows": 3, "spellcheck": "false"}),
    )
    groups = forms.CharField(
        label=gettext_lazy("Groups"),
        required=False,
        help_text=gettext_lazy("Names, one a line."),
        widget=forms.Textarea({"class": "input code", "rows": 2, "spellcheck": "false"}),
    )
    document = code_field(gettext_lazy("Document"), gettext_lazy("What the devices get: any JSON."), rows=8)
    selection = choice_field(
        gettext_lazy("For"),
        [
            ("SNAPSHOT", gettext_lazy("the things that are there now")),
            ("CONTINUOUS", gettext_lazy("also things that join the groups later")),
        ],
        required=True,
    )
    per_minute = forms.IntegerField(
        label=gettext_lazy("At most so many a minute"),
        required=False,
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput({"class": "input"}),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Each must end within, in minutes"),
        required=False,
        min_value=1,
        max_value=10_080,
        widget=forms.NumberInput({"class": "input"}),
    )

    def clean_document(self) -> str:
        text: str = self.cleaned_data["document"]
        parse_json(text)
        return text

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        found["targets"] = [
            *(settings.SCOPE.arn("thing", name) for name in _lines(found.get("things", ""))),
            *(settings.SCOPE.arn("thinggroup", name) for name in _lines(found.get("groups", ""))),
        ]
        if not found["targets"]:
            self.add_error("things", _("Name at least one thing or group."))
        return found

    @property
    def configuration(self) -> dict[str, Any]:
        """The configuration members of CreateJob."""
        found: dict[str, Any] = {}
        if self.cleaned_data["per_minute"]:
            found["jobExecutionsRolloutConfig"] = {"maximumPerMinute": self.cleaned_data["per_minute"]}
        if self.cleaned_data["minutes"]:
            found["timeoutConfig"] = {"inProgressTimeoutInMinutes": self.cleaned_data["minutes"]}
        return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
