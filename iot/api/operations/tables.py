"""The tables that rules write to, read."""

from typing import Any

from iot.api.extensions import SERVICE
from iot.api.registry import Answer, Caller, operation
from iot.services import local_tables
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("ListTables", service=SERVICE)
def list_tables(caller: Caller) -> Answer:
    return {"tables": [_table(one) for one in local_tables.tables(caller.scope)]}


@operation("ListTableRows", service=SERVICE)
def list_table_rows(
    caller: Caller,
    *,
    table_name: str,
    since: int | None = None,
    until: int | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
) -> Answer:
    found = local_tables.table_rows(caller.scope, table_name, since=since, until=until)
    page, token = paginate(
        found, scope=caller.scope, kind=f"table/{table_name}", token=next_token, limit=max_results, newest_first=True
    )
    return {"rows": [_row(one) for one in page], "nextToken": token}


def _table(found: dict[str, Any]) -> dict[str, Any]:
    return {"tableName": found["table"], **{name: found[name] for name in ("rows", "first", "last")}}


def _row(row: Any) -> dict[str, Any]:
    return {"at": row.at, "ruleName": row.rule, "topic": row.topic, "traceId": row.trace, "data": row.data}
