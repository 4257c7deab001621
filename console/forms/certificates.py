"""Forms for certificates and authorities."""

from django import forms
from django.utils.translation import gettext_lazy as _

from console.forms.fields import choice_field

PEM = {"class": "input code", "rows": 8, "spellcheck": "false"}


class CertificateForm(forms.Form):
    """A new certificate: with a key made here, for a request, or one that exists."""

    way = choice_field(
        _("How"),
        [
            ("keys", _("Make key and certificate here")),
            ("csr", _("Sign a certificate signing request")),
            ("register", _("Register a certificate without its CA")),
        ],
        required=True,
    )
    pem = forms.CharField(
        label=_("Request or certificate (PEM)"),
        required=False,
        widget=forms.Textarea({**PEM, "placeholder": "-----BEGIN CERTIFICATE REQUEST-----"}),
        help_text=_("Not needed where key and certificate are made here."),
    )
    active = forms.BooleanField(label=_("Active at once"), required=False, initial=True)

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or self.cleaned_data
        if cleaned.get("way") != "keys" and not cleaned.get("pem"):
            self.add_error("pem", _("Paste the PEM text"))
        return cleaned


class CaForm(forms.Form):
    """A certificate authority of somebody's own."""

    pem = forms.CharField(label=_("CA certificate (PEM)"), widget=forms.Textarea(PEM))
    verification = forms.CharField(
        label=_("Verification certificate (PEM)"),
        required=False,
        widget=forms.Textarea(PEM),
        help_text=_(
            "Signed by the CA, with the registration code as its common name. Not needed in the mode SNI_ONLY."
        ),
    )
    mode = choice_field(_("Mode"), [("DEFAULT", "DEFAULT"), ("SNI_ONLY", "SNI_ONLY")], required=True)
    active = forms.BooleanField(label=_("Active at once"), required=False, initial=True)
    auto = forms.BooleanField(
        label=_("Register device certificates by themselves"),
        required=False,
        help_text=_("A device of this CA that connects for the first time is registered, not yet active."),
    )
