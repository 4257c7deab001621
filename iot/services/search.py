"""Searching the fleet index, and what a search answers."""

from functools import partial
from typing import Any

from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.core.search.query import Node, parse_query
from iot.models import Thing, ThingGroup, ThingGroupTerm, ThingTerm
from iot.services import indexing, search_plans
from iot.services.index_changes import configuration
from iot.services.index_documents import group_documents, thing_documents
from iot.services.paging import paginate_by
from iot.services.search_conditions import among

QUERY_VERSION = "2017-09-30"


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
    node = _node(scope, index_name, query_string, query_version)
    owner, terms = _tables(index_name)
    fetch = partial(search_plans.fetch, scope, owner, terms, node)
    kind = "search-groups" if index_name == indexing.GROUPS else "search-things"
    page, token = paginate_by(fetch, scope=scope, kind=kind, token=next_token, limit=max_results)
    return _groups(page) if index_name == indexing.GROUPS else _things(scope, page), token


def select(scope: Scope, index_name: str, query_string: str, *, query_version: str = QUERY_VERSION) -> QuerySet[Any]:
    """Select the things or groups that a query finds, as the index knows them now."""
    return found(scope, index_name, _node(scope, index_name, query_string, query_version))


def found(scope: Scope, index_name: str, node: Node) -> QuerySet[Any]:
    """Select what a query's tree finds, all at once: for what counts or follows everything that is found."""
    owner, terms = _tables(index_name)
    rows: QuerySet[Any] = owner._default_manager.filter(account=scope.account, region=scope.region)
    return rows.filter(among(node, terms))


def _node(scope: Scope, index_name: str, query_string: str, query_version: str) -> Node:
    if query_version != QUERY_VERSION:
        raise errors.InvalidRequestException(f"The query version must be {QUERY_VERSION}")
    node = parse_query(query_string)
    indexing.demand(scope, index_name)
    return node


def _tables(index_name: str) -> tuple[type[Thing] | type[ThingGroup], type[ThingTerm] | type[ThingGroupTerm]]:
    return (Thing, ThingTerm) if index_name == indexing.THINGS else (ThingGroup, ThingGroupTerm)


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
