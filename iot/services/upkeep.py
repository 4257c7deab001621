"""What time does to the fleet, a little at a time: jobs, the index, metrics, claims, bulk registrations.

Any number of processes may call it.
"""

import logging
from collections.abc import Callable

from iot.core.arn import Scope
from iot.services import fleet_metrics, indexing, job_rollout, provisioning_claims, registration_tasks

log = logging.getLogger(__name__)

INDEX_SECONDS = 0.5


def advance(scope: Scope) -> None:
    """Do what is due; what fails is logged and does not keep the rest from being done."""
    works: tuple[Callable[[], object], ...] = (
        job_rollout.advance,
        lambda: indexing.work(scope, INDEX_SECONDS),
        lambda: fleet_metrics.measure_due(scope),
        lambda: provisioning_claims.forget_unclaimed(scope),
        lambda: registration_tasks.advance(scope),
    )
    for work in works:
        try:
            work()
        except Exception:
            log.exception("Upkeep failed")
