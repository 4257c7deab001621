"""The query language, text to tree."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core import errors
from iot.core.search.query import (
    And,
    Everything,
    Like,
    Near,
    Not,
    Or,
    Phrase,
    Present,
    Range,
    Word,
    parse_query,
)

A, B, C = (Word("f", name) for name in "abc")


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("*", Everything()),
        ("f:*", Present("f")),
        ("f:a", A),
        ("F.g-h:A", Word("F.g-h", "a")),
        ("f : a", A),
        ("a", Word(None, "a")),
        ("f:75", Word("f", "75", 75.0)),
        ("f:-5", Word("f", "-5", -5.0)),
        ("f:1.2.3", Word("f", "1.2.3")),
        ("f:aa:bb", Word("f", "aa:bb")),
        (r"f:a\-b\*", Word("f", "a-b*")),
        ('f."g.h".i:a', Word("f.g.h.i", "a")),
        ("f:a?b*c", Like("f", ("a", "", "b", None, "c"))),
        ("f:*a", Like("f", (None, "a"))),
        ("?a", Like(None, ("", "a"))),
        ('f:"New  York"', Phrase("f", ("new", "york"))),
        ('"a"', Word(None, "a")),
        (r'f:"say \"b\""', Phrase("f", ("say", '"b"'))),
        ("f:[75 TO 80]", Range("f", 75.0, 80.0, True, True)),
        ("f:{75 TO 80]", Range("f", 75.0, 80.0, False, True)),
        ('f:["AB" TO "cd"}', Range("f", "ab", "cd", True, False)),
        ("f:[1 TO b]", Range("f", "1", "b", True, True)),
        ("f:[* TO 5]", Range("f", None, 5.0, True, True)),
        ("[1 TO 2]", Range(None, 1.0, 2.0, True, True)),
        ("f>5", Range("f", 5.0, None, False, True)),
        ("f >= -1.5", Range("f", -1.5, None, True, True)),
        ("f<5", Range("f", None, 5.0, True, False)),
        ("f<=5e1", Range("f", None, 50.0, True, True)),
        ("f:geo_distance,47.6,-122.3,1.5km", Near("f", 47.6, -122.3, 1500.0)),
        ("f:a f:b", And((A, B))),
        ("f:a AND f:b", And((A, B))),
        ("f:a OR f:b f:c", Or((A, And((B, C))))),
        ("(f:a OR f:b) AND f:c", And((Or((A, B)), C))),
        ("NOT f:a", Not(A)),
        ("-f:a", Not(A)),
        ("NOT NOT f:a", A),
        ("f:a -f:b", And((A, Not(B)))),
        ("f:a NOT (f:b)", And((A, Not(B)))),
        ("f:(a OR b)", Or((A, B))),
        ("f:(a -b)", And((A, Not(B)))),
        ("f:(a AND (b OR c))", And((A, Or((B, C))))),
        ("  f:a  ", A),
        ("and or not", And((Word(None, "and"), Word(None, "or"), Word(None, "not")))),
        ("ORDER NOTE ANDROID", And((Word(None, "order"), Word(None, "note"), Word(None, "android")))),
    ],
)
def test_a_query_is_read(text: str, node: Any) -> None:
    assert parse_query(text) == node


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "a term is missing"),
        ("f:", "a value is missing"),
        ("f:)", "a value is missing"),
        ("f:a AND", "a term is missing"),
        ("AND f:a", "a term is missing"),
        ("f:a OR OR f:b", "a term is missing"),
        ("NOT", "a term is missing"),
        ("(f:a", "')' is missing"),
        ("f:a)", "unexpected ')'"),
        ("f:(g:a)", "a field inside the values"),
        ("f:]", "unexpected ']'"),
        ("f>a", "a number must follow >"),
        ("f<", "a number must follow <"),
        ('f:"a', "the quotes are not closed"),
        ('f:" "', "the quotes are empty"),
        ('f:"a b"~2', "proximity"),
        ("f:[1 2]", "TO is missing"),
        ("f:[1 TO ", "a bound is missing"),
        ("f:[1 TO 2", "not closed"),
        ("f:[a@b TO c]", "the character @"),
        ("f:a^2", "the character ^"),
        ("f:a~", "the character ~"),
        ("f:/a+/", "the character /"),
        ("f:a&&b", "the character &"),
        (r"f:a\b", "unexpected"),
        ("f:geo_distance,1,2", "expected geo_distance"),
        ("f:geo_distance,91,2,1km", "no such place"),
        ("geo_distance,1,2,3km", "the character ,"),
        ("f:*a f:*b", "At most one term"),
        (f"f:*a OR f:{'b' * 100}", "at most 100 characters"),
        (" OR ".join(f"f:{number}" for number in range(13)), "at most 12 terms"),
        ("(" * 33 + "a", "too many parentheses"),
    ],
)
def test_a_malformed_query_is_refused(text: str, part: str) -> None:
    with pytest.raises(errors.InvalidQueryException) as caught:
        parse_query(text)
    assert part in caught.value.message


def test_twelve_terms_are_allowed_and_presence_has_no_leading_wildcard() -> None:
    parse_query(" ".join(f"f{number}:*" for number in range(12)))


@given(
    st.lists(
        st.sampled_from(
            ["f:", "a", "*b", '"', "(", ")", "[", "1", " TO ", "]", "}", "AND ", "OR ", "-", ">", "\\", "@", " "]
        )
    )
)
def test_any_text_is_a_query_or_an_error(pieces: list[str]) -> None:
    try:
        node = parse_query("".join(pieces))
    except errors.InvalidQueryException:
        return
    assert node is not None
