"""Writes the output to a Timestream table, one record an attribute."""

import time
from decimal import Decimal
from functools import partial
from typing import Any

from iot.core.sql.values import to_json
from iot.rules.action import Action, ActionError, Failed, Fired, Parameters, Render, Request, Templates, register
from iot.rules.aws import all_or_each
from iot.rules.targets import Targets


def prepare(parameters: Parameters, templates: Templates) -> Render:
    database, table = templates.text("databaseName"), templates.text("tableName")
    dimensions = [(one["name"], templates.of(str(one["value"]))) for one in parameters["dimensions"]]
    timestamp = parameters.get("timestamp")
    at = templates.of(str(timestamp["value"])) if timestamp else None
    unit = timestamp.get("unit", "MILLISECONDS") if timestamp else "MILLISECONDS"
    role = parameters.get("roleArn", "")

    def render(fired: Fired) -> list[Request]:
        output = fired.output
        if not isinstance(output, dict):
            raise ActionError("The timestream action takes an object")
        common = {
            "database": database(fired.run),
            "table": table(fired.run),
            "dimensions": [{"Name": name, "Value": value(fired.run)} for name, value in dimensions],
            "at": str(time.time_ns() // 1_000_000) if at is None else at(fired.run),
            "unit": unit,
            "role": role,
        }
        measures = [(name, _measure(value)) for name, value in output.items() if value is not None]
        if not measures:
            raise ActionError("The output has no attribute to write")
        return [{**common, "name": name, **measure} for name, measure in measures]

    return render


def _measure(value: Any) -> dict[str, str]:
    if isinstance(value, bool):
        return {"type": "BOOLEAN", "value": "true" if value else "false"}
    if isinstance(value, int):
        return {"type": "BIGINT", "value": str(value)}
    if isinstance(value, float | Decimal):
        return {"type": "DOUBLE", "value": str(value)}
    return {"type": "VARCHAR", "value": value if isinstance(value, str) else to_json(value).decode()}


def send(targets: Targets, requests: list[Request]) -> list[Failed | None]:
    client = targets.aws.client("timestream-write", requests[0]["role"])
    return all_or_each(partial(_send, client, requests[0]["database"], requests[0]["table"]), requests)


def _send(client: Any, database: str, table: str, requests: list[Request]) -> list[Failed | None]:
    records = [
        {
            "Dimensions": one["dimensions"],
            "MeasureName": one["name"],
            "MeasureValue": one["value"],
            "MeasureValueType": one["type"],
            "Time": one["at"],
            "TimeUnit": one["unit"],
        }
        for one in requests
    ]
    client.write_records(DatabaseName=database, TableName=table, Records=records)
    return [None] * len(requests)


register(
    Action(
        name="timestream",
        title="TimestreamAction",
        prepare=prepare,
        resource=lambda parameters: str(parameters.get("tableName", "")),
        send=send,
        lane=lambda request: f"{request['role']} {request['database']} {request['table']}",
        batch=100,
        concurrency=1,
    )
)
