"""Tokens, and where they begin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.sql.lexer import MAXIMUM_CHARACTERS, Kind, tokenize


def kinds(text: str) -> list[tuple[Kind, str]]:
    return [(token.kind, token.value) for token in tokenize(text)[:-1]]


def test_a_statement_is_split_into_tokens() -> None:
    assert kinds("SELECT a.b, @v<>'x' FROM \"t\" {[:]}") == [
        (Kind.NAME, "SELECT"),
        (Kind.NAME, "a"),
        (Kind.SYMBOL, "."),
        (Kind.NAME, "b"),
        (Kind.SYMBOL, ","),
        (Kind.VARIABLE, "@v"),
        (Kind.SYMBOL, "<>"),
        (Kind.STRING, "x"),
        (Kind.NAME, "FROM"),
        (Kind.STRING, "t"),
        *[(Kind.SYMBOL, symbol) for symbol in "{[:]}"],
    ]


def test_a_token_knows_its_position_and_the_last_one_is_the_end() -> None:
    tokens = tokenize("  a\n b")
    assert [token.position for token in tokens] == [2, 5, 6]
    assert tokens[-1].kind is Kind.END


def test_only_names_are_keywords() -> None:
    name, string, end = tokenize("select 'select'")
    assert (name.keyword, string.keyword, end.keyword) == ("SELECT", "", "")


def test_a_doubled_quote_stands_for_one() -> None:
    assert kinds("'it''s' \"a\"\"b\"") == [(Kind.STRING, "it's"), (Kind.STRING, 'a"b')]


def test_a_number_token_carries_its_value() -> None:
    assert [token.number for token in tokenize("1.5 x")[:2]] == [1.5, 0]


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("SELECT ;", 1, 8, "';'"),
        ("a\n  'open", 2, 3, "not closed"),
        ('"open', 1, 1, "not closed"),
        ("a != b", 1, 3, "write <>"),
        ("SELECT i -- why", 1, 10, "Comments"),
        ("a /* b */ ?", 1, 11, "'?'"),
        ("a + 1E1000", 1, 5, "beyond"),
    ],
)
def test_an_error_names_line_and_column(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(errors.SqlParseException) as caught:
        tokenize(text)
    assert caught.value.members == {"line": line, "column": column}
    assert part in caught.value.message


def test_it_refuses_a_text_beyond_the_limit() -> None:
    with pytest.raises(errors.SqlParseException, match="characters"):
        tokenize(" " * (MAXIMUM_CHARACTERS + 1))


@given(st.text())
def test_any_text_gives_tokens_or_a_parse_error(text: str) -> None:
    try:
        tokens = tokenize(text)
    except errors.SqlParseException as error:
        assert {"line", "column"} <= error.members.keys()  # noqa: PT017  # not every text is refused
    else:
        assert tokens[-1].position == len(text)
