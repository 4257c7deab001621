import time

import orjson
import pytest

from iot.core.arn import Scope
from iot.services import local_tables
from iot.services.local_tables import Entry

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")
NOW = int(time.time() * 1000)


def entry(number: int, *, table: str = "t", at: int = NOW, rule: str = "r", data: object = None) -> Entry:
    body = orjson.dumps({"n": number} if data is None else data)
    return Entry(table, at + number, rule, "dt/a", f"trace-{number}", body)


def test_rows_come_back_newest_first_within_times() -> None:
    local_tables.write(SCOPE, [entry(number) for number in range(5)])
    assert [orjson.loads(row.data)["n"] for row in local_tables.table_rows(SCOPE, "t")] == [4, 3, 2, 1, 0]
    found = local_tables.table_rows(SCOPE, "t", since=NOW + 1, until=NOW + 3)
    assert [orjson.loads(row.data)["n"] for row in found] == [2, 1]
    assert not local_tables.table_rows(Scope("210987654321", "eu-west-1"), "t").exists()


def test_a_message_that_comes_twice_is_one_row_but_two_rules_are_two() -> None:
    local_tables.write(SCOPE, [entry(1), entry(1)])
    local_tables.write(SCOPE, [entry(1), entry(1, rule="other")])
    assert local_tables.table_rows(SCOPE, "t").count() == 2


def test_tables_are_listed_with_their_size_and_times() -> None:
    local_tables.write(SCOPE, [entry(0), entry(5), entry(1, table="u")])
    assert local_tables.tables(SCOPE) == [
        {"table": "t", "rows": 2, "first": NOW, "last": NOW + 5},
        {"table": "u", "rows": 1, "first": NOW + 1, "last": NOW + 1},
    ]
    assert local_tables.drop(SCOPE, "t") == 2


def test_columns_and_series_are_read_from_objects_and_skip_the_rest() -> None:
    data: list[object] = [{"a": 1, "b": "x"}, {"a": 2.5, "c": True}, [1], 7, {"a": "no"}]
    local_tables.write(SCOPE, [entry(number, data=one) for number, one in enumerate(data)])
    assert local_tables.columns(list(local_tables.table_rows(SCOPE, "t"))[::-1]) == ["a", "b", "c"]
    assert local_tables.series(SCOPE, "t", "a", since=NOW) == [(NOW, 1.0), (NOW + 1, 2.5)]
    assert local_tables.series(SCOPE, "t", "c", since=NOW) == []


def test_old_rows_and_too_many_are_pruned() -> None:
    local_tables.write(SCOPE, [entry(0, at=NOW - 40 * 86_400_000), *(entry(number) for number in range(1, 7))])
    local_tables.prune(SCOPE, "t", days=30, rows=4)
    assert [row.at - NOW for row in local_tables.table_rows(SCOPE, "t")] == [6, 5, 4, 3]
