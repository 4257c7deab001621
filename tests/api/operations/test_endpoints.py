"""Endpoints and the switches of events over boto3."""

from typing import Any

import pytest


def test_endpoints(iot: Any, settings: Any) -> None:
    for kind in ("iot:Data", "iot:Data-ATS", "iot:CredentialProvider", "iot:Jobs"):
        assert iot.describe_endpoint(endpointType=kind)["endpointAddress"] == settings.ENDPOINT
    with pytest.raises(iot.exceptions.InvalidRequestException, match="Endpoint type iot:Bogus not recognized"):
        iot.describe_endpoint(endpointType="iot:Bogus")


def test_event_switches(iot: Any) -> None:
    assert not any(one["Enabled"] for one in iot.describe_event_configurations()["eventConfigurations"].values())
    iot.update_event_configurations(eventConfigurations={"THING": {"Enabled": True}, "JOB": {"Enabled": True}})
    iot.update_event_configurations(eventConfigurations={"JOB": {"Enabled": False}})
    found = iot.describe_event_configurations()
    assert {name for name, one in found["eventConfigurations"].items() if one["Enabled"]} == {"THING"}
    assert found["creationDate"] <= found["lastModifiedDate"]
