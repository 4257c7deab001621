"""What somebody wants of a device, as a form of keys or as JSON, turned into the update request."""

import json
import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from console.forms.fields import SHADOW_NAME, parse_json
from console.shadow_keys import assemble, change_between, request_text


def read_wish(data: QueryDict) -> dict[str, Any]:
    """Read the desired section from the JSON editor or from the rows of the form. Raises ValidationError."""
    if data.get("mode") == "form":
        return assemble(_rows(data))
    wish = parse_json(data.get("desired", "") or "{}")
    if not isinstance(wish, dict):
        raise forms.ValidationError(_("The wanted state must be a JSON object"))
    return wish


def make_request(data: QueryDict) -> str:
    """Make the exact request: only the keys that differ from what the page was opened with. Raises ValidationError."""
    base = parse_json(data.get("base", "") or "{}")
    if not isinstance(base, dict):
        raise forms.ValidationError(_("The page has lost what it was opened with; load it again"))
    change = change_between(base, read_wish(data))
    if not change:
        raise forms.ValidationError(_("Nothing differs from what is wanted already"))
    version = data.get("version", "")
    return request_text({"desired": change}, int(version) if version.isdecimal() else None)


def check_shadow_name(name: str) -> str:
    """Demand the name of a named shadow. Raises ValidationError."""
    if not re.fullmatch(SHADOW_NAME, name):
        raise forms.ValidationError(_("A shadow's name must have the form %(form)s") % {"form": SHADOW_NAME})
    return name


def _rows(data: QueryDict) -> list[tuple[tuple[str, ...], Any]]:
    found = []
    for path, value in zip(data.getlist("path"), data.getlist("value"), strict=False):
        if path.startswith("["):
            names = tuple(str(name) for name in parse_json(path))
        else:
            names = tuple(part for part in path.strip().split(".") if part)
        if names and value.strip():
            found.append((names, _value(value.strip())))
    return found


def _value(text: str) -> Any:
    """Read a value: JSON where it is, else text, so that `on` need not be written with quotes."""
    try:
        return json.loads(text)
    except ValueError:
        return text
