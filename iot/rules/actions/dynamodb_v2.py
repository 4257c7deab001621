"""Writes the output to a DynamoDB table, each of its attributes a column."""

from functools import partial
from typing import Any

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each
from iot.rules.dynamo import typed, unprocessed
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    table = templates.of(str(parameters["putItem"]["tableName"]))
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        output = fired.output
        if not isinstance(output, dict):
            raise ActionError("The dynamoDBv2 action takes an object")
        return [{"table": table(fired.run), "item": typed(output)["M"], "role": role}]

    return render


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("dynamodb", requests[0]["role"])
    return all_or_each(partial(_write, client, requests[0]["table"]), requests)


def _write(client: Any, table: str, requests: list[Request]) -> list[Failed | None]:
    if len(requests) == 1:
        client.put_item(TableName=table, Item=requests[0]["item"])
        return [None]
    # Two items of one key make DynamoDB refuse the whole call; then each is written alone.
    writes = [{"PutRequest": {"Item": request["item"]}} for request in requests]
    answer = client.batch_write_item(RequestItems={table: writes})
    return unprocessed(answer, table, requests)


register(
    Action(
        name="dynamoDBv2",
        title="DynamoDBv2Action",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("putItem", {}).get("tableName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['table']}",
        batch=25,
        batch_bytes=4 * 1024 * 1024,
        concurrency=1,
    )
)
