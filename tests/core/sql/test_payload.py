"""Payloads: parsed once, with all the digits of long numbers."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.message import Message
from iot.core.sql.payload import Input, parse_fractions, parse_json
from iot.core.sql.values import UNDEFINED

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_json_is_read_as_what_it_says(value: Any) -> None:
    assert parse_json(orjson.dumps(value)) == value


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"80", 80),
        (b"10.0", 10.0),
        (b"12345678901234567890", 12345678901234567890),
        (b"0.12345678901234567890", Decimal("0.12345678901234567890")),
        (b"1234567890123456.0", 1234567890123456),
        (b"1e400", Decimal("1e400")),
        (b"1E-400", Decimal("1e-400")),
        (b'["\\ud83d\\ude00", 1234567890123456789]', ["\U0001f600", 1234567890123456789]),
    ],
)
def test_numbers_keep_all_their_digits(content: bytes, value: object) -> None:
    assert parse_json(content) == value


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"on",
        b"\xde\xad",
        b"{",
        b"NaN",
        b"[1234567890123456789, NaN]",
        b"1e1000",
        b"1.0000000000000000e1000",
        b'["\\ud83d", 1234567890123456789]',
        "[1234567890123456789]".encode("utf-16"),
        b"[" * 200_000,
        b"1234567890123456 " + b"[" * 200_000,
    ],
)
def test_anything_else_is_undefined(content: bytes) -> None:
    assert parse_json(content) is UNDEFINED


def test_a_decimal_without_a_fraction_is_kept_where_that_is_asked_for() -> None:
    assert repr(parse_fractions(b"[10.0, 2.50, 7, 1.5e1]")) == "[Decimal('10.0'), 2.5, 7, Decimal('15')]"
    assert parse_fractions(b"{") is UNDEFINED


def test_a_message_is_seen_with_fractions_as_the_same_one() -> None:
    given_input = Input(Message("t", b"[10.0]"), "a/b")
    kept = given_input.with_fractions
    assert kept is given_input.with_fractions
    assert (kept.message, kept.topic) == (given_input.message, "a/b")
    assert (str(kept.payload), given_input.payload) == ("[Decimal('10.0')]", [10.0])


def test_a_message_is_parsed_when_first_asked_for_and_only_then() -> None:
    given_input = Input(Message("$aws/rules/r/a/b", b'{"a": 1}'), "a/b")
    assert given_input.payload is given_input.payload
    assert (given_input.topic, Input(given_input.message).topic) == ("a/b", "$aws/rules/r/a/b")
