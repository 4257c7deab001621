"""Sends the output to an SQS queue, ten messages a call."""

import base64
from functools import partial
from typing import Any

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each, entries_failed, region_of
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    queue = templates.text("queueUrl")
    encoded = bool(parameters.get("useBase64"))
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        body = base64.b64encode(fired.body).decode() if encoded else fired.text_body("sqs")
        request = {"queue": queue(fired.run), "body": body, "role": role}
        if request["queue"].endswith(".fifo"):
            request["group"], request["once"] = fired.rule_name, fired.identity()
        return [request]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    queue = requests[0]["queue"]
    client = targets.aws.client("sqs", requests[0]["role"], region_of(queue))
    return all_or_each(partial(_send, client, queue), requests)


def _send(client: Any, queue: str, requests: list[Request]) -> list[Failed | None]:
    entries = []
    for index, request in enumerate(requests):
        entry = {"Id": str(index), "MessageBody": request["body"]}
        if "group" in request:
            entry |= {"MessageGroupId": request["group"], "MessageDeduplicationId": request["once"]}
        entries.append(entry)
    answer = client.send_message_batch(QueueUrl=queue, Entries=entries)
    return entries_failed(answer, len(requests))


register(
    Action(
        name="sqs",
        title="SqsAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("queueUrl", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['queue']}",
        batch=10,
        batch_bytes=200_000,
    )
)
