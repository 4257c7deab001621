"""Lanes: what shares a transaction, and who is answered when."""

from typing import Any

import pytest
from django.db import connection, transaction

from iot.api import lanes
from iot.models import Thing


@pytest.mark.django_db(transaction=True)
def test_works_that_share_a_transaction_are_answered_after_its_commit() -> None:
    inside: list[bool] = []

    def write(name: str) -> str:
        inside.append(connection.in_atomic_block)
        Thing.objects.create(account="1", region="r", name=name)
        return name

    def fail() -> str:
        with transaction.atomic():
            Thing.objects.create(account="1", region="r", name="undone")
            raise ValueError("no")

    works: list[Any] = [lambda: lambda: write("a"), lambda: "at once", lambda: fail, lambda: lambda: write("b")]
    outcomes = lanes.run_together(works)
    assert outcomes[:2] == ["a", "at once"]
    assert isinstance(outcomes[2], ValueError)
    assert outcomes[3] == "b"
    assert inside == [True, True]
    assert set(Thing.objects.values_list("name", flat=True)) == {"a", "b"}


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_is_answered_to_all_that_shared_it(caplog: pytest.LogCaptureFixture) -> None:
    def write() -> str:
        Thing.objects.create(account="1", region="r", name="a")
        return "written"

    def lose() -> str:
        transaction.on_commit(lambda: (_ for _ in ()).throw(OSError("the disk is full")))
        return "lost"

    outcomes = lanes.run_together([lambda: write, lambda: lose])
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    assert "2 writes" in caplog.text
