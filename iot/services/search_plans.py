"""A page of a search: which part of a query leads, and how the rest is asked.

A page is the first so many rows in order of their keys. What a query joins by AND is asked for its size, which is
counted no further than it matters, and the smallest leads: as a set, or, where it asks for a single text and is not
small, in the order of its index, so that no more is read than the page needs. The rest is asked for each row of it.
Where all are very large and none asks for a single text, the things themselves are gone through. What is none of this
is answered by sets.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet

from iot.core.arn import Scope
from iot.core.search.query import And, Like, Node, Phrase, Present, Range, Word
from iot.services.search_conditions import alternatives, among, is_plain, probe

SMALL = 2_000
LARGE = 100_000
RELATED = {"Thing": ("thing_type", "billing_group"), "ThingGroup": ("parent",)}


def fetch(scope: Scope, owner: type[Model], terms: type[Model], node: Node, after: int, count: int) -> list[Any]:
    """Answer the first `count` things or groups behind the key `after` that a query finds."""
    parts = _parts(node)
    everything = owner._default_manager.filter(account=scope.account, region=scope.region)
    rows = everything.select_related(*RELATED[owner.__name__]).filter(pk__gt=after).order_by("pk")
    # Of equal ones the first leads
    sized = sorted((one for one in parts if _is_sized(one)), key=is_plain, reverse=True)
    leading, size = _smallest(sized, terms, SMALL)
    if size == SMALL:
        leading, size = _smallest(sized, terms, LARGE)
        if is_plain(leading):
            return list(rows.filter(pk__in=_in_order(scope, terms, leading, parts, after, count)))
    if leading is None:
        return list(rows.filter(among(node, terms))[:count])
    if size < LARGE:
        rows = rows.filter(among(leading, terms))
    rest = [one for one in parts if one is not leading or size == LARGE]
    return list(rows.filter(*(probe(one, terms, "pk") for one in rest))[:count])


def _parts(node: Node) -> list[Node]:
    """What a query joins by AND; a phrase is joined with its first word, which an index finds."""
    joined = list(node.nodes) if isinstance(node, And) else [node]
    return [*joined, *(Word(one.field, one.words[0]) for one in joined if isinstance(one, Phrase))]


def _is_sized(node: Node) -> bool:
    """Say whether an index can count what a node finds without going through all of a field."""
    return isinstance(node, Word | Present | Range) or (isinstance(node, Like) and bool(node.pieces[0]))


def _smallest(nodes: Sequence[Node], terms: type[Model], most: int) -> tuple[Node | None, int]:
    """Answer the node that finds least, and how many terms it finds; none is counted beyond `most`, or the least."""
    smallest: Node | None = None
    least = most
    for one in nodes:
        wheres = alternatives(one)  # type: ignore[arg-type]  # only leaves are sized
        counts = [terms._default_manager.filter(where).order_by()[:least].count() for where in wheres]
        found: int = sum(counts)
        if smallest is None or found < least:
            smallest, least = one, min(found, least)
    return smallest, least


def _in_order(
    scope: Scope, terms: type[Model], leading: Word, parts: Sequence[Node], after: int, count: int
) -> list[int]:
    """The keys of a page, read from the index in the order of the owners."""
    rows: QuerySet[Any] = terms._default_manager.filter(
        *alternatives(leading),
        owner__account=scope.account,
        owner__region=scope.region,
        owner_id__gt=after,
    ).filter(*(probe(one, terms, "owner_id") for one in parts if one is not leading))
    return list(rows.order_by("owner_id").values_list("owner_id", flat=True).distinct()[:count])
