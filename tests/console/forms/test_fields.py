"""Names have AWS's forms; JSON faults have their place."""

import pytest
from django import forms

from console.forms.fields import POLICY_NAME, choice_field, code_field, name_field, parse_json, text_field


class Sample(forms.Form):
    name = name_field("Name")
    policy = name_field("Policy", POLICY_NAME, required=False)
    note = text_field("Note")
    code = code_field("Code", required=False)
    kind = choice_field("Kind", [("a", "A")])


@pytest.mark.parametrize("name", ["sensor-1", "a:b_c", "x" * 128])
def test_a_name_of_the_form_is_taken(name: str) -> None:
    assert Sample({"name": name, "policy": "a+=,.@-"}).is_valid()


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 129, "a\nb"])
def test_any_other_name_is_not(name: str) -> None:
    assert not Sample({"name": name}).is_valid()


def test_code_keeps_its_blanks_and_asks_for_an_editor() -> None:
    form = Sample({"name": "a", "code": "  x\n"})
    assert form.is_valid()
    assert form.cleaned_data["code"] == "  x\n"
    assert 'data-editor="json"' in str(form["code"])


def test_a_fault_in_json_has_line_and_column() -> None:
    assert parse_json('{"a": 1}') == {"a": 1}
    with pytest.raises(forms.ValidationError, match="Line 2, column 1"):
        parse_json("{\n")
