from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.rules.action import ActionError
from iot.rules.targets import Targets
from iot.services import local_tables
from tests.rules.running import TRACE, carry_out, message, requests


def made(kind: str, of: Any, **more: Any) -> list[dict[str, Any]]:
    return requests({"thingstead": {kind: {"name": "readings", **more}}}, message(of))


def test_a_row_is_written_once_however_often_it_is_tried(targets: Targets) -> None:
    again = made("table", {"t": 1})
    assert carry_out(targets, "thingstead", again) == [None]
    assert carry_out(targets, "thingstead", again) == [None]
    (row,) = local_tables.table_rows(settings.SCOPE, "readings")
    assert (row.rule, row.topic, row.trace, orjson.loads(row.data)) == ("tested", "dt/a/x", TRACE, {"t": 1})


def test_a_line_is_written_with_when_and_whence(targets: Targets) -> None:
    assert carry_out(targets, "thingstead", [*made("file", {"t": 1}), *made("file", [2])]) == [None, None]
    (path,) = (targets.data / "files").iterdir()
    lines = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert [line["data"] for line in lines] == [{"t": 1}, [2]]
    assert {line["topic"] for line in lines} == {"dt/a/x"}


def test_there_are_tables_and_files_only() -> None:
    with pytest.raises(ActionError):
        made("queue", {"t": 1})


def test_it_takes_no_binary() -> None:
    with pytest.raises(ActionError, match="base64"):
        made("table", b"\xff")
