"""Rules SQL, characters to tokens. Keywords are recognised by the parser, because most of them are legal names too."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from iot.core import errors
from iot.core.sql.values import UNDEFINED, number_of

MAXIMUM_CHARACTERS = 256 * 1024


class Kind(Enum):
    NAME = auto()
    VARIABLE = auto()
    NUMBER = auto()
    STRING = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `value` is its text, or the value of a number or string literal, `position` where it begins."""

    kind: Kind
    value: str
    position: int
    number: int | float | Decimal = 0

    @property
    def keyword(self) -> str:
        return self.value.upper() if self.kind is Kind.NAME else ""


_TOKENS = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<variable>@[A-Za-z0-9_]+)
      | (?P<string>'(?:[^']|'')*'|"(?:[^"]|"")*")
      | (?P<symbol><>|<=|>=|[-=<>+*/%(),.\[\]{}:])
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "number": Kind.NUMBER,
    "name": Kind.NAME,
    "variable": Kind.VARIABLE,
    "string": Kind.STRING,
    "symbol": Kind.SYMBOL,
}


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens, the last of which is END. Raises SqlParseException."""
    if len(text) > MAXIMUM_CHARACTERS:
        raise errors.SqlParseException(f"The statement has more than {MAXIMUM_CHARACTERS} characters")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKENS.match(text, position)
        if match is None or text.startswith("--", position):
            raise parse_error(text, position, _complaint(text, position))
        group = str(match.lastgroup)
        if group != "space":
            tokens.append(_token(text, match, group))
        position = match.end()
    tokens.append(Token(Kind.END, "", len(text)))
    return tokens


def parse_error(text: str, position: int, message: str) -> errors.SqlParseException:
    """Make the error for a position, with its line and column, both counted from one."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return errors.SqlParseException(f"{message} at line {line}, column {column}", line=line, column=column)


def _token(text: str, match: re.Match[str], group: str) -> Token:
    kind, written, position = _KINDS[group], match[0], match.start()
    if kind is Kind.STRING:
        quote = written[0]
        return Token(kind, written[1:-1].replace(quote * 2, quote), position)
    if kind is not Kind.NUMBER:
        return Token(kind, written, position)
    number = number_of(written)
    if number is UNDEFINED:
        raise parse_error(text, position, "The number is beyond 9.99E999 or below 1E-999: error")
    return Token(kind, written, position, number)


def _complaint(text: str, position: int) -> str:
    character = text[position]
    if character in "'\"":
        return "The string that begins here is not closed: error"
    if text.startswith("--", position):
        return "Comments are not supported: error"
    if text.startswith("!=", position):
        return "Unexpected '!=': write <> for not equal,"
    return f"Unexpected character {character!r}"
