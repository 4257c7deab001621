import json
import urllib.request
from typing import Any

import pytest

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from tests.rules.running import ROLE, carry_out, message, requests


def made(of: Any, **more: Any) -> list[dict[str, Any]]:
    given = {
        "databaseName": "plant",
        "tableName": "readings",
        "dimensions": [{"name": "device", "value": "${clientid()}"}],
        "roleArn": ROLE,
        **more,
    }
    return requests({"timestream": given}, message(of))


def test_each_attribute_is_a_record_of_its_type() -> None:
    found = made({"on": True, "n": 1, "t": 1.5, "s": "x", "o": {"a": 1}, "absent": None})
    assert [(one["name"], one["type"], one["value"]) for one in found] == [
        ("on", "BOOLEAN", "true"),
        ("n", "BIGINT", "1"),
        ("t", "DOUBLE", "1.5"),
        ("s", "VARCHAR", "x"),
        ("o", "VARCHAR", '{"a":1}'),
    ]
    assert found[0]["dimensions"] == [{"Name": "device", "Value": "device-1"}]
    assert found[0]["unit"] == "MILLISECONDS"


def test_the_time_may_be_the_messages_own() -> None:
    (found,) = made({"t": 1700000000}, timestamp={"value": "${t}", "unit": "SECONDS"})
    assert (found["at"], found["unit"]) == ("1700000000", "SECONDS")


def test_records_are_written(moto_targets: Targets, moto: str, aws: Any) -> None:
    client = aws("timestream-write")
    client.create_database(DatabaseName="plant")
    client.create_table(DatabaseName="plant", TableName="readings")
    assert carry_out(moto_targets, "timestream", made({"t": 1.5, "n": 2})) == [None, None]
    # Moto has no queries of Timestream: its books tell what is in the table.
    with urllib.request.urlopen(f"{moto}/moto-api/data.json", timeout=60) as answer:
        (table,) = json.load(answer)["timestreamwrite"]["TimestreamTable"]
    assert [(one["MeasureName"], one["MeasureValue"]) for one in table["records"]] == [("t", "1.5"), ("n", "2")]


@pytest.mark.parametrize("of", [{}, {"absent": None}])
def test_an_output_without_attributes_is_refused(of: Any) -> None:
    with pytest.raises(ActionError, match="no attribute"):
        made(of)


def test_what_is_not_an_object_is_refused() -> None:
    with pytest.raises(ActionError, match="object"):
        made([1, 2])
