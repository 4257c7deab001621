"""Searching the fleet index: the tree of a query to SQL over the index's terms.

Every node becomes a condition `key IN (SELECT owner FROM terms WHERE …)`, which an index on the terms answers and
which both databases plan alike. Nothing is matched row by row in Python.
"""

import math
from collections.abc import Callable
from typing import Any

from django.db.models import F, FloatField, Model, Q, QuerySet, Value
from django.db.models.functions import ACos, Cast, Cos, Greatest, Least, Radians, Sin

from iot.core import errors
from iot.core.arn import Scope
from iot.core.search.match import EARTH_METRES
from iot.core.search.query import (
    And,
    Everything,
    Like,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Present,
    Range,
    Word,
    parse_query,
)
from iot.models import Thing, ThingGroup, ThingGroupTerm, ThingTerm
from iot.services import indexing
from iot.services.index_changes import configuration
from iot.services.index_documents import group_documents, thing_documents
from iot.services.paging import paginate

QUERY_VERSION = "2017-09-30"
METRES_PER_DEGREE = 110_574.0
_ALWAYS = Q(pk__isnull=False)


def search(
    scope: Scope,
    *,
    index_name: str = indexing.THINGS,
    query_string: str,
    query_version: str = QUERY_VERSION,
    next_token: str | None = None,
    max_results: int = 100,
) -> tuple[list[dict[str, Any]], str | None]:
    """Answer a page of the documents that a query finds, and the token of the next.

    Raises InvalidQueryException, IndexNotReadyException, or ResourceNotFoundException for an index that is off.
    """
    rows = select(scope, index_name, query_string, query_version=query_version)
    if index_name == indexing.GROUPS:
        rows = rows.select_related("parent")
        page, token = paginate(rows, scope=scope, kind="search-groups", token=next_token, limit=max_results)
        return _groups(page), token
    rows = rows.select_related("thing_type", "billing_group")
    page, token = paginate(rows, scope=scope, kind="search-things", token=next_token, limit=max_results)
    return _things(scope, page), token


def select(scope: Scope, index_name: str, query_string: str, *, query_version: str = QUERY_VERSION) -> QuerySet[Any]:
    """Select the things or groups that a query finds, as the index knows them now."""
    if query_version != QUERY_VERSION:
        raise errors.InvalidRequestException(f"The query version must be {QUERY_VERSION}")
    node = parse_query(query_string)
    indexing.demand(scope, index_name)
    return found(scope, index_name, node)


def found(scope: Scope, index_name: str, node: Node) -> QuerySet[Any]:
    """Select what a query's tree finds."""
    owner, terms = (Thing, ThingTerm) if index_name == indexing.THINGS else (ThingGroup, ThingGroupTerm)
    rows: QuerySet[Any] = owner._default_manager.filter(account=scope.account, region=scope.region)
    return rows.filter(condition(node, terms))


def condition(node: Node, terms: type[Model]) -> Q:
    """Compile a tree to a condition on the rows that own the terms."""
    return _CONDITIONS[type(node)](node, terms)


def _in(terms: type[Model], field: str | None, where: Q) -> Q:
    """The keys of rows with a matching term; nothing is asked that is not in the index, so the table is not read."""
    where = (Q(general=True) if field is None else Q(field=field)) & where
    return Q(pk__in=terms._default_manager.filter(where).values("owner_id"))


def _everything(node: Everything, terms: type[Model]) -> Q:
    return _ALWAYS


def _present(node: Present, terms: type[Model]) -> Q:
    below = Q(field__bytes_gte=f"{node.field}.", field__bytes_lt=f"{node.field}/")
    own, inner = (terms._default_manager.filter(where).values("owner_id") for where in (Q(field=node.field), below))
    return Q(pk__in=own) | Q(pk__in=inner)


def _word(node: Word, terms: type[Model]) -> Q:
    same = _in(terms, node.field, Q(text=node.text))
    return same if node.number is None else same | _in(terms, node.field, Q(number=node.number))


def _like(node: Like, terms: type[Model]) -> Q:
    where = Q(text__like="".join(_pattern(piece) for piece in node.pieces))
    start = node.pieces[0]
    if start:
        where &= Q(text__bytes_gte=start, text__bytes_lt=_after(start))
    return _in(terms, node.field, where)


def _pattern(piece: str | None) -> str:
    if piece is None:
        return "%"
    if not piece:
        return "_"
    return piece.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _after(prefix: str) -> str:
    """The first text behind all that begin with a prefix."""
    return prefix[:-1] + chr(min(ord(prefix[-1]) + 1, 0x10FFFF))


def _phrase(node: Phrase, terms: type[Model]) -> Q:
    text = _pattern(" ".join(node.words))
    whole = Q(text__like=text) | Q(text__like=f"{text} %") | Q(text__like=f"% {text}") | Q(text__like=f"% {text} %")
    return _in(terms, node.field, Q(text=node.words[0])) & _in(terms, node.field, Q(whole=True) & whole)


def _range(node: Range, terms: type[Model]) -> Q:
    where = Q()
    if isinstance(node.low, str) or isinstance(node.high, str):
        low, high = "text__bytes_gt", "text__bytes_lt"
    else:
        low, high, where = "number__gt", "number__lt", Q(number__isnull=False)
    if node.low is not None:
        where &= Q(**{f"{low}{'e' if node.includes_low else ''}": node.low})
    if node.high is not None:
        where &= Q(**{f"{high}{'e' if node.includes_high else ''}": node.high})
    return _in(terms, node.field, where)


def _near(node: Near, terms: type[Model]) -> Q:
    """A belt of latitude first, which is cheap, and within it the distance on the sphere."""
    latitude, longitude = math.radians(node.latitude), math.radians(node.longitude)
    here = Radians(F("latitude"))
    cosine = Value(math.sin(latitude)) * Sin(here) + Value(math.cos(latitude)) * Cos(here) * Cos(
        Radians(F("longitude")) - Value(longitude)
    )
    bounded = Greatest(Value(-1.0), Least(Value(1.0), Cast(cosine, FloatField())))
    belt = node.metres / METRES_PER_DEGREE + 0.01
    rows = terms._default_manager.filter(
        field=indexing.place_field(node.field), latitude__gte=node.latitude - belt, latitude__lte=node.latitude + belt
    )
    return Q(pk__in=rows.alias(angle=ACos(bounded)).filter(angle__lte=node.metres / EARTH_METRES).values("owner_id"))


def _not(node: Not, terms: type[Model]) -> Q:
    return ~condition(node.node, terms)


def _and(node: And, terms: type[Model]) -> Q:
    whole = Q()
    for one in node.nodes:
        whole &= condition(one, terms)
    return whole


def _or(node: Or, terms: type[Model]) -> Q:
    whole = Q()
    for one in node.nodes:
        whole |= condition(one, terms)
    return whole


_CONDITIONS: dict[type, Callable[[Any, type[Model]], Q]] = {
    Everything: _everything,
    Present: _present,
    Word: _word,
    Like: _like,
    Phrase: _phrase,
    Range: _range,
    Near: _near,
    Not: _not,
    And: _and,
    Or: _or,
}


# What is answered


def _things(scope: Scope, rows: list[Thing]) -> list[dict[str, Any]]:
    documents = thing_documents(scope, rows, configuration(scope)["thing"])
    return [_thing(row, documents[row.name]) for row in rows]


def _thing(row: Thing, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "thingName": row.name,
        "thingId": str(row.thing_id),
        "thingTypeName": document["thingTypeName"],
        "thingGroupNames": document["thingGroupNames"] or None,
        "attributes": row.attributes or None,
        "shadow": document["shadow"] or None,
        "connectivity": document["connectivity"] or None,
        "deviceDefender": document["deviceDefender"] or None,
    }


def _groups(rows: list[ThingGroup]) -> list[dict[str, Any]]:
    documents = group_documents(rows)
    return [
        {
            "thingGroupName": row.name,
            "thingGroupId": str(row.group_id),
            "thingGroupDescription": row.description or None,
            "attributes": row.attributes or None,
            "parentGroupNames": documents[row.name]["parentGroupNames"] or None,
        }
        for row in rows
    ]
