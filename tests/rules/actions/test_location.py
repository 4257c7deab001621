from typing import Any

import orjson
import pytest

from iot.rules.action import ActionError, Failed
from iot.rules.targets import Targets
from tests.rules.listening import Listener
from tests.rules.running import ROLE, carry_out, message, requests


def made(of: Any, **more: Any) -> list[dict[str, Any]]:
    given = {
        "trackerName": "fleet",
        "deviceId": "${topic(2)}",
        "latitude": "${lat}",
        "longitude": "${lon}",
        "timestamp": {"value": "${at}", "unit": "SECONDS"},
        "roleArn": ROLE,
        **more,
    }
    return requests({"location": given}, message({"lat": 47.5, "lon": -8.25, "at": 1_700_000_000, **of}))


def test_positions_go_out_in_one_call_longitude_first(listening_targets: Targets, listener: Listener) -> None:
    listener.body = b'{"Errors":[]}'
    assert carry_out(listening_targets, "location", [*made({}), *made({"lat": 1})]) == [None, None]
    (asked,) = listener.asked
    assert asked.path == "/tracking/v0/trackers/fleet/positions"
    update = {"DeviceId": "a", "Position": [-8.25, 47.5], "SampleTime": "2023-11-14T22:13:20Z"}
    assert orjson.loads(asked.body) == {"Updates": [update, {**update, "Position": [-8.25, 1.0]}]}


def test_each_position_has_its_own_outcome(listening_targets: Targets, listener: Listener) -> None:
    told = [("x", "ValidationError"), ("y", "ThrottlingError")]
    failures = [
        {"DeviceId": device, "SampleTime": "2023-11-14T22:13:20Z", "Error": {"Code": code, "Message": "no"}}
        for device, code in told
    ]
    listener.body = orjson.dumps({"Errors": failures})
    wanted = [made({}, deviceId=device)[0] for device in ("x", "y", "z")]
    assert carry_out(listening_targets, "location", wanted) == [
        Failed("ValidationError: no", final=True),
        Failed("ThrottlingError: no"),
        None,
    ]


@pytest.mark.parametrize(("unit", "at"), [(None, 1_500.0), ("MICROSECONDS", 1.5), ("NANOSECONDS", 0.0015)])
def test_the_time_has_a_unit(unit: str | None, at: float) -> None:
    timestamp = {"value": "1500000", **({"unit": unit} if unit else {})}
    assert made({}, timestamp=timestamp)[0]["at"] == at


@pytest.mark.parametrize(
    "more", [{"latitude": "${missing}"}, {"timestamp": {"value": "now"}}, {"timestamp": {"value": "1", "unit": "DAYS"}}]
)
def test_what_is_no_number_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(ActionError):
        made({}, **more)


def test_a_tracker_that_does_not_exist_is_final(listening_targets: Targets, listener: Listener) -> None:
    listener.answers, listener.headers = [404], {"x-amzn-errortype": "ResourceNotFoundException"}
    (failed,) = carry_out(listening_targets, "location", made({}))
    assert failed is not None
    assert failed.final
