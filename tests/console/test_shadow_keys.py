"""A shadow's keys as rows, and the requests that change it."""

import json
from typing import Any

import pytest

from console.shadow_keys import Key, assemble, change_between, clearing, keys, leaves, request_text
from iot.core.shadow.document import Document


def by_name(document: Document) -> dict[str, Key]:
    return {key.dotted: key for key in keys(document)}


def test_each_key_says_where_it_stands() -> None:
    document = Document(
        desired={"same": 1, "differs": 1, "wished": {"deep": True}, "object": {"a": 1}},
        reported={"same": 1.0, "differs": 2, "told": "x", "object": {"a": 1, "b": 2}},
        desired_times={"same": 10, "differs": 20, "wished": {"deep": 30}, "object": {"a": 5}},
        reported_times={"same": 15, "differs": 12, "told": 7, "object": {"a": 6, "b": 7}},
        version=3,
    )
    found = by_name(document)
    assert found["same"].state == "in step"
    assert (found["differs"].state, found["differs"].wanted_at, found["differs"].at) == ("waiting", 20, 20)
    assert found["wished"].is_branch
    assert (found["wished.deep"].state, found["wished.deep"].level) == ("wanted only", "level-1")
    assert (found["told"].state, found["told"].reported, found["told"].wanted) == ("reported only", '"x"', None)
    assert found["object.b"].state == "reported only"
    assert next(iter(found)) == "same"


def test_an_object_against_a_value_is_one_row() -> None:
    document = Document({"k": {"a": 1}}, {"k": 5}, {"k": {"a": 4}}, {"k": 2}, 1)
    (key,) = keys(document)
    assert (key.state, key.wanted, key.reported, key.at) == ("waiting", '{"a": 1}', "5", 4)


def test_a_key_with_dots_is_told_from_a_path() -> None:
    (key,) = keys(Document({"a.b": 1}, {}, {"a.b": 1}, {}, 1))
    assert json.loads(key.pointer) == ["a.b"]


def test_deep_keys_stay_readable() -> None:
    value: Any = 1
    for _ in range(7):
        value = {"k": value}
    assert keys(Document(reported=value, reported_times={}))[-1].level == "level-deep"


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({"a": 1}, {"a": 1.0}, {}),
        ({"a": 1}, {"a": True}, {"a": True}),
        ({"a": 1, "b": 2}, {"b": 2}, {"a": None}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}}, {"a": {"y": 3}}),
        ({"a": {"x": 1}}, {"a": {"x": 1}}, {}),
        ({"a": [1]}, {"a": [1, 2]}, {"a": [1, 2]}),
        ({}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": 1}, {"a": {"x": 1}}, {"a": {"x": 1}}),
    ],
)
def test_only_what_changed_is_sent(before: dict[str, Any], after: dict[str, Any], change: dict[str, Any]) -> None:
    assert change_between(before, after) == change


def test_clearing_writes_the_null() -> None:
    assert clearing(("a", "b")) == {"desired": {"a": {"b": None}}}
    assert clearing(()) == {"desired": None}


def test_a_request_carries_the_version_it_was_made_for() -> None:
    assert json.loads(request_text({"desired": {"a": 1}}, 4)) == {"state": {"desired": {"a": 1}}, "version": 4}
    assert "version" not in json.loads(request_text({}, None))


def test_leaves_and_assemble_are_each_others_inverse() -> None:
    section = {"a": {"b": {"c": 1}, "d": []}, "e": {}}
    assert assemble(list(leaves(section))) == section
    assert assemble([(("a",), 1), (("a", "b"), 2)]) == {"a": {"b": 2}}
