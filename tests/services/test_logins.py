"""Failed logins slow the name and the address, no other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from iot.core.arn import Scope
from iot.models import AuditEntry
from iot.services import audit, logins

pytestmark = pytest.mark.django_db
SCOPE = Scope("123456789012", "us-east-1")


def fail(times: int, actor: str = "admin", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        audit.record(SCOPE, actor=actor, channel="console", operation="Login", address=address, outcome="refused")


@pytest.mark.parametrize(("times", "seconds"), [(9, 0), (10, 1), (12, 4), (30, 60)])
def test_the_pause_doubles_from_the_tenth_failure_up_to_a_minute(times: int, seconds: int) -> None:
    fail(times)
    assert logins.seconds_to_wait(SCOPE, "admin", "192.0.2.9") == seconds


def test_it_holds_for_the_name_and_for_the_address_alone() -> None:
    fail(14)
    assert logins.seconds_to_wait(SCOPE, "admin", "192.0.2.9") > 0
    assert logins.seconds_to_wait(SCOPE, "somebody", "192.0.2.1") > 0
    assert logins.seconds_to_wait(SCOPE, "somebody", "192.0.2.9") == 0


def test_a_pause_passes_and_failures_are_forgotten() -> None:
    fail(14)
    AuditEntry.objects.update(at=timezone.now() - timedelta(seconds=17))
    assert logins.seconds_to_wait(SCOPE, "admin", "192.0.2.1") == 0
    AuditEntry.objects.update(at=timezone.now() - logins.WINDOW)
    fail(1)
    assert logins.seconds_to_wait(SCOPE, "admin", "192.0.2.1") == 0
