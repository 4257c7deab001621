"""Forms for things, their types and groups."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from console.forms.fields import ATTRIBUTE_NAME, ATTRIBUTE_VALUE, choice_field, name_field, text_field
from iot.services import thing_groups, thing_types

SHOWN_CHOICES = 500


def read_attributes(data: QueryDict) -> tuple[dict[str, str], list[str]]:
    """Read rows of attribute_name and attribute_value; answers them and what is wrong with them."""
    found: dict[str, str] = {}
    faults = []
    for name, value in zip(data.getlist("attribute_name"), data.getlist("attribute_value"), strict=False):
        name, value = name.strip(), value.strip()
        if not name and not value:
            continue
        if not re.fullmatch(ATTRIBUTE_NAME, name):
            faults.append(
                _("The attribute name “%(name)s” must have the form %(form)s") % {"name": name, "form": ATTRIBUTE_NAME}
            )
        elif not re.fullmatch(ATTRIBUTE_VALUE, value):
            faults.append(
                _("The value of %(name)s must have the form %(form)s") % {"name": name, "form": ATTRIBUTE_VALUE}
            )
        elif name in found:
            faults.append(_("The attribute %(name)s is given twice") % {"name": name})
        else:
            found[name] = value
    return found, faults


def attribute_fields(attributes: dict[str, str]) -> dict[str, list[str]]:
    """Write attributes as the fields that `read_attributes` reads."""
    return {"attribute_name": list(attributes), "attribute_value": list(attributes.values())}


class WithAttributes(forms.Form):
    """A form with rows of attributes beside its fields."""

    def __init__(self, *args: Any, attributes: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attributes = attributes or {}
        if isinstance(self.data, QueryDict):
            self.attributes, self._faults = read_attributes(self.data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for fault in self._faults:
            self.add_error(None, fault)
        return cleaned

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The attributes and one empty row."""
        return [*self.attributes.items(), ("", "")]


class ThingForm(WithAttributes):
    """A new thing."""

    name = name_field(gettext_lazy("Thing name"))
    thing_type = choice_field(
        gettext_lazy("Type"), (), gettext_lazy("With a type a thing may have 50 attributes instead of 3.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["thing_type"].choices = type_choices()  # type: ignore[attr-defined]  # a ChoiceField has choices


class ThingEditForm(WithAttributes):
    """The type and attributes of a thing."""

    thing_type = choice_field(gettext_lazy("Type"), ())
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["thing_type"].choices = type_choices()  # type: ignore[attr-defined]  # a ChoiceField has choices


class TypeForm(forms.Form):
    """A new thing type."""

    name = name_field(gettext_lazy("Type name"))
    description = text_field(gettext_lazy("Description"))
    searchable = text_field(gettext_lazy("Searchable attributes"), gettext_lazy("Up to three names, parted by commas."))

    def clean_searchable(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["searchable"].split(",") if name.strip()]
        wrong = [name for name in names if not re.fullmatch(ATTRIBUTE_NAME, name)]
        if wrong or len(names) > 3:
            raise forms.ValidationError(_("At most three names of the form %(form)s") % {"form": ATTRIBUTE_NAME})
        return names


class GroupForm(WithAttributes):
    """A new group, or the description and attributes of one."""

    name = name_field(gettext_lazy("Group name"))
    parent = choice_field(
        gettext_lazy("Parent"), (), gettext_lazy("Policies of a group apply to the things of all groups below it.")
    )
    description = text_field(gettext_lazy("Description"))

    def __init__(self, *args: Any, existing: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if existing:
            del self.fields["name"], self.fields["parent"]
        else:
            self.fields["parent"].choices = group_choices(_("none"))  # type: ignore[attr-defined]  # a ChoiceField


def type_choices() -> list[tuple[str, str]]:
    """Answer the types that a thing may be given."""
    rows = thing_types.thing_types(settings.SCOPE).filter(deprecated_at__isnull=True).order_by("name")
    return [("", _("none")), *((name, name) for name in rows.values_list("name", flat=True)[:SHOWN_CHOICES])]


def group_choices(empty: str) -> list[tuple[str, str]]:
    """Answer the static groups."""
    rows = thing_groups.thing_groups(settings.SCOPE).filter(query_string="").order_by("name")
    return [("", empty), *((name, name) for name in rows.values_list("name", flat=True)[:SHOWN_CHOICES])]
