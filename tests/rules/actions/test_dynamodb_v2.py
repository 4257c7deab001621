from typing import Any

import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


@pytest.fixture
def table(aws: Any, request: pytest.FixtureRequest) -> str:
    name = str(request.node.name)[:60]
    aws("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def made(name: str, of: Any) -> list[dict[str, Any]]:
    return requests({"dynamoDBv2": {"putItem": {"tableName": name}, "roleArn": ROLE}}, message(of))


def test_each_attribute_is_a_column(moto_targets: Targets, aws: Any, table: str) -> None:
    of = {"id": "x", "t": 1.5, "on": True, "tags": ["a", 1], "o": {"k": None}}
    assert carry_out(moto_targets, "dynamoDBv2", made(table, of)) == [None]
    (item,) = aws("dynamodb").scan(TableName=table)["Items"]
    assert item == {
        "id": {"S": "x"},
        "t": {"N": "1.5"},
        "on": {"BOOL": True},
        "tags": {"L": [{"S": "a"}, {"N": "1"}]},
        "o": {"M": {"k": {"NULL": True}}},
    }


def test_a_batch_with_one_key_twice_is_written_one_by_one(moto_targets: Targets, aws: Any, table: str) -> None:
    wanted = [made(table, {"id": key, "n": number})[0] for number, key in enumerate(["x", "x", "y"])]
    assert carry_out(moto_targets, "dynamoDBv2", wanted) == [None] * 3
    found = {item["id"]["S"]: item["n"]["N"] for item in aws("dynamodb").scan(TableName=table)["Items"]}
    assert found == {"x": "1", "y": "2"}


def test_an_item_without_its_key_fails_alone(moto_targets: Targets, aws: Any, table: str) -> None:
    wanted = [made(table, {"id": "x"})[0], made(table, {"n": 1})[0]]
    first, second = carry_out(moto_targets, "dynamoDBv2", wanted)
    assert first is None
    assert second is not None
    assert second.final


def test_what_is_not_an_object_is_refused() -> None:
    with pytest.raises(ActionError, match="object"):
        made("t", [1])
