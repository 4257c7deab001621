"""The tree of a query as conditions in SQL, in two forms that mean the same.

`among` asks whether a row's key is in the set of those with a matching term, which an index on the terms makes at once
and which costs what the set is large. `probe` asks for one row whether it has a matching term, which costs little for
each row and nothing before. Nothing is matched row by row in Python.
"""

import math
from typing import Any, TypeGuard

from django.db.models import Exists, F, FloatField, Func, Model, OuterRef, Q, Value
from django.db.models.functions import ACos, Cast, Cos, Greatest, Least, Radians, Sin

from iot.core.search.match import EARTH_METRES
from iot.core.search.query import And, Everything, Like, Near, Node, Not, Or, Phrase, Present, Range, Word
from iot.models.search import TermText
from iot.services.indexing import place_field

METRES_PER_DEGREE = 110_574.0
Leaf = Word | Like | Phrase | Range | Present
_ALWAYS = Q(pk__isnull=False)


class _Aside(Func):
    """A column that SQLite looks for in no index: it would search that by text anew for each row, and not by owner."""

    template = "%(expressions)s"
    output_field = TermText()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


def among(node: Node, terms: type[Model]) -> Q:
    """Compile a tree to a condition on the rows that own the terms, by sets of their keys."""
    match node:
        case Everything():
            return _ALWAYS
        case Not():
            return ~among(node.node, terms)
        case And() | Or():
            return _joined(node, [among(one, terms) for one in node.nodes])
        case Near():
            return _near(node, terms, "pk")
    whole = Q()
    for where in alternatives(node):
        whole |= Q(pk__in=terms._default_manager.filter(where).values("owner_id"))
    return whole


def probe(node: Node, terms: type[Model], key: str) -> Q:
    """Compile a tree to a condition on rows whose column `key` names the owner, asked for each row by itself."""
    match node:
        case Everything():
            return _ALWAYS
        case Not():
            return ~probe(node.node, terms, key)
        case And() | Or():
            return _joined(node, [probe(one, terms, key) for one in node.nodes])
        case Near():
            return _near(node, terms, key)
    own = terms._default_manager.filter(owner_id=OuterRef(key))
    if is_plain(node):
        return Q(Exists(own.filter(*alternatives(node))))
    rows = own.annotate(its_field=_Aside("field"), its_text=_Aside("text"))
    whole = Q()
    for where in alternatives(node, "its_field", "its_text"):
        whole |= where
    return Q(Exists(rows.filter(whole)))


def is_plain(node: Node | None) -> TypeGuard[Word]:
    """Say whether a node asks for one text only, which an index answers in the order of the owners."""
    return isinstance(node, Word) and node.number is None


def alternatives(node: Leaf, field: str = "field", text: str = "text") -> list[Q]:
    """Conditions on a term's columns of which one must hold, each answered by one index."""
    match node:
        case Present():
            return [
                Q(**{field: node.field}),
                Q(**{f"{field}__bytes_gte": f"{node.field}.", f"{field}__bytes_lt": f"{node.field}/"}),
            ]
        case Word():
            texts = [Q(**{text: node.text})]
            conditions = texts if node.number is None else [*texts, Q(number=node.number)]
        case Like():
            conditions = [_like(node, text)]
        case Phrase():
            conditions = [_phrase(node, text)]
        case Range():
            conditions = [_range(node, text)]
    of_field = Q(general=True) if node.field is None else Q(**{field: node.field})
    return [of_field & one for one in conditions]


def _joined(node: And | Or, conditions: list[Q]) -> Q:
    whole = Q()
    for one in conditions:
        whole = whole & one if isinstance(node, And) else whole | one
    return whole


def _like(node: Like, text: str) -> Q:
    where = Q(**{f"{text}__like": "".join(_pattern(piece) for piece in node.pieces)})
    start = node.pieces[0]
    if start:
        where &= Q(**{f"{text}__bytes_gte": start, f"{text}__bytes_lt": _after(start)})
    return where


def _pattern(piece: str | None) -> str:
    if piece is None:
        return "%"
    if not piece:
        return "_"
    return piece.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _after(prefix: str) -> str:
    """The first text behind all that begin with a prefix."""
    return prefix[:-1] + chr(min(ord(prefix[-1]) + 1, 0x10FFFF))


def _phrase(node: Phrase, text: str) -> Q:
    words = _pattern(" ".join(node.words))
    whole = Q()
    for pattern in (words, f"{words} %", f"% {words}", f"% {words} %"):
        whole |= Q(**{f"{text}__like": pattern})
    return Q(whole=True) & whole


def _range(node: Range, text: str) -> Q:
    where = Q()
    if isinstance(node.low, str) or isinstance(node.high, str):
        low, high = f"{text}__bytes_gt", f"{text}__bytes_lt"
    else:
        low, high, where = "number__gt", "number__lt", Q(number__isnull=False)
    if node.low is not None:
        where &= Q(**{f"{low}{'e' if node.includes_low else ''}": node.low})
    if node.high is not None:
        where &= Q(**{f"{high}{'e' if node.includes_high else ''}": node.high})
    return where


def _near(node: Near, terms: type[Model], key: str) -> Q:
    """A belt of latitude first, which is cheap, and within it the distance on the sphere."""
    latitude, longitude = math.radians(node.latitude), math.radians(node.longitude)
    here = Radians(F("latitude"))
    cosine = Value(math.sin(latitude)) * Sin(here) + Value(math.cos(latitude)) * Cos(here) * Cos(
        Radians(F("longitude")) - Value(longitude)
    )
    bounded = Greatest(Value(-1.0), Least(Value(1.0), Cast(cosine, FloatField())))
    belt = node.metres / METRES_PER_DEGREE + 0.01
    rows = terms._default_manager.filter(
        field=place_field(node.field), latitude__gte=node.latitude - belt, latitude__lte=node.latitude + belt
    )
    inside = rows.alias(angle=ACos(bounded)).filter(angle__lte=node.metres / EARTH_METRES)
    return Q(**{f"{key}__in": inside.values("owner_id")})
