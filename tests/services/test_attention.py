"""What needs attention."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from iot.models import Certificate, Connection
from iot.services import attention, metrics, refusals

pytestmark = pytest.mark.django_db


def kinds() -> list[tuple[str, str, int]]:
    return [(one.kind, one.name, one.count) for one in attention.findings(settings.SCOPE)]


def test_nothing_needs_attention_at_first() -> None:
    assert kinds() == []


def test_failing_rules_are_counted_without_their_actions() -> None:
    metrics.add(settings.SCOPE, {("Failure", ""): 9, ("Failure", "hot"): 4, ("Failure", "hot/0"): 4})
    assert kinds() == [("rule", "hot", 4)]


def test_refused_clients_say_what_they_asked_for_last() -> None:
    entry = {"client_id": "c1", "action": "iot:Publish", "resource": "r", "count": 3}
    old = {**entry, "client_id": "old", "at": time.time() - 7200}
    refusals.record(settings.SCOPE, [entry, {**entry, "resource": "s"}, old])
    (found,) = attention.findings(settings.SCOPE)
    assert (found.kind, found.name, found.count, found.detail) == ("refused", "c1", 6, "iot:Publish s")


def test_clients_that_displace_one_another_are_named() -> None:
    row: dict[str, Any] = {"account": settings.SCOPE.account, "region": settings.SCOPE.region}
    now = int(time.time() * 1000)
    Connection.objects.create(**row, client_id="c1", displaced=7, displaced_at=now)
    Connection.objects.create(**row, client_id="once", displaced=1, displaced_at=now)
    assert kinds() == [("displaced", "c1", 7)]


def test_active_certificates_that_run_out_soon_are_named() -> None:
    row: dict[str, Any] = {"account": settings.SCOPE.account, "region": settings.SCOPE.region, "pem": ""}
    soon, late = timezone.now() + timedelta(days=3), timezone.now() + timedelta(days=90)
    for name, status, end in (("a", "ACTIVE", soon), ("b", "INACTIVE", soon), ("c", "ACTIVE", late)):
        Certificate.objects.create(**row, certificate_id=name, status=status, not_before=soon, not_after=end)
    assert kinds() == [("expiring", "a", 1)]
