"""The audit's rows."""

import pytest

from iot.core.arn import Scope
from iot.services import audit

pytestmark = pytest.mark.django_db
SCOPE = Scope("1", "r")


def record(operation: str, resource: str = "", scope: Scope = SCOPE) -> None:
    audit.record(scope, actor="ann", channel="api", operation=operation, resource=resource, before={"a": 1})


def test_rows_are_listed_newest_first_and_by_account() -> None:
    record("One")
    record("Two")
    record("Other", scope=Scope("2", "r"))
    rows = list(audit.entries(SCOPE))
    assert [row.operation for row in rows] == ["Two", "One"]
    assert (rows[0].actor, rows[0].outcome, rows[0].before, rows[0].after) == ("ann", "ok", {"a": 1}, None)
    assert rows[0].at >= rows[1].at


def test_rows_of_a_resource_are_found_as_a_part_of_longer_ones() -> None:
    for resource in ("lamp", "lamp/principal", "group/lamp", "a/lamp/b", "lamps", "my-lamp"):
        record("X", resource)
    found = {row.resource for row in audit.of_resource(SCOPE, "lamp")}
    assert found == {"lamp", "lamp/principal", "group/lamp", "a/lamp/b"}


def test_a_long_resource_is_cut() -> None:
    record("X", "x" * 600)
    assert len(audit.entries(SCOPE)[0].resource) == 512
