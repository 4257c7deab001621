"""A message as rules see it: its payload parsed at most once, and only when a rule asks for it."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import orjson

from iot.core.message import Message
from iot.core.sql.values import UNDEFINED, number_of

# Digits and points to 0, e to e, signs away: what no double holds is then a plain substring, found far sooner than by
# a regular expression.
_SHAPES = bytes(
    ord("0") if chr(byte) in "0123456789." else ord("e") if chr(byte) in "eE" else 32 for byte in range(256)
)
_LONG = b"0" * 16
_FAR = b"0e000"
_UNPARSED: Any = ()


class Input:
    """A message for any number of rules; `topic` is what rules match, without a Basic Ingest prefix.

    `parsed` is its payload once it was asked for, and false before.
    """

    __slots__ = ("_fractions", "_parse", "message", "parsed", "topic")

    def __init__(self, message: Message, topic: str | None = None, parse: Callable[[bytes], Any] | None = None) -> None:
        self.message = message
        self.topic = message.topic if topic is None else topic
        self.parsed = _UNPARSED
        self._parse = parse
        self._fractions: Input | None = None

    @property
    def payload(self) -> Any:
        """The payload's JSON value, or UNDEFINED where it is not JSON."""
        if self.parsed is _UNPARSED:
            self.parsed = (self._parse or parse_json)(self.message.payload)
        return self.parsed

    @property
    def with_fractions(self) -> "Input":
        """The same message as SQL 2015-10-08 sees it: 10.0 is not 10 there."""
        if self._fractions is None:
            self._fractions = Input(self.message, self.topic, parse_fractions)
        return self._fractions


def parse_json(content: bytes) -> Any:
    """Parse JSON, long numbers with all their digits; UNDEFINED where the content is not JSON."""
    try:
        shapes = content.translate(_SHAPES, b"+-")
        if _LONG in shapes or _FAR in shapes:
            return _parse_exactly(content, _decimal)
        return orjson.loads(content)
    except (ValueError, RecursionError):
        return UNDEFINED


def parse_fractions(content: bytes) -> Any:
    """Parse JSON as `parse_json` does, but keep a decimal without a fraction as the Decimal that was written."""
    try:
        return _parse_exactly(content, _written_decimal)
    except (ValueError, RecursionError):
        return UNDEFINED


def _parse_exactly(content: bytes, decimal: Callable[[str], Any]) -> Any:
    value = json.loads(content.decode(), parse_float=decimal, parse_int=_decimal, parse_constant=_refuse)
    if b"\\u" in content:
        # Half a surrogate pair is a ValueError here, as in the quick parser.
        json.dumps(value, ensure_ascii=False, default=str).encode()
    return value


def _decimal(text: str) -> Any:
    number = number_of(text)
    return _refuse(text) if number is UNDEFINED else number


def _written_decimal(text: str) -> Any:
    number = _decimal(text)
    return Decimal(text) if isinstance(number, int) else number


def _refuse(text: str) -> Any:
    raise ValueError(text)
