"""Refusals as rows."""

import pytest

from iot.core.arn import Scope
from iot.models import Refusal
from iot.services import refusals

pytestmark = pytest.mark.django_db
SCOPE = Scope("123456789012", "us-east-1")
ENTRY = {"client_id": "c", "action": "iot:Publish", "resource": "r", "reason": "no"}


def test_they_are_listed_newest_first_and_by_client() -> None:
    refusals.record(SCOPE, [ENTRY, {**ENTRY, "client_id": "d", "count": 3, "at": 5.0, "first_at": 4.0}])
    assert [row.client_id for row in refusals.refusals(SCOPE)] == ["d", "c"]
    (row,) = refusals.refusals(SCOPE, client_id="d")
    assert (row.count, row.at, row.first_at) == (3, 5.0, 4.0)
    assert not refusals.refusals(Scope("999999999999", "us-east-1")).exists()


def test_what_is_too_long_is_cut() -> None:
    refusals.record(SCOPE, [{**ENTRY, "client_id": "c" * 500, "resource": "r" * 5000, "reason": "n" * 500}])
    row = Refusal.objects.get()
    assert (len(row.client_id), len(row.resource), len(row.reason)) == (128, 1024, 200)


def test_only_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "KEPT", 3)
    monkeypatch.setattr(refusals, "PRUNE_EVERY", 1)
    for number in range(6):
        refusals.record(SCOPE, [{**ENTRY, "client_id": f"c{number}"}])
    assert [row.client_id for row in refusals.refusals(SCOPE)] == ["c5", "c4", "c3"]


def test_they_are_counted_by_client_action_and_reason() -> None:
    stranger = {**ENTRY, "client_id": "", "address": "10.0.0.9", "reason": "too often", "at": 60.0}
    refusals.record(
        SCOPE,
        [
            {**ENTRY, "at": 50.0, "count": 2},
            {**ENTRY, "at": 70.0, "count": 3, "resource": "another", "address": "10.0.0.1"},
            {**ENTRY, "at": 70.0, "reason": "why"},
            {**ENTRY, "at": 10.0, "count": 100},
            stranger,
            {**stranger, "address": "10.0.0.8", "count": 2},
        ],
    )
    refusals.record(Scope("999999999999", "us-east-1"), [ENTRY])
    assert refusals.tallies(SCOPE, 40.0, limit=9) == [
        refusals.Tally("c", "", "iot:Publish", "no", 5, 70.0),
        refusals.Tally("", "10.0.0.8", "iot:Publish", "too often", 2, 60.0),
        refusals.Tally("", "10.0.0.9", "iot:Publish", "too often", 1, 60.0),
        refusals.Tally("c", "", "iot:Publish", "why", 1, 70.0),
    ]
    assert len(refusals.tallies(SCOPE, 0.0, limit=2)) == 2
