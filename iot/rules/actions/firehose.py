"""Puts the output on a Firehose delivery stream, and through it into S3, Redshift, OpenSearch and others."""

from functools import partial
from typing import Any

from iot.core.sql.values import to_json
from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each, records_failed
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    stream = templates.text("deliveryStreamName")
    separator = str(parameters.get("separator", "")).encode()
    batched = bool(parameters.get("batchMode"))
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        output = fired.output
        bodies = [to_json(item) for item in output] if batched and isinstance(output, list) else [fired.body]
        name = stream(fired.run)
        return [{"stream": name, "data": body + separator, "role": role} for body in bodies]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("firehose", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["stream"]), requests)


def _send(client: Any, stream: str, requests: list[Request]) -> list[Failed | None]:
    records = [{"Data": request["data"]} for request in requests]
    answer = client.put_record_batch(DeliveryStreamName=stream, Records=records)
    return records_failed(answer["RequestResponses"])


register(
    Action(
        name="firehose",
        title="FirehoseAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("deliveryStreamName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['stream']}",
        batch=500,
        batch_bytes=3 * 1024 * 1024,
        concurrency=1,
    )
)
