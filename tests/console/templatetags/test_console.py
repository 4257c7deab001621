"""Ages, numbers, trees and differences."""

from datetime import UTC, datetime
from typing import Any

import pytest

from console.charts import line_chart
from console.templatetags import console as tags


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (90, "1 min ago"),
        (7200, "2 h ago"),
        (3 * 86_400, "3 d ago"),
        (900 * 86_400, "2 y ago"),
        (-90, "in 1 min"),
    ],
)
def test_ages_are_spelt(seconds: float, text: str) -> None:
    assert tags.spell_age(seconds) == text


def test_an_age_has_its_exact_time() -> None:
    assert 'data-exact="1970-01-01 00:01:00 UTC"' in tags.age(60)
    assert tags.age(60_000, milliseconds=True) == tags.age(60.0)
    assert tags.age(datetime(1970, 1, 1, 0, 1, tzinfo=UTC)) == tags.age(60)
    assert tags.age(None) == tags.age(0) == tags.moment(None) == "—"
    assert tags.moment(60) == "1970-01-01 00:01:00 UTC"


@pytest.mark.parametrize(("value", "text"), [(1234567, "1\u202f234\u202f567"), (1.25, "1.2"), (None, "—"), (7, "7")])
def test_numbers_have_thin_spaces(value: Any, text: str) -> None:
    assert tags.number(value) == text


@pytest.mark.parametrize(("value", "text"), [(12, "12 B"), (2048, "2.0 kB"), (3 * 1024**2, "3.0 MB"), (None, "—")])
def test_sizes_have_units(value: Any, text: str) -> None:
    assert tags.size(value) == text


def test_json_is_indented_and_other_text_left_alone() -> None:
    assert tags.pretty('{"a":1}') == '{\n  "a": 1\n}'
    assert tags.pretty("not json") == "not json"
    assert tags.pretty({"a": "é"}) == '{\n  "a": "é"\n}'


def test_a_tree_knows_the_path_of_every_value() -> None:
    node = tags.tree({"a": [1, {"b": None}], "c": "x", "d": True})
    array = node.children[0]
    assert (array.path, array.kind, array.text) == ("a", "array", "[2]")
    assert [child.path for child in array.children] == ["a[0]", "a[1]"]
    assert array.children[1].children[0].path == "a[1].b"
    assert [child.kind for child in node.children] == ["array", "string", "boolean"]


def test_a_very_deep_value_is_cut() -> None:
    value: Any = 1
    for _ in range(60):
        value = [value]
    node, depth = tags.tree(value), 0
    while node.children:
        node, depth = node.children[0], depth + 1
    assert depth == 40


def test_a_difference_shows_what_went_and_came() -> None:
    lines = tags.diff({"a": 1, "b": 2}, {"a": 1, "b": 3})["lines"]
    assert ("removed", "-", '  "b": 2') in lines
    assert ("added", "+", '  "b": 3') in lines
    assert not tags.diff({"a": 1}, {"a": 1})["lines"]
    assert [kind for kind, _, _ in tags.diff(None, {"a": 1})["lines"]] == ["added"] * 3


def test_distant_changes_are_parted() -> None:
    before, after = [str(number) for number in range(30)], [str(number) for number in range(30)]
    after[2], after[25] = "x", "y"
    assert "skip" in [kind for kind, _, _ in tags.compare(before, after)]


def test_an_icon_is_hidden_from_readers_and_a_chart_has_its_table() -> None:
    assert 'aria-hidden="true"' in tags.icon("cpu")
    drawn = line_chart("c", [], start=0, end=60)
    assert tags.chart(drawn) == {"chart": drawn}
    assert tags.json_tree([])["node"].kind == "array"
