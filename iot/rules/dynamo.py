"""Values of SQL as DynamoDB's typed attributes."""

import base64
from decimal import Decimal
from typing import Any

from iot.core.sql.values import decimal_of, number_text
from iot.rules.action import Failed, Request


def typed(value: Any) -> dict[str, Any]:
    """Answer a value as a typed attribute."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float | Decimal):
        return {"N": number_text(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, list):
        return {"L": [typed(item) for item in value]}
    return {"M": {name: typed(item) for name, item in value.items()}}


def untyped(attribute: dict[str, Any]) -> Any:
    """Answer the value of a typed attribute; what JSON has no form for is base64 or a list."""
    ((kind, value),) = attribute.items()
    if kind == "N":
        return decimal_of(value)
    if kind == "NULL":
        return None
    if kind == "M":
        return {name: untyped(item) for name, item in value.items()}
    if kind == "L":
        return [untyped(item) for item in value]
    if kind in ("SS", "NS", "BS"):
        return [untyped({kind[0]: item}) for item in value]
    return base64.b64encode(value).decode() if kind == "B" else value


def unprocessed(answer: dict[str, Any], table: str, requests: list[Request]) -> "list[Failed | None]":
    """Answer the results of a batch: what was left undone makes all of it fail for now, and is written once more."""
    if answer.get("UnprocessedItems", {}).get(table):
        return [Failed("DynamoDB did not process the whole batch")] * len(requests)
    return [None] * len(requests)
