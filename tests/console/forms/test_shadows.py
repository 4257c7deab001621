"""A wish as rows or JSON, turned into the update request."""

import json

import pytest
from django import forms
from django.http import QueryDict

from console.forms.shadows import check_shadow_name, make_request, read_wish


def data(**values: str | list[str]) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in values.items():
        found.setlist(name, value if isinstance(value, list) else [value])
    return found


def test_rows_are_paths_with_json_or_text() -> None:
    rows = data(mode="form", path=['["a.b"]', "c.d", " ", "e"], value=["1", "on", "x", ""])
    assert read_wish(rows) == {"a.b": 1, "c": {"d": "on"}}


def test_the_request_has_what_differs_and_the_version() -> None:
    text = make_request(data(base='{"a": 1}', desired='{"a": 2}', version="3"))
    assert json.loads(text) == {"state": {"desired": {"a": 2}}, "version": 3}
    assert "version" not in json.loads(make_request(data(desired='{"a": 2}', version="x")))


@pytest.mark.parametrize("values", [{"desired": "[1]"}, {"desired": "{"}, {"base": "1"}, {}])
def test_what_makes_no_request_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(forms.ValidationError):
        make_request(data(**values))


def test_a_shadow_name_has_its_form() -> None:
    assert check_shadow_name("$package:1") == "$package:1"
    for name in ("", "a b", "x" * 65):
        with pytest.raises(forms.ValidationError):
            check_shadow_name(name)
