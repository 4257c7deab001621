"""Rules SQL, characters to tokens. Keywords are recognised by the parser, because most of them are legal names too."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto

from iot.core import errors

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
            tokens.append(_token(_KINDS[group], match[0], position))
        position = match.end()
    tokens.append(Token(Kind.END, "", len(text)))
    return tokens


def parse_error(text: str, position: int, message: str) -> errors.SqlParseException:
    """Make the error for a position, with its line and column, both counted from one."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return errors.SqlParseException(f"{message} at line {line}, column {column}", line=line, column=column)


def number_of(text: str) -> int | float | Decimal:
    """Read a number: an int, or a float where that is exact to 15 digits, else a Decimal."""
    if text.lstrip("-").isdecimal():
        return int(text) if len(text) <= 35 else Decimal(text)
    digits = re.sub(r"[eE].*|[-.]", "", text).strip("0")
    value = Decimal(text)
    if len(digits) <= 15 and (not value or -300 < value.adjusted() < 300):
        return float(text)
    return value


def _token(kind: Kind, text: str, position: int) -> Token:
    if kind is Kind.STRING:
        quote = text[0]
        return Token(kind, text[1:-1].replace(quote * 2, quote), position)
    if kind is Kind.NUMBER:
        return Token(kind, text, position, number_of(text))
    return Token(kind, text, position)


def _complaint(text: str, position: int) -> str:
    character = text[position]
    if character in "'\"":
        return "The string that begins here is not closed: error"
    if text.startswith("--", position):
        return "Comments are not supported: error"
    if text.startswith("!=", position):
        return "Unexpected '!=': write <> for not equal,"
    return f"Unexpected character {character!r}"
