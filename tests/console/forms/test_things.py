"""Attributes as rows of a form; choices of types and groups."""

import pytest
from django.conf import settings
from django.http import QueryDict

from console.forms.things import GroupForm, ThingForm, TypeForm, group_choices, read_attributes, type_choices
from iot.services import thing_groups, thing_types


def data(*pairs: tuple[str, str]) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in pairs:
        found.appendlist("attribute_name", name)
        found.appendlist("attribute_value", value)
    return found


def test_empty_rows_are_left_out() -> None:
    assert read_attributes(data(("a", "1"), ("", ""), (" b ", " 2 "))) == ({"a": "1", "b": "2"}, [])


@pytest.mark.parametrize("pair", [("a b", "1"), ("", "1"), ("a", "x y"), ("a", "é")])
def test_wrong_rows_are_told(pair: tuple[str, str]) -> None:
    assert len(read_attributes(data(pair))[1]) == 1


def test_a_name_given_twice_is_told() -> None:
    assert "twice" in read_attributes(data(("a", "1"), ("a", "2")))[1][0]


@pytest.mark.django_db
def test_a_form_shows_its_attributes_and_an_empty_row() -> None:
    assert ThingForm(attributes={"a": "1"}).rows == [("a", "1"), ("", "")]
    assert "name" not in GroupForm(existing=True).fields


@pytest.mark.django_db
def test_types_that_are_deprecated_and_groups_that_are_dynamic_are_not_offered() -> None:
    for name in ("new", "old"):
        thing_types.create_thing_type(settings.SCOPE, thing_type_name=name)
        thing_groups.create_thing_group(settings.SCOPE, thing_group_name=name)
    thing_types.deprecate_thing_type(settings.SCOPE, thing_type_name="old")
    thing_groups.thing_groups(settings.SCOPE).filter(name="old").update(query_string="*")
    assert [value for value, _ in type_choices()] == ["", "new"]
    assert group_choices("none") == [("", "none"), ("new", "new")]


@pytest.mark.parametrize(("text", "valid"), [("a, b", True), ("", True), ("a b", False), ("a,b,c,d", False)])
def test_a_type_has_at_most_three_searchable_attributes(text: str, valid: bool) -> None:
    assert TypeForm({"name": "t", "searchable": text}).is_valid() is valid
