"""Form fields as the console draws them, and the patterns of names, which are AWS's own."""

import json
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

RESOURCE_NAME = r"[a-zA-Z0-9:_-]{1,128}"
POLICY_NAME = r"[\w+=,.@-]{1,128}"
SHADOW_NAME = r"[$a-zA-Z0-9:_-]{1,64}"
ATTRIBUTE_NAME = r"[a-zA-Z0-9_.,@/:#-]{1,128}"
ATTRIBUTE_VALUE = r"[a-zA-Z0-9_.,@/:#=\[\]-]{0,800}"
INPUT = {"class": "input", "autocomplete": "off", "spellcheck": "false"}


def name_field(
    label: Any, pattern: str = RESOURCE_NAME, help_text: Any = "", *, required: bool = True
) -> forms.CharField:
    """A name that must have the form AWS asks for."""
    hint = help_text or _("Letters, digits, colon, underscore, hyphen; at most 128.")
    return forms.CharField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.TextInput({**INPUT, "class": "input mono"}),
        validators=[RegexValidator(rf"\A{pattern}\Z", _("It must have the form %(form)s") % {"form": pattern})],
    )


def text_field(label: Any, help_text: Any = "", *, required: bool = False, longest: int = 2028) -> forms.CharField:
    """A line of text."""
    return forms.CharField(
        label=label, required=required, help_text=help_text, max_length=longest, widget=forms.TextInput(INPUT)
    )


def code_field(
    label: Any, help_text: Any = "", *, rows: int = 10, mode: str = "json", required: bool = True
) -> forms.CharField:
    """Text in an editor; without the script it is a plain text area."""
    attributes = {"class": "input code", "rows": rows, "data-editor": mode, "spellcheck": "false"}
    return forms.CharField(
        label=label, required=required, help_text=help_text, strip=False, widget=forms.Textarea(attributes)
    )


def choice_field(
    label: Any, choices: Any, help_text: Any = "", *, required: bool = False, **more: Any
) -> forms.ChoiceField:
    """One of several."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        help_text=help_text,
        widget=forms.Select({"class": "input"}),
        **more,
    )


def parse_json(text: str) -> Any:
    """Read JSON. Raises ValidationError with the line and column of the fault."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno, "fault": error.msg}
        raise forms.ValidationError(_("Line %(line)s, column %(column)s: %(fault)s") % place) from None
