"""Fleet metrics over boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from iot.core.arn import Scope
from iot.services import fleet_metrics, metrics
from tests.api.harness import ACCOUNT, REGION

SCOPE = Scope(ACCOUNT, REGION)


def switch_on(iot: Any) -> None:
    iot.update_indexing_configuration(thingIndexingConfiguration={"thingIndexingMode": "REGISTRY"})


def test_fleet_metrics_are_counted_when_their_period_is_over(iot: Any) -> None:
    switch_on(iot)
    iot.create_thing(thingName="a", attributePayload={"attributes": {"n": "4"}})
    given = {
        "metricName": "m",
        "queryString": "*",
        "aggregationType": {"name": "Statistics", "values": ["count", "sum"]},
        "period": 60,
        "aggregationField": "attributes.n",
    }
    made = iot.create_fleet_metric(**given)
    assert made["metricArn"].endswith(":fleetmetric/m")
    assert iot.create_fleet_metric(**given)["metricArn"] == made["metricArn"]
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.create_fleet_metric(**{**given, "period": 120})
    assert iot.list_fleet_metrics()["fleetMetrics"] == [{"metricName": "m", "metricArn": made["metricArn"]}]
    assert fleet_metrics.measure_due(SCOPE) == 1
    assert fleet_metrics.measure_due(SCOPE) == 0
    assert metrics.totals(SCOPE, "m") == {("FleetMetric.count", "m"): 1, ("FleetMetric.sum", "m"): 4}
    iot.update_fleet_metric(
        metricName="m",
        indexName="AWS_Things",
        aggregationType={"name": "Percentiles", "values": ["50"]},
        expectedVersion=1,
    )
    row = fleet_metrics.find_fleet_metric(SCOPE, "m")
    assert fleet_metrics.measure(SCOPE, row) == {"p50": 4.0}
    iot.update_fleet_metric(
        metricName="m", indexName="AWS_Things", aggregationType={"name": "Cardinality", "values": []}
    )
    row.refresh_from_db()
    assert fleet_metrics.measure(SCOPE, row) == {"cardinality": 1.0}
    assert iot.describe_fleet_metric(metricName="m")["version"] == 3
    with pytest.raises(iot.exceptions.VersionConflictException):
        iot.delete_fleet_metric(metricName="m", expectedVersion=1)
    for broken in ({"aggregationType": {"name": "Guess"}}, {"period": 61}, {"queryString": "a AND"}):
        with pytest.raises(ClientError):
            iot.create_fleet_metric(**{**given, "metricName": "x", **broken})
    iot.delete_fleet_metric(metricName="m")
    iot.delete_fleet_metric(metricName="m")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_fleet_metric(metricName="m")
