"""Fleet metrics."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import fleet_metrics
from iot.services.paging import paginate

DEFAULT_PAGE = 100


@operation("CreateFleetMetric")
def create_fleet_metric(
    caller: Caller,
    *,
    metric_name: str,
    query_string: str,
    aggregation_type: dict[str, Any],
    period: int,
    aggregation_field: str,
    description: str | None = None,
    query_version: str | None = None,
    index_name: str | None = None,
    unit: str | None = None,
    tags: list[dict[str, str]] | None = None,
) -> Answer:
    given = {
        "query_string": query_string,
        "aggregation_type": aggregation_type,
        "period": period,
        "aggregation_field": aggregation_field,
        "description": description,
        "query_version": query_version,
        "index_name": index_name,
        "unit": unit,
    }
    row = fleet_metrics.create_fleet_metric(caller.scope, metric_name=metric_name, given=given, tags=tags)
    return {"metricName": row.name, "metricArn": row.arn}


@operation("UpdateFleetMetric")
def update_fleet_metric(
    caller: Caller,
    *,
    metric_name: str,
    index_name: str,
    query_string: str | None = None,
    aggregation_type: dict[str, Any] | None = None,
    period: int | None = None,
    aggregation_field: str | None = None,
    description: str | None = None,
    query_version: str | None = None,
    unit: str | None = None,
    expected_version: int | None = None,
) -> Answer:
    given = {
        "query_string": query_string,
        "aggregation_type": aggregation_type,
        "period": period,
        "aggregation_field": aggregation_field,
        "description": description,
        "query_version": query_version,
        "index_name": index_name,
        "unit": unit,
    }
    fleet_metrics.update_fleet_metric(
        caller.scope, metric_name=metric_name, given=given, expected_version=expected_version
    )
    return None


@operation("DescribeFleetMetric")
def describe_fleet_metric(caller: Caller, *, metric_name: str) -> Answer:
    row = fleet_metrics.find_fleet_metric(caller.scope, metric_name)
    return {
        "metricName": row.name,
        "metricArn": row.arn,
        "queryString": row.query_string,
        "queryVersion": row.query_version,
        "indexName": row.index_name,
        "aggregationType": row.aggregation_type,
        "aggregationField": row.aggregation_field,
        "period": row.period,
        "description": row.description or None,
        "unit": row.unit or None,
        "version": row.version,
        "creationDate": row.created_at,
        "lastModifiedDate": row.modified_at,
    }


@operation("ListFleetMetrics")
def list_fleet_metrics(caller: Caller, *, next_token: str | None = None, max_results: int = DEFAULT_PAGE) -> Answer:
    rows = fleet_metrics.fleet_metrics(caller.scope)
    page, token = paginate(rows, scope=caller.scope, kind="fleet-metrics", token=next_token, limit=max_results)
    return {"fleetMetrics": [{"metricName": row.name, "metricArn": row.arn} for row in page], "nextToken": token}


@operation("DeleteFleetMetric")
def delete_fleet_metric(caller: Caller, *, metric_name: str, expected_version: int | None = None) -> Answer:
    fleet_metrics.delete_fleet_metric(caller.scope, metric_name=metric_name, expected_version=expected_version)
    return None
