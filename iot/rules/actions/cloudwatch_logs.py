"""Writes the output to a CloudWatch log group, in a stream named after the rule."""

import time
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from iot.core.sql.values import to_json
from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    group = templates.text("logGroupName")
    batched = bool(parameters.get("batchMode"))
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        output, now = fired.outcome.output, int(time.time() * 1000)
        entries = [(now, fired.body.decode("utf-8", "replace"))]
        if batched and isinstance(output, list):
            entries = [_entry(item, now) for item in output]
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
        return int(at), message if isinstance(message, str) else to_json(message).decode()
    return now, to_json(item).decode()


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("logs", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["group"], requests[0]["stream"]), requests)


def _send(client: Any, group: str, stream: str, requests: list[Request]) -> list[Failed | None]:
    events = sorted(
        ({"timestamp": one["at"], "message": one["message"]} for one in requests), key=lambda event: event["timestamp"]
    )
    try:
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    except client.exceptions.ResourceNotFoundException:
        _create_stream(client, group, stream)
        client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return [None] * len(requests)


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
