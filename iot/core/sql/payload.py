"""A message as rules see it: its payload parsed at most once, and only when a rule asks for it."""

import json
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

    __slots__ = ("message", "parsed", "topic")

    def __init__(self, message: Message, topic: str | None = None) -> None:
        self.message = message
        self.topic = message.topic if topic is None else topic
        self.parsed = _UNPARSED

    @property
    def payload(self) -> Any:
        """The payload's JSON value, or UNDEFINED where it is not JSON."""
        if self.parsed is _UNPARSED:
            self.parsed = parse_json(self.message.payload)
        return self.parsed


def parse_json(content: bytes) -> Any:
    """Parse JSON, long numbers with all their digits; UNDEFINED where the content is not JSON."""
    try:
        shapes = content.translate(_SHAPES, b"+-")
        if _LONG in shapes or _FAR in shapes:
            return _parse_exactly(content)
        return orjson.loads(content)
    except (ValueError, RecursionError):
        return UNDEFINED


def _parse_exactly(content: bytes) -> Any:
    value = json.loads(content.decode(), parse_float=_decimal, parse_int=_decimal, parse_constant=_refuse)
    if b"\\u" in content:
        # Half a surrogate pair is a ValueError here, as in the quick parser.
        json.dumps(value, ensure_ascii=False, default=str).encode()
    return value


def _decimal(text: str) -> Any:
    number = number_of(text)
    return _refuse(text) if number is UNDEFINED else number


def _refuse(text: str) -> Any:
    raise ValueError(text)
