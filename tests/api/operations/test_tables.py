"""The tables that rules write to, over the API."""

import pytest

from iot.core.arn import Scope
from iot.services import local_tables
from iot.services.local_tables import Entry
from tests.api import harness
from tests.api.harness import call

pytestmark = pytest.mark.django_db

SCOPE = Scope(harness.ACCOUNT, harness.REGION)


def test_tables_and_their_rows_are_read_in_pages_and_by_time() -> None:
    token = harness.new_token("viewer")
    assert call(token, "GET", "/tables") == (200, {"tables": []})
    rows = [Entry("weather", at, "r", "dt/a", f"trace-{at}", b'{"t":%d}' % at) for at in (1000, 2000, 3000)]
    local_tables.write(SCOPE, [*rows, Entry("other", 5, "r", "dt/b", "x", b"{}")])
    _, found = call(token, "GET", "/tables")
    assert [one["tableName"] for one in found["tables"]] == ["other", "weather"]
    assert found["tables"][1] == {"tableName": "weather", "rows": 3, "first": 1000, "last": 3000}
    _, page = call(token, "GET", "/tables/weather/rows", "maxResults=2")
    assert page["rows"][0] == {
        "at": 3000,
        "ruleName": "r",
        "topic": "dt/a",
        "traceId": "trace-3000",
        "data": '{"t":3000}',
    }
    _, rest = call(token, "GET", "/tables/weather/rows", f"maxResults=2&nextToken={page['nextToken']}")
    assert ([one["at"] for one in rest["rows"]], "nextToken" in rest) == ([1000], False)
    _, some = call(token, "GET", "/tables/weather/rows", "since=2000&until=3000")
    assert [one["at"] for one in some["rows"]] == [2000]


def test_a_token_of_another_table_is_refused() -> None:
    token = harness.new_token("viewer")
    local_tables.write(SCOPE, [Entry("a", at, "r", "t", str(at), b"{}") for at in (1, 2)])
    _, page = call(token, "GET", "/tables/a/rows", "maxResults=1")
    assert call(token, "GET", "/tables/b/rows", f"nextToken={page['nextToken']}")[0] == 400
