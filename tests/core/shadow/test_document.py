"""Shadow documents: the laws of merging and of differences."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.shadow.document import (
    Document,
    apply,
    difference,
    dump,
    fits,
    holds_null_in_array,
    load,
    merge,
    same,
    size,
    spell_times,
    too_deep,
)

leaves = st.booleans() | st.integers(-9, 9) | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2)
trees = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), leaves, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner | leaves, max_size=3),
    max_leaves=8,
)
changes = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), leaves | st.none(), max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner | leaves | st.none(), max_size=3),
    max_leaves=8,
)
states = st.none() | st.dictionaries(st.sampled_from(["desired", "reported"]), changes | st.none(), max_size=2)


def times_of(tree: Any, now: int) -> Any:
    return {key: times_of(value, now) for key, value in tree.items()} if isinstance(tree, dict) else now


def same_shape(tree: Any, times: Any) -> bool:
    if isinstance(tree, dict):
        return (
            isinstance(times, dict)
            and tree.keys() == times.keys()
            and all(map(same_shape, tree.values(), times.values()))
        )
    return isinstance(times, int)


@given(trees, changes)
def test_merging_the_same_change_twice_changes_nothing_more(tree: dict[str, Any], change: dict[str, Any]) -> None:
    once, times = merge(tree, times_of(tree, 1), change, 2)
    assert merge(once, times, change, 2) == (once, times)


@given(trees, changes)
def test_merging_changes_only_what_the_change_names(tree: dict[str, Any], change: dict[str, Any]) -> None:
    merged, times = merge(tree, times_of(tree, 1), change, 2)
    for key in tree.keys() - change.keys():
        assert merged[key] == tree[key]
        assert times[key] == times_of(tree[key], 1)
    for key, value in change.items():
        assert (key in merged) is (value is not None)
    assert same_shape({key: merged[key] for key in sorted(merged)}, {key: times[key] for key in sorted(times)})


@given(trees, changes)
def test_a_document_is_never_changed_in_place(tree: dict[str, Any], change: dict[str, Any]) -> None:
    before = orjson.dumps(tree)
    merge(tree, times_of(tree, 1), change, 2)
    assert orjson.dumps(tree) == before


@given(trees, trees)
def test_reporting_the_difference_leaves_none(desired: dict[str, Any], reported: dict[str, Any]) -> None:
    delta, _ = difference(desired, reported, times_of(desired, 1))
    caught_up, _ = merge(reported, times_of(reported, 1), delta, 2)
    assert difference(desired, caught_up, times_of(desired, 1)) == ({}, {})


@given(trees, trees)
def test_a_difference_holds_only_what_is_desired(desired: dict[str, Any], reported: dict[str, Any]) -> None:
    delta, times = difference(desired, reported, times_of(desired, 7))
    assert difference(delta, desired, times_of(delta, 1)) == ({}, {})
    assert times == spell_times(delta, times_of(delta, 7))
    assert difference(desired, desired, times_of(desired, 1)) == ({}, {})


@given(st.lists(states, max_size=5))
def test_every_update_counts_and_every_document_is_read_as_it_was_written(updates: list[Any]) -> None:
    document = Document()
    for number, state in enumerate(updates, 1):
        document = apply(document, state, number)
    assert document.version == len(updates)
    assert load(dump(document), document.version) == document
    assert document.metadata.keys() == document.state.keys()
    assert size(document) == len(orjson.dumps(document.state))


@given(states, st.integers(0, 100))
def test_a_document_fits_where_its_state_is_not_longer_than_the_limit(state: Any, limit: int) -> None:
    document = apply(Document(), state, 1)
    assert fits(document, dump(document), limit) is (size(document) <= limit)


def test_a_section_or_the_whole_state_is_removed_by_null() -> None:
    document = apply(Document(), {"desired": {"a": 1}, "reported": {"b": 2}}, 1)
    assert apply(document, {"desired": None}, 2).state == {"reported": {"b": 2}}
    assert apply(document, None, 2) == Document(version=2)


def test_only_sections_that_hold_anything_are_shown() -> None:
    document = apply(Document(), {"desired": {}, "reported": {"a": {}}}, 1)
    assert document.state == {"reported": {"a": {}}}
    assert document.metadata == {"reported": {"a": {}}}


def test_times_are_spelled_one_an_element() -> None:
    document = apply(Document(), {"desired": {"a": [1, {"b": 2}], "c": "x"}}, 5)
    stamp = {"timestamp": 5}
    assert document.metadata == {"desired": {"a": [stamp, {"b": stamp}], "c": stamp}}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        (True, True, True),
        ("a", "b", False),
        ([1, {"a": [2]}], [1.0, {"a": [2]}], True),
        ([1, 2], [2, 1], False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"b": 1}, False),
        ({}, [], False),
    ],
)
def test_values_are_the_same_as_json(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected


def test_arrays_differ_as_a_whole() -> None:
    assert difference({"a": [1, 2]}, {"a": [1, 3]}, {"a": 4}) == ({"a": [1, 2]}, {"a": [{"timestamp": 4}] * 2})


@pytest.mark.parametrize(
    ("value", "levels", "expected"),
    [
        (1, 0, False),
        ({}, 0, True),
        ({"a": {"b": 1}}, 2, False),
        ({"a": {"b": 1}}, 1, True),
        ([[1]], 1, True),
        ([[1]], 2, False),
    ],
)
def test_depth_counts_objects_and_arrays(value: Any, levels: int, expected: bool) -> None:
    assert too_deep(value, levels) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, False), ({"a": None}, False), ({"a": [None]}, True), ([1, [2, None]], True), ([{"a": [1]}], False)],
)
def test_null_in_an_array_is_found(value: Any, expected: bool) -> None:
    assert holds_null_in_array(value) is expected
