"""Updates the position of a device in a tracker of Amazon Location, ten positions a call."""

import time
from functools import partial
from typing import Any

from iot.rules.action import (
    Action,
    ActionError,
    Failed,
    Fired,
    Parameters,
    Render,
    Request,
    Templates,
    number,
    register,
)
from iot.rules.aws import all_or_each
from iot.rules.targets import Targets

_UNITS = {"SECONDS": 1, "MILLISECONDS": 1_000, "MICROSECONDS": 1_000_000, "NANOSECONDS": 1_000_000_000}
_TRANSIENT = ("ConflictError", "InternalServerError", "ThrottlingError")


def prepare(parameters: Parameters, templates: Templates) -> Render:
    tracker, device = templates.text("trackerName"), templates.text("deviceId")
    latitude, longitude = templates.text("latitude"), templates.text("longitude")
    timestamp = parameters.get("timestamp")
    value = templates.of(str(timestamp["value"])) if timestamp else None
    unit = templates.of(str(timestamp.get("unit") or "MILLISECONDS")) if timestamp else None
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        run = fired.run
        return [
            {
                "tracker": tracker(run),
                "device": device(run),
                "latitude": number(latitude(run), "latitude"),
                "longitude": number(longitude(run), "longitude"),
                "at": time.time() if value is None or unit is None else _seconds(value(run), unit(run)),
                "role": role,
            }
        ]

    return render


def _seconds(value: str, unit: str) -> float:
    if unit not in _UNITS:
        raise ActionError(f"The unit {unit} of a timestamp is none of {', '.join(_UNITS)}")
    return number(value, "timestamp") / _UNITS[unit]


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("location", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["tracker"]), requests)


def _send(client: Any, tracker: str, requests: list[Request]) -> list[Failed | None]:
    updates = [
        {"DeviceId": one["device"], "Position": [one["longitude"], one["latitude"]], "SampleTime": one["at"]}
        for one in requests
    ]
    answer = client.batch_update_device_position(TrackerName=tracker, Updates=updates)
    told = {one["DeviceId"]: one["Error"] for one in answer.get("Errors", ())}
    return [_failure(told.get(one["device"])) for one in requests]


def _failure(error: dict[str, str] | None) -> Failed | None:
    if error is None:
        return None
    code = error.get("Code", "")
    return Failed(f"{code}: {error.get('Message', '')}", final=code not in _TRANSIENT)


register(
    Action(
        name="location",
        title="LocationAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("trackerName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['tracker']}",
        batch=10,
        concurrency=1,
    )
)
