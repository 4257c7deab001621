"""The publish form: payloads by encoding, properties, and what is refused where."""

import pytest

from console.forms.messages import PublishForm
from iot.core.message import NO_PROPERTIES

FORM = {"topic": "t", "encoding": "text", "qos": "0", "payload": ""}


@pytest.mark.parametrize(
    ("encoding", "payload", "expected"),
    [("text", "a\r\nb", b"a\nb"), ("hex", "00 ff", b"\x00\xff"), ("base64", "AP8=", b"\x00\xff"), ("text", "", b"")],
)
def test_a_payload_is_read_by_its_encoding(encoding: str, payload: str, expected: bytes) -> None:
    form = PublishForm({**FORM, "encoding": encoding, "payload": payload})
    assert form.is_valid()
    assert form.cleaned_data["bytes"] == expected


def test_no_property_is_sent_where_none_is_given() -> None:
    form = PublishForm(FORM)
    assert form.is_valid()
    assert form.properties == NO_PROPERTIES


def test_a_topic_keeps_its_blanks() -> None:
    form = PublishForm({**FORM, "topic": " a "})
    assert form.is_valid()
    assert form.cleaned_data["topic"] == " a "


@pytest.mark.parametrize(
    ("fields", "at"),
    [({"topic": "#"}, "topic"), ({"encoding": "base64", "payload": "?"}, "payload"), ({"qos": "2"}, "qos")],
)
def test_a_fault_is_at_its_field(fields: dict[str, str], at: str) -> None:
    form = PublishForm({**FORM, **fields})
    assert not form.is_valid()
    assert list(form.errors) == [at]
