"""Puts the output on a Kinesis stream, many records a call, in order."""

import uuid
from functools import partial
from typing import Any

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each, records_failed
from iot.rules.targets import Targets

MAXIMUM_KEY = 256


def prepare(parameters: Parameters, templates: Templates) -> Render:
    stream, key = templates.text("streamName"), templates.optional("partitionKey")
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        partition = str(uuid.uuid4()) if key is None else key(fired.run)
        if not 0 < len(partition) <= MAXIMUM_KEY:
            raise ActionError(f"A partition key has 1 to {MAXIMUM_KEY} characters")
        return [{"stream": stream(fired.run), "key": partition, "data": fired.body, "role": role}]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("kinesis", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["stream"]), requests)


def _send(client: Any, stream: str, requests: list[Request]) -> list[Failed | None]:
    records = [{"Data": request["data"], "PartitionKey": request["key"]} for request in requests]
    answer = client.put_records(StreamName=stream, Records=records)
    return records_failed(answer["Records"])


register(
    Action(
        name="kinesis",
        title="KinesisAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("streamName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['stream']}",
        batch=500,
        batch_bytes=4 * 1024 * 1024,
        concurrency=1,
    )
)
