"""Forms for users and keys."""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from console.forms.fields import INPUT, choice_field, text_field
from console.roles import ROLES


class UserForm(forms.Form):
    """A new user."""

    username = forms.RegexField(
        r"\A[\w.@+-]{1,150}\Z",
        label=_("User name"),
        widget=forms.TextInput(INPUT),
        help_text=_("Letters, digits and . @ + - _"),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        validators=[validate_password],
        widget=forms.PasswordInput({"class": "input", "autocomplete": "new-password"}),
    )
    role = choice_field(
        _("Role"),
        [(role, role) for role in ROLES],
        _("A viewer reads; an operator changes devices, rules and security; an admin also users, keys and settings."),
        required=True,
    )


class PasswordForm(forms.Form):
    """One's own new password."""

    current = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput({"class": "input", "autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        validators=[validate_password],
        widget=forms.PasswordInput({"class": "input", "autocomplete": "new-password"}),
    )


class KeyForm(forms.Form):
    """A new access key or bearer token."""

    kind = choice_field(
        _("Kind"), [("key", _("Access key, for AWS clients")), ("token", _("Bearer token, for scripts"))], required=True
    )
    role = choice_field(_("Role"), [(role, role) for role in ROLES], required=True)
    description = text_field(_("What it is for"), longest=200)
