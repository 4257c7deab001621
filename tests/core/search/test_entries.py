"""Documents taken apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.search.entries import Entry, canonical, entries_of, number_of, parse_geo, place_of, spellings


def simple(value: Any) -> list[tuple[str, float | None, bool]]:
    return [(one.text, one.number, one.whole) for one in entries_of({"f": value})]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ABC", [("abc", None, True)]),
        ("75", [("75", 75.0, True)]),
        ("007", [("007", None, True)]),
        ("New  York", [("new york", None, True), ("new", None, False), ("york", None, False)]),
        ("", [("", None, True)]),
        (True, [("true", None, True)]),
        (False, [("false", None, True)]),
        (2.0, [("2", 2.0, True)]),
        (-5, [("-5", -5.0, True)]),
        (2**53, [("9007199254740992", None, True)]),
        (-(2**53), [("-9007199254740992", -9007199254740992.0, True)]),
        (1e300, [("1e+300", 1e300, True)]),
        (None, []),
        ([1, "a", None], [("1", 1.0, True), ("a", None, True)]),
        ([[1], [2]], [("1", 1.0, True), ("2", 2.0, True)]),
        ([1, {"a": 2}], []),
        ([[1, {"a": 2}]], []),
        ([], []),
        ({}, []),
    ],
)
def test_a_value_gives_its_entries(value: Any, expected: Any) -> None:
    assert simple(value) == expected


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("registry.thingTypeName", "thingTypeName"),
        ("registry.version", "registry.version"),
        ("attributes.registry.x", "attributes.registry.x"),
    ],
)
def test_some_fields_of_the_registry_have_two_names(field: str, name: str) -> None:
    assert canonical(field) == name


def test_a_text_of_the_index_leads_back_to_how_it_was_written() -> None:
    document = {"a": {"b": ["New  York", 2.0, True, "NEW YORK"]}, "b": "x"}
    assert spellings(document, "a.b") == {"new york": "New York", "2": "2", "true": "true"}


def test_nesting_and_dots_in_keys_give_the_same_path() -> None:
    nested, dotted = entries_of({"a": {"b": {"c": 1}}}), entries_of({"a": {"b.c": 1}})
    assert nested == dotted == [Entry("a.b.c", "1", 1.0)]


@pytest.mark.parametrize(
    ("field", "general"),
    [
        ("thingName", True),
        ("attributes", True),
        ("connectivity", False),
    ],
)
def test_a_term_without_a_field_does_not_look_at_connectivity(field: str, general: bool) -> None:
    document = {field: {"x": "a"}} if field != "thingName" else {field: "a"}
    assert [one.general for one in entries_of(document)] == [general]


def test_metadata_and_has_delta_are_found_by_their_fields_only() -> None:
    found = entries_of(
        {"shadow": {"metadata": {"desired": {"a": {"timestamp": 1}}}, "hasDelta": True, "desired": {"a": 1}}}
    )
    assert {one.field: one.general for one in found} == {
        "shadow.metadata.desired.a.timestamp": False,
        "shadow.hasDelta": False,
        "shadow.desired.a": True,
    }


@given(st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_read_from_its_json_text(number: float) -> None:
    found = simple(number)[0]
    assert found[1] == number
    assert number_of(found[0]) == number


@pytest.mark.parametrize("text", ["", "a", "1.", ".5", "+1", "0x1", "1 ", str(2**53), "NaN"])
def test_other_texts_are_no_numbers(text: str) -> None:
    assert number_of(text) is None


@pytest.mark.parametrize(
    ("value", "order", "place"),
    [
        ("47.6,-122.3", "LatLon", (47.6, -122.3)),
        ("-122.3, 47.6", "LonLat", (47.6, -122.3)),
        ("POINT(-122.3 47.6)", "LatLon", (47.6, -122.3)),
        ([47.6, -122.3], "LatLon", (47.6, -122.3)),
        ([-122.3, 47], "LonLat", (47.0, -122.3)),
        ({"lat": 47.6, "lon": -122.3}, "LonLat", (47.6, -122.3)),
        ({"latitude": 47.6, "long": -122.3}, "LatLon", (47.6, -122.3)),
        ({"lat": 47.6}, "LatLon", None),
        ({"lat": True, "lon": 1}, "LatLon", None),
        ([1, 2, 3], "LatLon", None),
        ([91, 0], "LatLon", None),
        ("here", "LatLon", None),
        (5, "LatLon", None),
    ],
)
def test_places_come_in_four_forms(value: Any, order: str, place: Any) -> None:
    assert place_of(value, order) == place


def test_a_place_is_an_entry_beside_its_values() -> None:
    found = entries_of({"at": "1,2", "no": "x"}, {"at": "LatLon", "no": "LatLon"})
    assert Entry("at", "", None, True, False, (1.0, 2.0)) in found
    assert Entry("at", "1,2") in found
    assert sum(one.point is not None for one in found) == 1


def test_geo_locations_have_a_name_and_an_order() -> None:
    assert parse_geo([{"name": "a"}, {"name": "b", "order": "LonLat"}]) == {"a": "LatLon", "b": "LonLat"}
    for broken in ({"name": "a", "order": "Up"}, {"order": "LatLon"}):
        with pytest.raises(errors.InvalidRequestException):
            parse_geo([broken])
