"""Aggregates of what a query finds in the fleet index: statistics, cardinality, percentiles and buckets of a field.

A field of booleans counts as numbers, true as 1, as AWS has it; `registry.version` is a thing's version, which is not
in the index. Source: "Querying for aggregate data" in the AWS IoT guide.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Avg, Case, Count, F, FloatField, Max, Min, QuerySet, Sum, TextField, Value, When
from django.db.models.functions import Cast

from iot.core import errors
from iot.core.arn import Scope
from iot.core.search.entries import canonical, spellings
from iot.models import Thing, ThingGroup, ThingGroupTerm, ThingTerm
from iot.services import indexing
from iot.services.index_changes import configuration
from iot.services.index_documents import group_documents, thing_documents
from iot.services.search import QUERY_VERSION, select

VERSION_FIELD = "registry.version"
MAXIMUM_BUCKETS = 10_000
DEFAULT_PERCENTS = (1.0, 5.0, 25.0, 50.0, 75.0, 95.0, 99.0)
_BOOLEAN = Case(When(text="true", then=Value(1.0)), default=Value(0.0), output_field=FloatField())


def statistics(
    scope: Scope, index_name: str, query_string: str, field: str | None, *, query_version: str = QUERY_VERSION
) -> dict[str, float]:
    """Answer count, and for a field of numbers their average, sum, extremes, variance and deviation."""
    rows = select(scope, index_name, query_string, query_version=query_version)
    if field is None:
        return {"count": rows.count()}
    values = _values(rows, index_name, field)
    numbers = values.filter(number__isnull=False)
    got = _summary(numbers)
    if not got["count"]:
        if values.exclude(text__in=("true", "false")).exists():
            return {"count": values.count()}
        got = _summary(values.annotate(flag=_BOOLEAN), "flag")
        if not got["count"]:
            return {"count": 0}
    variance = max(0.0, got["sumOfSquares"] / got["count"] - got["average"] ** 2)
    return {**got, "variance": variance, "stdDeviation": math.sqrt(variance)}


def cardinality(
    scope: Scope, index_name: str, query_string: str, field: str, *, query_version: str = QUERY_VERSION
) -> int:
    """Answer how many different values a field has."""
    values = _values(select(scope, index_name, query_string, query_version=query_version), index_name, field)
    return int(values.aggregate(found=Count("text", distinct=True))["found"])


def percentiles(
    scope: Scope,
    index_name: str,
    query_string: str,
    field: str,
    percents: Sequence[float] | None,
    *,
    query_version: str = QUERY_VERSION,
) -> list[dict[str, float]]:
    """Answer the values below which so many percent of a field's numbers lie, none where nothing has the field.

    Between two numbers the value lies on the line between them. Raises InvalidAggregationException for texts.
    """
    values = _values(select(scope, index_name, query_string, query_version=query_version), index_name, field)
    numbers = values.filter(number__isnull=False)
    count = numbers.count()
    if not count:
        if values.exists():
            raise errors.InvalidAggregationException(f"{field} has no numbers that could be aggregated")
        return []
    ordered = numbers.order_by("number").values_list("number", flat=True)
    return [
        {"percent": percent, "value": _at(ordered, percent / 100 * count - 0.5, count - 1)}
        for percent in percents or DEFAULT_PERCENTS
    ]


def buckets(
    scope: Scope,
    index_name: str,
    query_string: str,
    field: str,
    maximum: int,
    *,
    query_version: str = QUERY_VERSION,
) -> tuple[int, list[dict[str, Any]]]:
    """Answer how many documents the query finds, and a field's most frequent values, spelled as the first has it."""
    if maximum > MAXIMUM_BUCKETS:
        raise errors.InvalidAggregationException(f"There may be at most {MAXIMUM_BUCKETS} buckets")
    rows = select(scope, index_name, query_string, query_version=query_version)
    groups = list(
        _values(rows, index_name, field)
        .values("text")
        .annotate(count=Count("owner_id", distinct=True), first=Min("owner_id"))
        .order_by("-count", "text")[:maximum]
    )
    found = _spelled(scope, index_name, field, {one["first"] for one in groups})
    return rows.count(), [
        {"keyValue": found.get((one["first"], one["text"]), one["text"]), "count": one["count"]} for one in groups
    ]


def _summary(values: QuerySet[Any], column: str = "number") -> dict[str, Any]:
    found: dict[str, Any] = values.aggregate(
        count=Count(column),
        average=Avg(column),
        sum=Sum(column),
        minimum=Min(column),
        maximum=Max(column),
        sumOfSquares=Sum(F(column) * F(column), output_field=FloatField()),
    )
    return found


def _at(ordered: "QuerySet[Any, float]", position: float, last: int) -> float:
    position = min(max(position, 0.0), float(last))
    low, part = int(position), position % 1
    value = ordered[low]
    return value + part * (ordered[low + 1] - value) if part else value


def _values(rows: QuerySet[Any], index_name: str, field: str) -> QuerySet[Any]:
    """The values of a field, each with `text`, `number` and `owner_id`."""
    if field == VERSION_FIELD and index_name == indexing.THINGS:
        number, text = Cast("version", FloatField()), Cast("version", TextField())
        versions: QuerySet[Any] = rows.annotate(number=number, text=text, owner_id=F("pk"))
        return versions
    terms = ThingTerm if index_name == indexing.THINGS else ThingGroupTerm
    chosen: QuerySet[Any] = terms._default_manager.filter(
        field=canonical(field), whole=True, owner__in=rows.values("pk")
    )
    return chosen


def _spelled(scope: Scope, index_name: str, field: str, owners: set[int]) -> Mapping[tuple[int, str], str]:
    """Map owners and texts of the index, which are in small letters, to the values as they were written."""
    if index_name == indexing.THINGS:
        things = list(Thing.objects.filter(pk__in=owners).select_related("thing_type", "billing_group"))
        documents = thing_documents(scope, things, configuration(scope)["thing"])
        keys = {thing.name: thing.pk for thing in things}
    else:
        groups = list(ThingGroup.objects.filter(pk__in=owners).select_related("parent"))
        documents = group_documents(groups)
        keys = {group.name: group.pk for group in groups}
    return {
        (keys[name], text): written
        for name, document in documents.items()
        for text, written in spellings(document, canonical(field)).items()
    }
