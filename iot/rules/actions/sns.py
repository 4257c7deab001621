"""Publishes the output to an SNS topic, ten messages a call, or to a single endpoint."""

from functools import partial
from typing import Any

from iot.rules.action import Action, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each, entries_failed, one_by_one, region_of
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    target = templates.text("targetArn")
    structure = "json" if parameters.get("messageFormat") == "JSON" else ""
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        request = {
            "target": target(fired.run),
            "message": fired.text_body("sns"),
            "structure": structure,
            "role": role,
        }
        if request["target"].endswith(".fifo"):
            request["group"], request["once"] = fired.rule_name, fired.identity()
        return [request]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    target = requests[0]["target"]
    client = targets.aws.client("sns", requests[0]["role"], region_of(target))
    if "/" in target:
        return one_by_one(lambda request: client.publish(TargetArn=target, **_entry(request)), requests)
    return all_or_each(partial(_send, client, target), requests)


def _send(client: Any, topic: str, requests: list[Request]) -> list[Failed | None]:
    entries = [{"Id": str(index), **_entry(request)} for index, request in enumerate(requests)]
    answer = client.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    return entries_failed(answer, len(requests))


def _entry(request: Request) -> dict[str, str]:
    entry = {"Message": request["message"]}
    if request["structure"]:
        entry["MessageStructure"] = request["structure"]
    if "group" in request:
        entry |= {"MessageGroupId": request["group"], "MessageDeduplicationId": request["once"]}
    return entry


register(
    Action(
        name="sns",
        title="SnsAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("targetArn", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['target']}",
        batch=10,
        batch_bytes=200_000,
    )
)
