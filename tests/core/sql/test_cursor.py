"""A place among tokens: it goes on over what it takes, and names what it refuses."""

import pytest

from iot.core import errors
from iot.core.sql.cursor import Cursor


def test_it_takes_what_stands_here_and_nothing_else() -> None:
    cursor = Cursor("select ( a")
    assert not cursor.take_keyword("FROM")
    assert cursor.take_keyword("SELECT")
    assert (cursor.at("("), cursor.take(")"), cursor.take("(")) == (True, False, True)
    assert cursor.next().value == "a"


def test_it_looks_ahead_and_stays_at_the_end() -> None:
    cursor = Cursor("a b")
    assert [cursor.following().value, cursor.following(2).value, cursor.following(9).value] == ["b", "", ""]
    for _ in range(3):
        last = cursor.next()
    assert (last.value, cursor.token.position) == ("", 3)


def test_what_is_expected_is_passed() -> None:
    cursor = Cursor("from (x")
    cursor.expect_keyword("FROM")
    cursor.expect("(")
    assert cursor.token.value == "x"


@pytest.mark.parametrize(
    ("text", "message", "column"), [("  x", "found 'x'", 3), ("", "found the end of the statement", 1)]
)
def test_what_was_expected_instead_is_said_with_its_place(text: str, message: str, column: int) -> None:
    with pytest.raises(errors.SqlParseException, match=f"Expected '\\(', {message}") as caught:
        Cursor(text).expect("(")
    assert caught.value.members == {"line": 1, "column": column}
    with pytest.raises(errors.SqlParseException, match=f"Expected AS, {message}"):
        Cursor(text).expect_keyword("AS")
