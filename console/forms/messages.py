"""Publishing from the console: a topic, a payload, and the MQTT 5 properties."""

import base64
import binascii
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from iot.core import errors
from iot.core.message import Properties
from iot.services.messages import MAXIMUM_PAYLOAD, check_publishable

LONGEST_EXPIRY = 604_800
ENCODINGS = [("text", gettext_lazy("Text or JSON")), ("hex", gettext_lazy("Hexadecimal")), ("base64", "Base64")]


def _input(**attributes: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "input", "autocomplete": "off", "spellcheck": "false", **attributes})


class PublishForm(forms.Form):
    topic = forms.CharField(
        label=gettext_lazy("Topic"), strip=False, widget=_input(**{"class": "input mono", "list": "topics"})
    )
    payload = forms.CharField(
        label=gettext_lazy("Payload"),
        required=False,
        strip=False,
        max_length=MAXIMUM_PAYLOAD * 3,
        widget=forms.Textarea(attrs={"class": "input code", "rows": 6, "spellcheck": "false"}),
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Payload is"), choices=ENCODINGS, widget=forms.Select(attrs={"class": "input"})
    )
    qos = forms.TypedChoiceField(
        label="QoS", coerce=int, choices=[("0", "0"), ("1", "1")], widget=forms.Select(attrs={"class": "input"})
    )
    retain = forms.BooleanField(label=gettext_lazy("Retain"), required=False)
    content_type = forms.CharField(
        label=gettext_lazy("Content type"),
        required=False,
        max_length=256,
        widget=_input(placeholder="application/json"),
    )
    response_topic = forms.CharField(
        label=gettext_lazy("Response topic"), required=False, max_length=256, widget=_input()
    )
    correlation_data = forms.CharField(
        label=gettext_lazy("Correlation data"), required=False, max_length=8192, widget=_input()
    )
    message_expiry = forms.IntegerField(
        label=gettext_lazy("Expires after, in seconds"),
        required=False,
        min_value=1,
        max_value=LONGEST_EXPIRY,
        widget=forms.NumberInput(attrs={"class": "input"}),
    )
    utf8 = forms.BooleanField(label=gettext_lazy("Say that the payload is UTF-8"), required=False)
    user_properties = forms.CharField(
        label=gettext_lazy("User properties"),
        required=False,
        help_text=gettext_lazy("One a line: name: value"),
        widget=forms.Textarea(attrs={"class": "input code", "rows": 3, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        payload = self._payload(found)
        if payload is None or "topic" not in found:
            return found
        try:
            check_publishable(found["topic"], payload)
        except errors.AwsError as error:
            self.add_error("payload" if len(payload) > MAXIMUM_PAYLOAD else "topic", error.message)
        found["bytes"] = payload
        return found

    def _payload(self, found: dict[str, Any]) -> bytes | None:
        text: str = found.get("payload", "").replace("\r\n", "\n")
        try:
            if found.get("encoding") == "hex":
                return bytes.fromhex(text)
            if found.get("encoding") == "base64":
                return base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            self.add_error("payload", _("This is not %(encoding)s.") % {"encoding": found["encoding"]})
            return None
        return text.encode()

    def clean_user_properties(self) -> tuple[tuple[str, str], ...]:
        pairs = []
        for line in self.cleaned_data["user_properties"].splitlines():
            if not line.strip():
                continue
            name, colon, value = line.partition(":")
            if not colon:
                raise forms.ValidationError(_("“%(line)s” has no colon.") % {"line": line})
            pairs.append((name.strip(), value.strip()))
        return tuple(pairs)

    @property
    def properties(self) -> Properties:
        """The MQTT 5 properties of a valid form."""
        data = self.cleaned_data
        return Properties(
            content_type=data["content_type"] or None,
            response_topic=data["response_topic"] or None,
            correlation_data=data["correlation_data"].encode() or None,
            payload_format=1 if data["utf8"] else None,
            message_expiry=data["message_expiry"],
            user_properties=data["user_properties"],
        )
