"""How long somebody has to wait before the next login, after too many that failed."""

import math
from datetime import timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from iot.core.arn import Scope
from iot.services import audit

WINDOW = timedelta(minutes=5)
FREE = 10
LONGEST = 60


def seconds_to_wait(scope: Scope, actor: str, address: str) -> int:
    """Answer the whole seconds until a name may be tried from an address; 0 where it may be now.

    Ten failures within five minutes cost nothing; from there the pause doubles with each, up to a minute. It holds for
    the name and for the address, in every process: the audit's rows are what is counted.
    """
    now = timezone.now()
    failed = audit.entries(scope).filter(operation="Login", outcome="refused", at__gt=now - WINDOW)
    longest = 0.0
    for tried in (Q(actor=actor), Q(address=address)):
        found = failed.order_by().filter(tried).aggregate(times=Count("id"), last=Max("at"))
        if found["times"] >= FREE:
            pause = min(2 ** (found["times"] - FREE), LONGEST)
            longest = max(longest, pause - (now - found["last"]).total_seconds())
    return math.ceil(longest)
