"""Writes the output to an item of a DynamoDB table whose key the rule names."""

from functools import partial
from typing import Any

from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, Text, register
from iot.rules.aws import all_or_each, one_by_one
from iot.rules.dynamo import typed, unprocessed
from iot.rules.targets import Targets

PAYLOAD = "payload"
_TYPES = {"STRING": "S", "NUMBER": "N"}


def prepare(parameters: Parameters, templates: Templates) -> Render:
    table = templates.text("tableName")
    keys = [_key("hashKey", parameters, templates)]
    if parameters.get("rangeKeyField"):
        keys.append(_key("rangeKey", parameters, templates))
    payload_field, operation = templates.text("payloadField", PAYLOAD), templates.text("operation", "INSERT")
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        run = fired.run
        wanted = operation(run).upper()
        if wanted not in ("INSERT", "UPDATE", "DELETE"):
            raise ActionError(f"The operation {wanted} is none of INSERT, UPDATE and DELETE")
        key = {field(run): {_type(kind(run)): value(run)} for field, kind, value in keys}
        request = {"table": table(run), "operation": wanted, "key": key, "role": role}
        if wanted != "DELETE":
            request["payload"] = {payload_field(run): typed(fired.output)}
        return [request]

    return render


def _key(which: str, parameters: Parameters, templates: Templates) -> tuple[Text, Text, Text]:
    return templates.text(f"{which}Field"), templates.text(f"{which}Type", "STRING"), templates.text(f"{which}Value")


def _type(kind: str) -> str:
    if kind not in _TYPES:
        raise ActionError(f"The key type {kind} is neither STRING nor NUMBER")
    return _TYPES[kind]


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("dynamodb", requests[0]["role"])
    if requests[0]["operation"] == "UPDATE":
        return one_by_one(partial(_update, client), requests)
    return all_or_each(partial(_write, client, requests[0]["table"]), requests)


def _update(client: Any, request: Request) -> None:
    ((name, value),) = request["payload"].items()
    client.update_item(
        TableName=request["table"],
        Key=request["key"],
        UpdateExpression="SET #payload = :payload",
        ExpressionAttributeNames={"#payload": name},
        ExpressionAttributeValues={":payload": value},
    )


def _write(client: Any, table: str, requests: list[Request]) -> list[Failed | None]:
    # One call may name a key only once; of several writes to one key the last is what counts.
    last = {repr(sorted(request["key"].items())): request for request in requests}
    writes = [
        {"DeleteRequest": {"Key": one["key"]}}
        if one["operation"] == "DELETE"
        else {"PutRequest": {"Item": {**one["payload"], **one["key"]}}}
        for one in last.values()
    ]
    answer = client.batch_write_item(RequestItems={table: writes})
    return unprocessed(answer, table, requests)


register(
    Action(
        name="dynamoDB",
        title="DynamoDBAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("tableName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['table']} {request['operation'] == 'UPDATE'}",
        batch=25,
        batch_bytes=4 * 1024 * 1024,
        concurrency=1,
    )
)
