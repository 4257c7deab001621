"""Writes the output to a CloudWatch log group, in a stream named after the rule."""

import time
from decimal import Decimal
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from iot.core.sql.values import to_json
from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    group = templates.text("logGroupName")
    batched = bool(parameters.get("batchMode"))
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        output, now = fired.output, int(time.time() * 1000)
        if batched and isinstance(output, list):
            entries = [_entry(item, now) for item in output]
        else:
            entries = [(now, fired.text_body("cloudwatchLogs"))]
        name = group(fired.run)
        return [
            {"group": name, "stream": fired.rule_name, "at": at, "message": message, "role": role}
            for at, message in entries
        ]

    return render


def _entry(item: Any, now: int) -> tuple[int, str]:
    """One element of a batch, which may name its time and message."""
    if isinstance(item, dict) and "message" in item:
        at, message = item.get("timestamp", now), item["message"]
        if isinstance(at, bool) or not isinstance(at, int | float | Decimal):
            raise ActionError(f"The timestamp of a log record is a number of milliseconds, not {at!r}")
        return int(at), message if isinstance(message, str) else to_json(message).decode()
    return now, to_json(item).decode()


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("logs", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["group"], requests[0]["stream"]), requests)


def _send(client: Any, group: str, stream: str, requests: list[Request]) -> list[Failed | None]:
    order = sorted(range(len(requests)), key=lambda index: requests[index]["at"])
    events = [{"timestamp": requests[index]["at"], "message": requests[index]["message"]} for index in order]
    try:
        answer = client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    except client.exceptions.ResourceNotFoundException:
        _create_stream(client, group, stream)
        answer = client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    results: list[Failed | None] = [None] * len(requests)
    for place, index in enumerate(order):
        results[index] = _rejected(answer.get("rejectedLogEventsInfo") or {}, place)
    return results


def _rejected(told: dict[str, int], place: int) -> Failed | None:
    """Say whether CloudWatch has left out the record at a place of the order, which it does not call a fault."""
    if place >= told.get("tooNewLogEventStartIndex", place + 1):
        return Failed("CloudWatch does not take a log record of the future", final=True)
    if place < max(told.get("tooOldLogEventEndIndex", 0), told.get("expiredLogEventEndIndex", 0)):
        return Failed("CloudWatch does not take a log record that is too old", final=True)
    return None


def _create_stream(client: Any, group: str, stream: str) -> None:
    try:
        client.create_log_stream(logGroupName=group, logStreamName=stream)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise


register(
    Action(
        name="cloudwatchLogs",
        title="CloudwatchLogsAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("logGroupName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['group']} {request['stream']}",
        batch=1000,
        batch_bytes=500_000,
        concurrency=1,
    )
)
