from typing import Any

import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


@pytest.fixture
def table(aws: Any, request: pytest.FixtureRequest) -> str:
    name = str(request.node.name)[:60].replace("[", "-").replace("]", "")
    aws("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "device", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "device", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def made(name: str, of: Any, **more: Any) -> list[dict[str, Any]]:
    given = {
        "tableName": name,
        "hashKeyField": "device",
        "hashKeyValue": "${topic(2)}",
        "rangeKeyField": "at",
        "rangeKeyType": "NUMBER",
        "rangeKeyValue": "${at}",
        "roleArn": ROLE,
        **more,
    }
    return requests({"dynamoDB": given}, message(of))


def items(aws: Any, name: str) -> list[dict[str, Any]]:
    found = aws("dynamodb").scan(TableName=name)["Items"]
    return sorted(found, key=lambda item: float(item["at"]["N"]))


def test_the_output_is_a_map_under_the_payload_field(moto_targets: Targets, aws: Any, table: str) -> None:
    wanted = [made(table, {"at": number, "t": 1.5})[0] for number in (1, 2, 3)]
    assert carry_out(moto_targets, "dynamoDB", wanted) == [None] * 3
    found = items(aws, table)
    assert len(found) == 3
    assert found[0] == {"device": {"S": "a"}, "at": {"N": "1"}, "payload": {"M": {"at": {"N": "1"}, "t": {"N": "1.5"}}}}


def test_one_key_twice_in_a_call_keeps_the_last(moto_targets: Targets, aws: Any, table: str) -> None:
    wanted = [made(table, {"at": 1, "t": value}, payloadField="p")[0] for value in (1, 2)]
    assert carry_out(moto_targets, "dynamoDB", wanted) == [None] * 2
    assert [item["p"]["M"]["t"]["N"] for item in items(aws, table)] == ["2"]


def test_update_and_delete_change_what_is_there(moto_targets: Targets, aws: Any, table: str) -> None:
    carry_out(moto_targets, "dynamoDB", made(table, {"at": 1, "t": 1}))
    assert carry_out(moto_targets, "dynamoDB", made(table, {"at": 1, "t": 2}, operation="UPDATE")) == [None]
    assert [item["payload"]["M"]["t"]["N"] for item in items(aws, table)] == ["2"]
    assert carry_out(moto_targets, "dynamoDB", made(table, {"at": 1}, operation="DELETE")) == [None]
    assert items(aws, table) == []


def test_a_payload_that_is_not_json_is_stored_as_bytes(moto_targets: Targets, aws: Any, table: str) -> None:
    wanted = made(table, b"\x00\xff", rangeKeyValue="7")
    assert carry_out(moto_targets, "dynamoDB", wanted) == [None]
    assert items(aws, table)[0]["payload"] == {"B": b"\x00\xff"}


def test_a_key_of_the_wrong_type_fails_alone(moto_targets: Targets, aws: Any, table: str) -> None:
    wanted = [made(table, {"at": 1})[0], made(table, {"at": "x"})[0]]
    first, second = carry_out(moto_targets, "dynamoDB", wanted)
    assert first is None
    assert second is not None
    assert second.final
    assert len(items(aws, table)) == 1


def test_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ActionError, match="INSERT, UPDATE and DELETE"):
        made("t", {"at": 1}, operation="UPSERT")


def test_a_key_is_a_string_or_a_number() -> None:
    with pytest.raises(ActionError, match="neither STRING nor NUMBER"):
        requests(
            {"dynamoDB": {"tableName": "t", "hashKeyField": "k", "hashKeyValue": "v", "hashKeyType": "${topic()}"}},
            message({}),
        )
