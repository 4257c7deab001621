"""Logging options and levels over boto3."""

from typing import Any

import pytest

ROLE = "arn:aws:iam::123456789012:role/devices"


def test_logging_options_of_both_versions(iot: Any) -> None:
    assert iot.get_logging_options()["logLevel"] == "DISABLED"
    iot.set_logging_options(loggingOptionsPayload={"roleArn": ROLE, "logLevel": "INFO"})
    assert iot.get_logging_options()["roleArn"] == ROLE
    for call in (iot.get_v2_logging_options, iot.list_v2_logging_levels):
        with pytest.raises(iot.exceptions.NotConfiguredException):
            call()
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.set_v2_logging_options(defaultLogLevel="WARN")
    iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="WARN")
    iot.set_v2_logging_options(disableAllLogs=True)
    found = iot.get_v2_logging_options()
    assert (found["roleArn"], found["defaultLogLevel"], found["disableAllLogs"]) == (ROLE, "WARN", True)


def test_levels_of_targets(iot: Any) -> None:
    iot.set_v2_logging_options(roleArn=ROLE, defaultLogLevel="WARN")
    target = {"targetType": "THING_GROUP", "targetName": "g"}
    iot.set_v2_logging_level(logTarget=target, logLevel="DEBUG")
    iot.set_v2_logging_level(logTarget=target, logLevel="ERROR")
    iot.set_v2_logging_level(logTarget={"targetType": "DEFAULT"}, logLevel="INFO")
    listed = iot.list_v2_logging_levels(targetType="THING_GROUP")["logTargetConfigurations"]
    assert listed == [{"logTarget": target, "logLevel": "ERROR"}]
    first = iot.list_v2_logging_levels(maxResults=1)
    assert len(first["logTargetConfigurations"]) == 1
    assert "nextToken" not in iot.list_v2_logging_levels(maxResults=1, nextToken=first["nextToken"])
    iot.delete_v2_logging_level(targetType="THING_GROUP", targetName="g")
    assert iot.list_v2_logging_levels(targetType="THING_GROUP")["logTargetConfigurations"] == []
