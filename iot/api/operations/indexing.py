"""The fleet index: its configuration, searches and aggregates."""

from typing import Any

import orjson

from iot.api.registry import Answer, Caller, operation
from iot.services import aggregates, indexing, search
from iot.services.paging import paginate_list

DEFAULT_PAGE = 100
DEFAULT_BUCKETS = 10


@operation("GetIndexingConfiguration")
def get_indexing_configuration(caller: Caller) -> Answer:
    return indexing.get_indexing_configuration(caller.scope)


@operation("UpdateIndexingConfiguration")
def update_indexing_configuration(
    caller: Caller,
    *,
    thing_indexing_configuration: dict[str, Any] | None = None,
    thing_group_indexing_configuration: dict[str, Any] | None = None,
) -> Answer:
    indexing.update_indexing_configuration(
        caller.scope, thing=thing_indexing_configuration, group=thing_group_indexing_configuration
    )
    return {}


@operation("ListIndices")
def list_indices(caller: Caller, *, next_token: str | None = None, max_results: int = DEFAULT_PAGE) -> Answer:
    names = indexing.list_indices(caller.scope)
    page, token = paginate_list(names, scope=caller.scope, kind="indices", token=next_token, limit=max_results)
    return {"indexNames": page, "nextToken": token}


@operation("DescribeIndex")
def describe_index(caller: Caller, *, index_name: str) -> Answer:
    return {**indexing.describe_index(caller.scope, index_name)}


@operation("SearchIndex")
def search_index(
    caller: Caller,
    *,
    query_string: str,
    index_name: str = indexing.THINGS,
    next_token: str | None = None,
    max_results: int = DEFAULT_PAGE,
    query_version: str = search.QUERY_VERSION,
) -> Answer:
    found, token = search.search(
        caller.scope,
        index_name=index_name,
        query_string=query_string,
        query_version=query_version,
        next_token=next_token,
        max_results=max_results,
    )
    if index_name == indexing.GROUPS:
        return {"thingGroups": found, "nextToken": token}
    return {"things": [_as_text(thing) for thing in found], "nextToken": token}


def _as_text(thing: dict[str, Any]) -> dict[str, Any]:
    """Shadows and violations travel as JSON in a string."""
    texts = {name: orjson.dumps(thing[name]).decode() for name in ("shadow", "deviceDefender") if thing[name]}
    return {**thing, "shadow": None, "deviceDefender": None, **texts}


@operation("GetStatistics")
def get_statistics(
    caller: Caller,
    *,
    query_string: str,
    index_name: str = indexing.THINGS,
    aggregation_field: str | None = None,
    query_version: str = search.QUERY_VERSION,
) -> Answer:
    found = aggregates.statistics(
        caller.scope, index_name, query_string, aggregation_field, query_version=query_version
    )
    return {"statistics": found}


@operation("GetCardinality")
def get_cardinality(
    caller: Caller,
    *,
    query_string: str,
    index_name: str = indexing.THINGS,
    aggregation_field: str = aggregates.VERSION_FIELD,
    query_version: str = search.QUERY_VERSION,
) -> Answer:
    found = aggregates.cardinality(
        caller.scope, index_name, query_string, aggregation_field, query_version=query_version
    )
    return {"cardinality": found}


@operation("GetPercentiles")
def get_percentiles(
    caller: Caller,
    *,
    query_string: str,
    index_name: str = indexing.THINGS,
    aggregation_field: str = aggregates.VERSION_FIELD,
    query_version: str = search.QUERY_VERSION,
    percents: list[float] | None = None,
) -> Answer:
    found = aggregates.percentiles(
        caller.scope, index_name, query_string, aggregation_field, percents, query_version=query_version
    )
    return {"percentiles": found}


@operation("GetBucketsAggregation")
def get_buckets_aggregation(
    caller: Caller,
    *,
    query_string: str,
    aggregation_field: str,
    buckets_aggregation_type: dict[str, Any],
    index_name: str = indexing.THINGS,
    query_version: str = search.QUERY_VERSION,
) -> Answer:
    maximum = buckets_aggregation_type.get("termsAggregation", {}).get("maxBuckets", DEFAULT_BUCKETS)
    total, found = aggregates.buckets(
        caller.scope, index_name, query_string, aggregation_field, maximum, query_version=query_version
    )
    return {"totalCount": total, "buckets": found}
