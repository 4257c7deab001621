"""Writes values to asset properties of AWS IoT SiteWise, ten properties a call."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from iot.core.sql import Run
from iot.rules.action import (
    Action,
    ActionError,
    Failed,
    Fired,
    Parameters,
    Render,
    Request,
    Templates,
    Text,
    number,
    register,
)
from iot.rules.aws import TRANSIENT_CODES, all_or_each
from iot.rules.targets import Targets

_NAMES = ("entryId", "assetId", "propertyId", "propertyAlias")
_TRANSIENT = TRANSIENT_CODES | {"ConflictingOperationException", "InternalFailureException"}
Write = Callable[[Run], dict[str, Any]]


def prepare(parameters: Parameters, templates: Templates) -> Render:
    entries = [_entry(given, templates) for given in parameters["putAssetPropertyValueEntries"]]
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        return [{"entry": {"entryId": str(uuid.uuid4()), **write(fired.run)}, "role": role} for write in entries]

    return render


def _entry(given: dict[str, Any], templates: Templates) -> Write:
    names = {name: templates.of(str(given[name])) for name in _NAMES if given.get(name)}
    values = [_value(one, templates) for one in given["propertyValues"]]

    def write(run: Run) -> dict[str, Any]:
        return {
            **{name: text(run) for name, text in names.items()},
            "propertyValues": [write_value(run) for write_value in values],
        }

    return write


def _value(given: dict[str, Any], templates: Templates) -> Write:
    ((kind, text),) = given["value"].items()
    if kind not in _READ:
        raise ValueError(f"{kind} is not a value of SiteWise")
    value = templates.of(str(text))
    times = {name: templates.of(str(given["timestamp"][name])) for name in _times(given["timestamp"])}
    quality: Text | None = templates.of(str(given["quality"])) if given.get("quality") else None

    def write(run: Run) -> dict[str, Any]:
        written = {
            "value": {kind: _READ[kind](value(run))},
            "timestamp": {name: _integer(time(run)) for name, time in times.items()},
        }
        return written if quality is None else {**written, "quality": quality(run)}

    return write


def _times(timestamp: dict[str, Any]) -> list[str]:
    return ["timeInSeconds", *(["offsetInNanos"] if timestamp.get("offsetInNanos") is not None else [])]


def _integer(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ActionError(f"A property of SiteWise takes a whole number here, not {text!r}") from None


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ActionError(f"A property of SiteWise takes true or false here, not {text!r}")
    return text.lower() == "true"


_READ: dict[str, Callable[[str], Any]] = {
    "stringValue": str,
    "integerValue": _integer,
    "doubleValue": partial(number, what="doubleValue"),
    "booleanValue": _boolean,
}


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("iotsitewise", requests[0]["role"])
    return all_or_each(partial(_send, client), requests)


def _send(client: Any, requests: list[Request]) -> list[Failed | None]:
    answer = client.batch_put_asset_property_value(entries=[one["entry"] for one in requests])
    told = {one["entryId"]: one["errors"] for one in answer.get("errorEntries", ())}
    return [_failure(told.get(one["entry"]["entryId"])) for one in requests]


def _failure(found: list[dict[str, Any]] | None) -> Failed | None:
    if not found:
        return None
    reason = "; ".join(f"{one['errorCode']}: {one.get('errorMessage', '')}" for one in found)
    return Failed(reason, final=all(one["errorCode"] not in _TRANSIENT for one in found))


register(
    Action(
        name="iotSiteWise",
        title="IotSiteWiseAction",
        prepare=prepare,
        resource=lambda parameters: "",
        send=send,
        lane=lambda request: str(request["role"]),
        batch=10,
        concurrency=1,
    )
)
