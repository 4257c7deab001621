"""The tutorial's forms."""

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

THING_NAME = RegexValidator(r"^[a-zA-Z0-9:_-]+$", _("Use letters, digits, hyphen, underscore and colon."))


class ThingForm(forms.Form):
    thing_name = forms.CharField(
        label=_("Name of the thing"),
        max_length=128,
        validators=[THING_NAME],
        initial="my-first-device",
        help_text=_("One name for one device. It becomes the device's client id, too."),
        widget=forms.TextInput(attrs={"class": "input mono", "autocomplete": "off", "spellcheck": "false"}),
    )


class WishForm(forms.Form):
    led = forms.ChoiceField(
        label=_("Wanted state of led"),
        choices=[("on", "on"), ("blinking", "blinking"), ("off", "off")],
        widget=forms.Select(attrs={"class": "input"}),
    )
