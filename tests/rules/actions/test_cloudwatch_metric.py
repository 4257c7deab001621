import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


def made(of: Any, **more: Any) -> list[dict[str, Any]]:
    given = {
        "metricNamespace": "plant",
        "metricName": "${topic(2)}",
        "metricValue": "${t}",
        "metricUnit": "None",
        "roleArn": ROLE,
        **more,
    }
    return requests({"cloudwatchMetric": given}, message(of))


def test_values_are_added_up_by_cloudwatch(moto_targets: Targets, aws: Any) -> None:
    wanted = [*made({"t": 1.5}), *made({"t": 2}, metricTimestamp=str(int(time.time())))]
    assert carry_out(moto_targets, "cloudwatchMetric", wanted) == [None, None]
    now = datetime.now(UTC)
    found = aws("cloudwatch").get_metric_statistics(
        Namespace="plant",
        MetricName="a",
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=3600,
        Statistics=["Sum"],
    )
    assert sum(one["Sum"] for one in found["Datapoints"]) == 3.5


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ActionError, match="metricValue is not a number: 'warm'"):
        made({"t": "warm"})
