"""The fleet index query language (queryVersion 2017-09-30), text to tree.

    query  := or ; or := and ("OR" and)* ; and := not ("AND"? not)* ; not := ("NOT" | "-") not | primary
    primary := "(" query ")" | field ":" value | field ("<" | ">" | "<=" | ">=") number | value
    value  := word | phrase | range | "(" a query without fields ")"

Standing side by side means AND. `*` and `?` in a word are wildcards; `*` alone matches everything, and as the value of
a field says that the field is present. Names of fields are sensitive to case, values are not; values are lower-cased
here. Whatever is wrong is an InvalidQueryException. Source: "Query syntax" in the AWS IoT guide.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from iot.core import errors
from iot.core.search.entries import MAXIMUM_TEXT, canonical, number_of

MAXIMUM_TERMS = 12
MAXIMUM_OPEN_LENGTH = 100
MAXIMUM_DEPTH = 32
METRES = {"km": 1000.0, "mi": 1609.344, "nmi": 1852.0, "yd": 0.9144, "ft": 0.3048, "m": 1.0}


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every document."""


@dataclass(frozen=True, slots=True)
class Present:
    """A field, or one below it, has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Word:
    """A value's word, or the whole value, is this; `field` is None where any field will do."""

    field: str | None
    text: str
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """A word with wildcards: `pieces` are literal texts, and `*` and `?` between them as None and ""."""

    field: str | None
    pieces: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Several words in a row."""

    field: str | None
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Between two bounds, both numbers or both texts; None is an open end."""

    field: str | None
    low: float | str | None
    high: float | str | None
    includes_low: bool
    includes_high: bool


@dataclass(frozen=True, slots=True)
class Near:
    """Within a distance of a place."""

    field: str
    latitude: float
    longitude: float
    metres: float


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class And:
    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    nodes: tuple["Node", ...]


Node = Everything | Present | Word | Like | Phrase | Range | Near | Not | And | Or

_SPACE = re.compile(r"\s*")
_FIELD = re.compile(r'([A-Za-z_$](?:[A-Za-z0-9_.$-]|"[^"]*")*)\s*(:|<=|>=|<|>)')
_KEYWORD = re.compile(r"(AND|OR|NOT)(?=[\s(\"\[{-]|$)")
_WORD = re.compile(r"(?:\\[^A-Za-z0-9]|[^\s()\[\]{}\"\\])+")
_BOUND = re.compile(r'"((?:\\.|[^"\\])*)"|((?:\\[^A-Za-z0-9]|[^\s()\[\]{}"\\])+)')
_PHRASE = re.compile(r'"((?:\\.|[^"\\])*)"')
_NUMBER = re.compile(r"\s*(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[\s)]|$)")
_GEO = re.compile(r"geo_distance,(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?),(\d+(?:\.\d+)?)(km|mi|nmi|yd|ft|m)")
_FORBIDDEN = re.compile(r"(?<!\\)[`@#%/';,^~!&|+<>]")


def parse_query(text: str) -> Node:
    """Parse a query. Raises InvalidQueryException."""
    parser = _Parser(text)
    node = parser.disjunction(None)
    if parser.position < len(text):
        parser.fail(f"unexpected {text[parser.position]!r}")
    if parser.terms > MAXIMUM_TERMS:
        raise errors.InvalidQueryException(f"A query has at most {MAXIMUM_TERMS} terms")
    if parser.open_terms > 1:
        raise errors.InvalidQueryException("At most one term of a query may begin with *")
    if parser.open_terms and len(text) > MAXIMUM_OPEN_LENGTH:
        raise errors.InvalidQueryException(
            f"A query with a term that begins with * has at most {MAXIMUM_OPEN_LENGTH} characters"
        )
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.terms = 0
        self.open_terms = 0
        self._depth = 0
        self._skip()

    def fail(self, why: str) -> NoReturn:
        raise self._error(why)

    def _error(self, why: str) -> errors.InvalidQueryException:
        return errors.InvalidQueryException(f"Invalid query at column {self.position + 1}: {why}")

    def disjunction(self, field: str | None) -> Node:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            self.fail("too many parentheses")
        nodes = [self._conjunction(field)]
        while self._take_keyword("OR"):
            nodes.append(self._conjunction(field))
        self._depth -= 1
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _conjunction(self, field: str | None) -> Node:
        nodes = [self._negation(field)]
        while True:
            if not self._take_keyword("AND") and (self._at_end() or self._keyword() == "OR"):
                return nodes[0] if len(nodes) == 1 else And(tuple(nodes))
            nodes.append(self._negation(field))

    def _negation(self, field: str | None) -> Node:
        negative = False
        while True:
            if self._take_keyword("NOT"):
                negative = not negative
            elif self.text.startswith("-", self.position):
                self._advance(1)
                negative = not negative
            else:
                node = self._primary(field)
                return Not(node) if negative else node

    def _primary(self, field: str | None) -> Node:
        if self._at_end() or self._keyword():
            self.fail("a term is missing")
        found = _FIELD.match(self.text, self.position)
        if found is None:
            return self._value(field)
        if field is not None:
            self.fail("a field inside the values of another")
        self._advance(found.end() - self.position)
        name = canonical(found[1].replace('"', ""))
        return self._value(name) if found[2] == ":" else self._comparison(name, found[2])

    def _comparison(self, field: str, operator: str) -> Node:
        found = _NUMBER.match(self.text, self.position)
        if found is None:
            self.fail(f"a number must follow {operator}")
        self._advance(found.end() - self.position)
        self.terms += 1
        bound, inclusive = float(found[1]), operator.endswith("=")
        if operator.startswith("<"):
            return Range(field, None, bound, True, inclusive)
        return Range(field, bound, None, inclusive, True)

    def _value(self, field: str | None) -> Node:
        if self._at_end():
            self.fail("a value is missing")
        character = self.text[self.position]
        if character == "(":
            return self._group(field)
        self.terms += 1
        if character in "[{":
            return self._range(field)
        if character == '"':
            return self._phrase(field)
        return self._word(field)

    def _group(self, field: str | None) -> Node:
        self._advance(1)
        node = self.disjunction(field)
        if not self.text.startswith(")", self.position):
            self.fail("')' is missing")
        self._advance(1)
        return node

    def _phrase(self, field: str | None) -> Node:
        found = _PHRASE.match(self.text, self.position)
        if found is None:
            self.fail("the quotes are not closed")
        words = re.sub(r"\\(.)", r"\1", found[1]).lower().split()
        if not words:
            self.fail("the quotes are empty")
        self._advance(found.end() - self.position)
        self._refuse_suffix()
        if len(words) == 1:
            return Word(field, words[0][:MAXIMUM_TEXT], number_of(words[0]))
        return Phrase(field, tuple(words))

    def _refuse_suffix(self) -> None:
        if self.text[self.position : self.position + 1] in ("~", "^"):
            self.fail("proximity and boosting are not supported")

    def _range(self, field: str | None) -> Node:
        includes_low = self.text[self.position] == "["
        self._advance(1)
        low = self._bound()
        if not self.text.startswith("TO", self.position):
            self.fail("TO is missing")
        self._advance(2)
        high = self._bound()
        end = self.text[self.position : self.position + 1]
        if end not in ("]", "}"):
            self.fail("the range is not closed")
        self._advance(1)
        numbers = [None if bound is None else number_of(bound) for bound in (low, high)]
        if all(number is not None or bound is None for number, bound in zip(numbers, (low, high), strict=True)):
            return Range(field, numbers[0], numbers[1], includes_low, end == "]")
        return Range(field, low, high, includes_low, end == "]")

    def _bound(self) -> str | None:
        found = _BOUND.match(self.text, self.position)
        if found is None:
            self.fail("a bound is missing")
        if found[1] is None:
            self._refuse_characters(found[2])
        self._advance(found.end() - self.position)
        written = found[2] if found[1] is None else found[1]
        return None if found[2] == "*" else re.sub(r"\\(.)", r"\1", written).lower()

    def _word(self, field: str | None) -> Node:
        found = _WORD.match(self.text, self.position)
        if found is None:
            self.fail(f"unexpected {self.text[self.position]!r}")
        text = found[0]
        if field is not None and text.startswith("geo_distance,"):
            return self._near(field, text)
        self._refuse_characters(text)
        self._advance(found.end() - self.position)
        if text == "*":
            return Everything() if field is None else Present(field)
        pieces = _pieces(text.lower())
        self.open_terms += pieces[0] is None
        if pieces == (pieces[0],) and pieces[0]:
            return Word(field, pieces[0][:MAXIMUM_TEXT], number_of(pieces[0]))
        return Like(field, pieces)

    def _near(self, field: str, text: str) -> Node:
        found = _GEO.fullmatch(text)
        if found is None:
            self.fail("expected geo_distance,latitude,longitude,distance with a unit")
        latitude, longitude = float(found[1]), float(found[2])
        if abs(latitude) > 90 or abs(longitude) > 180:
            self.fail("there is no such place")
        self._advance(len(text))
        return Near(field, latitude, longitude, float(found[3]) * METRES[found[4]])

    def _refuse_characters(self, text: str) -> None:
        found = _FORBIDDEN.search(text)
        if found is not None:
            self.fail(f"the character {found[0]} is not supported here")

    def _keyword(self) -> str:
        found = _KEYWORD.match(self.text, self.position)
        return "" if found is None else found[1]

    def _take_keyword(self, keyword: str) -> bool:
        if self._keyword() != keyword:
            return False
        self._advance(len(keyword))
        return True

    def _at_end(self) -> bool:
        return self.position >= len(self.text) or self.text[self.position] == ")"

    def _advance(self, count: int) -> None:
        self.position += count
        self._skip()

    def _skip(self) -> None:
        found = _SPACE.match(self.text, self.position)
        self.position = found.end() if found else self.position


def _pieces(text: str) -> tuple[str | None, ...]:
    """Split a word at its wildcards: None for `*`, the empty string for `?`, texts without escapes between them."""
    found: list[str | None] = []
    literal = ""
    for token in re.findall(r"\\.|.", text):
        if token in ("*", "?"):
            found += [literal] if literal else []
            found.append(None if token == "*" else "")
            literal = ""
        else:
            literal += token[-1]
    return (*found, literal) if literal else tuple(found)
