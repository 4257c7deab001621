from typing import Any

from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


def made(name: str, of: Any) -> list[dict[str, Any]]:
    given = {"alarmName": name, "stateReason": "it is ${t}", "stateValue": "${state}", "roleArn": ROLE}
    return requests({"cloudwatchAlarm": given}, message(of))


def test_the_alarm_takes_the_state(moto_targets: Targets, aws: Any) -> None:
    aws("cloudwatch").put_metric_alarm(
        AlarmName="hot",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        MetricName="t",
        Namespace="plant",
        Period=60,
        Statistic="Average",
        Threshold=50.0,
    )
    assert carry_out(moto_targets, "cloudwatchAlarm", made("hot", {"t": 60, "state": "ALARM"})) == [None]
    (alarm,) = aws("cloudwatch").describe_alarms(AlarmNames=["hot"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", "it is 60")


def test_a_state_that_does_not_exist_is_final(moto_targets: Targets) -> None:
    (failed,) = carry_out(moto_targets, "cloudwatchAlarm", made("hot", {"t": 60, "state": "BURNING"}))
    assert failed is not None
    assert failed.final
