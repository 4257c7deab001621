"""Fleet metrics: when they are counted, and what of."""

import time

import pytest

from iot.services import fleet_metrics, metrics
from tests.services.fleet import SCOPE, index, thing

pytestmark = pytest.mark.django_db
GIVEN = {
    "query_string": "*",
    "aggregation_type": {"name": "Statistics", "values": ["count"]},
    "period": 60,
    "aggregation_field": "attributes.n",
}


def test_a_metric_is_counted_once_a_period_and_is_a_gauge() -> None:
    index()
    thing("a", n="1")
    fleet_metrics.create_fleet_metric(SCOPE, metric_name="m", given=GIVEN)
    now = time.time()
    assert [fleet_metrics.measure_due(SCOPE, at) for at in (now, now + 59, now + 61)] == [1, 0, 1]
    assert metrics.totals(SCOPE, "m") == {("FleetMetric.count", "m"): 1}


def test_a_metric_that_cannot_be_counted_keeps_nothing_from_being_done() -> None:
    index()
    fleet_metrics.create_fleet_metric(
        SCOPE, metric_name="empty", given={**GIVEN, "aggregation_type": {"name": "Percentiles"}}
    )
    assert fleet_metrics.measure_due(SCOPE) == 1
    assert metrics.totals(SCOPE, "empty") == {}
