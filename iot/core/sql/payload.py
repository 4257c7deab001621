"""A message as rules see it: its payload parsed at most once, and only when a rule asks for it."""

import json
import re
from typing import Any

import orjson

from iot.core.message import Message
from iot.core.sql.lexer import number_of
from iot.core.sql.values import UNDEFINED, tidy

_LONG_NUMBER = re.compile(rb"[0-9][0-9.eE+-]{15}")
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
        if _LONG_NUMBER.search(content):
            return json.loads(content, parse_float=_decimal, parse_int=_decimal, parse_constant=_refuse)
        return orjson.loads(content)
    except (ValueError, RecursionError):
        return UNDEFINED


def _decimal(text: str) -> Any:
    return tidy(number_of(text))


def _refuse(text: str) -> Any:
    raise ValueError(text)
