"""Fleet metrics: aggregates of a query, counted again every so often and kept as metrics."""

import time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.models import FleetMetric
from iot.services import aggregates, indexing, metrics, search
from iot.services.tags import Given, forget_tags, put_tags

AGGREGATIONS = ("Statistics", "Percentiles", "Cardinality")
PERIOD = 60
DIMENSION = "FleetMetric"


def fleet_metrics(scope: Scope) -> QuerySet[FleetMetric]:
    """Select the fleet metrics of a scope."""
    return FleetMetric.objects.filter(account=scope.account, region=scope.region)


def find_fleet_metric(scope: Scope, metric_name: str) -> FleetMetric:
    """Find a fleet metric. Raises ResourceNotFoundException."""
    row = fleet_metrics(scope).filter(name=metric_name).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Fleet metric {metric_name} not found")
    return row


def create_fleet_metric(
    scope: Scope, *, metric_name: str, given: dict[str, Any], tags: Given | None = None
) -> FleetMetric:
    """Create a fleet metric; `given` holds the members of CreateFleetMetric by the model's field names."""
    fields = {"index_name": indexing.THINGS, "query_version": search.QUERY_VERSION, **_present(given)}
    _check(scope, fields)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = FleetMetric.objects.create(account=scope.account, region=scope.region, name=metric_name, **fields)
        except IntegrityError:
            return _same_or_conflict(scope, metric_name, fields)
        put_tags(scope, row.arn, tags)
    return row


def update_fleet_metric(
    scope: Scope, *, metric_name: str, given: dict[str, Any], expected_version: int | None = None
) -> None:
    """Change a fleet metric. Raises VersionConflictException."""
    with transaction.atomic():
        row = find_fleet_metric(scope, metric_name)
        _expect(row, expected_version)
        for field, value in _present(given).items():
            setattr(row, field, value)
        _check(
            scope,
            {field: getattr(row, field) for field in ("index_name", "query_string", "aggregation_type", "period")},
        )
        row.version += 1
        row.save()


def delete_fleet_metric(scope: Scope, *, metric_name: str, expected_version: int | None = None) -> None:
    """Delete a fleet metric; one that does not exist is no error."""
    with transaction.atomic():
        row = fleet_metrics(scope).filter(name=metric_name).first()
        if row is None:
            return
        _expect(row, expected_version)
        forget_tags(scope, row.arn)
        row.delete()


def measure_due(scope: Scope, now: float | None = None) -> int:
    """Count every fleet metric whose period is over; answers how many there were."""
    at = time.time() if now is None else now
    counted = 0
    for row in fleet_metrics(scope).filter(measured_at__lte=at - F("period")):
        claimed = fleet_metrics(scope).filter(pk=row.pk, measured_at=row.measured_at).update(measured_at=at)
        if claimed:
            counted += 1
            _record(scope, row)
    return counted


def measure(scope: Scope, row: FleetMetric) -> dict[str, float]:
    """Answer a fleet metric's values by name: `count`, `p95`, `cardinality`, …"""
    kind, chosen = row.aggregation_type["name"], row.aggregation_type.get("values")
    if kind == "Cardinality":
        found = aggregates.cardinality(scope, row.index_name, row.query_string, row.aggregation_field)
        return {"cardinality": float(found)}
    if kind == "Percentiles":
        percents = [float(one) for one in chosen] if chosen else None
        values = aggregates.percentiles(scope, row.index_name, row.query_string, row.aggregation_field, percents)
        return {f"p{one['percent']:g}": one["value"] for one in values}
    got = aggregates.statistics(scope, row.index_name, row.query_string, row.aggregation_field)
    return {name: value for name, value in got.items() if not chosen or name in chosen}


def _record(scope: Scope, row: FleetMetric) -> None:
    try:
        found = measure(scope, row)
    except errors.AwsError:
        return
    metrics.add(scope, {(f"{DIMENSION}.{name}", row.name): value for name, value in found.items()})


def _present(given: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in given.items() if value is not None}


def _check(scope: Scope, fields: dict[str, Any]) -> None:
    if fields["aggregation_type"].get("name") not in AGGREGATIONS:
        raise errors.InvalidAggregationException(f"The aggregation must be one of {', '.join(AGGREGATIONS)}")
    if fields["period"] % PERIOD:
        raise errors.InvalidRequestException(f"The period must be a multiple of {PERIOD} seconds")
    search.select(scope, fields["index_name"], fields["query_string"])


def _same_or_conflict(scope: Scope, name: str, fields: dict[str, Any]) -> FleetMetric:
    row = find_fleet_metric(scope, name)
    if all(getattr(row, field) == value for field, value in fields.items()):
        return row
    raise errors.ResourceAlreadyExistsException(
        f"Fleet metric {name} already exists", resourceId=name, resourceArn=row.arn
    )


def _expect(row: FleetMetric, version: int | None) -> None:
    if version is not None and version != row.version:
        raise errors.VersionConflictException(f"Fleet metric {row.name} has version {row.version}")
