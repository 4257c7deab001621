"""The failures of rules: kept, claimed for another try, given up, looked at, retried by hand.

A claim counts the attempt and takes a lease, under the lock of its transaction, so that a worker that dies leaves the
request to another one when its lease ends, and a request that kills its workers is given up.
"""

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max, QuerySet

from iot.bridge.outbox import pack, unpack
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.models import RuleFailure

LEASE_SECONDS = 120.0
LONGEST_PAUSE = 300.0
MOST_CLAIMS = 5
KEPT_DEAD = 10_000
MOST_WAITING = 200_000
PRUNE_EVERY = 500


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that failed, to be kept; one that is `dead` is not tried again by itself. `request` is packed."""

    rule: str
    action: str
    action_index: int
    resource: str
    trace: str
    message: Message
    request: bytes
    reason: str
    dead: bool
    attempts: int = 1
    due_at_once: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """A request taken for another try."""

    id: int
    rule: str
    action: str
    action_index: int
    resource: str
    trace: str
    message: Message | None
    request: bytes
    attempts: int
    created_at: float


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of another try: `reason` is empty where it succeeded."""

    claimed: Claimed
    reason: str = ""
    final: bool = False


def failures(scope: Scope, *, rule_name: str | None = None, dead: bool | None = None) -> QuerySet[RuleFailure]:
    """Select failures, newest first, of one rule where asked; `dead` tells those given up from those that wait."""
    rows = RuleFailure.objects.filter(account=scope.account, region=scope.region).order_by("-id")
    if rule_name is not None:
        rows = rows.filter(rule=rule_name)
    return rows if dead is None else rows.filter(next_at__isnull=dead)


def find_failure(scope: Scope, failure_id: int) -> RuleFailure:
    """Find a failure. Raises ResourceNotFoundException."""
    row = failures(scope).filter(pk=failure_id).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"There is no failure {failure_id}")
    return row


def message_of(row: RuleFailure) -> Message | None:
    """Answer the message that a failure is about."""
    found = unpack(bytes(row.message)) if row.message else []
    return found[0] if found else None


def has_room(scope: Scope) -> bool:
    """Say whether more may wait; where not, messages stay with the broker."""
    waiting = RuleFailure.objects.filter(account=scope.account, region=scope.region, next_at__isnull=False)
    return not waiting.order_by("id")[MOST_WAITING : MOST_WAITING + 1].exists()


def record(scope: Scope, entries: Iterable[Failure]) -> None:
    """Keep failures, in one transaction; of those given up the newest ten thousand stay."""
    now = time.time()
    rows = [_row(scope, entry, now) for entry in entries]
    with transaction.atomic():
        made = RuleFailure.objects.bulk_create(rows, batch_size=200)
        if any(row.pk and row.pk % PRUNE_EVERY == 0 for row in made):
            _prune(scope)


def claim(scope: Scope, *, limit: int = 50) -> list[Claimed]:
    """Take requests that are due, the longest due first; the attempt counts from here."""
    now = time.time()
    with transaction.atomic():
        due = RuleFailure.objects.filter(
            account=scope.account, region=scope.region, next_at__lte=now, leased_until__lte=now
        ).order_by("next_at")
        if connection.vendor == "postgresql":
            due = due.select_for_update(skip_locked=True)
        rows = list(due[:limit])
        killers = [row.pk for row in rows if row.claims >= MOST_CLAIMS]
        RuleFailure.objects.filter(pk__in=killers).update(
            next_at=None, reason=f"Given up: it was begun {MOST_CLAIMS} times, and each time its worker died"
        )
        wanted = [row for row in rows if row.pk not in killers]
        # Nobody else has them meanwhile: SQLite lets one write at a time, and PostgreSQL has locked the rows.
        RuleFailure.objects.filter(pk__in=[row.pk for row in wanted]).update(
            leased_until=now + LEASE_SECONDS, attempts=F("attempts") + 1, claims=F("claims") + 1, last_at=now
        )
    return [_claimed(row) for row in wanted]


def settle(scope: Scope, outcomes: Sequence[Tried], *, give_up_after: float) -> list[Claimed]:
    """Write what came of tries: delete what succeeded, set the next time of what failed; answer what is given up."""
    now = time.time()
    given_up = []
    with transaction.atomic():
        done = [one.claimed.id for one in outcomes if not one.reason]
        RuleFailure.objects.filter(account=scope.account, region=scope.region, pk__in=done).delete()
        for outcome in outcomes:
            if not outcome.reason:
                continue
            dead = outcome.final or now - outcome.claimed.created_at >= give_up_after
            if dead:
                given_up.append(outcome.claimed)
            RuleFailure.objects.filter(account=scope.account, region=scope.region, pk=outcome.claimed.id).update(
                reason=outcome.reason[:2000],
                next_at=None if dead else now + pause(outcome.claimed.attempts),
                leased_until=0,
                claims=0,
                last_at=now,
            )
    return given_up


def pause(attempts: int) -> float:
    """Seconds until the next try: 1, 2, 4 … 300, give or take a fifth."""
    return float(min(2 ** min(attempts - 1, 16), LONGEST_PAUSE) * random.uniform(0.8, 1.2))


def retry(scope: Scope, *, failure_ids: Sequence[int] | None = None, rule_name: str | None = None) -> int:
    """Make failures due now, those named, those of a rule, or all; answers how many. Their time begins anew."""
    rows = RuleFailure.objects.filter(account=scope.account, region=scope.region).exclude(action="")
    if failure_ids is not None:
        rows = rows.filter(pk__in=failure_ids)
    if rule_name is not None:
        rows = rows.filter(rule=rule_name)
    now = time.time()
    return rows.update(next_at=now, created_at=now, claims=0, leased_until=0)


def discard(scope: Scope, *, failure_ids: Sequence[int] | None = None, rule_name: str | None = None) -> int:
    """Delete failures, those named, those of a rule, or all; answers how many."""
    rows = RuleFailure.objects.filter(account=scope.account, region=scope.region)
    if failure_ids is not None:
        rows = rows.filter(pk__in=failure_ids)
    if rule_name is not None:
        rows = rows.filter(rule=rule_name)
    return rows.delete()[0]


def summary(scope: Scope) -> dict[str, dict[str, int]]:
    """Count, by rule, what waits and what is given up."""
    rows = failures(scope).order_by().values_list("rule").annotate(waiting=Count("next_at"), kept=Count("id"))
    return {rule: {"waiting": waiting, "dead": kept - waiting} for rule, waiting, kept in rows}


def newest(scope: Scope, rule_names: Iterable[str]) -> dict[str, RuleFailure]:
    """Answer the newest failure of each rule that has any."""
    rows = failures(scope).filter(rule__in=list(rule_names)).order_by()
    ids = [newest for _rule, newest in rows.values_list("rule").annotate(newest=Max("id"))]
    return {row.rule: row for row in RuleFailure.objects.filter(pk__in=ids)}


def _row(scope: Scope, entry: Failure, now: float) -> RuleFailure:
    due: float | None = now if entry.due_at_once else now + pause(1)
    return RuleFailure(
        account=scope.account,
        region=scope.region,
        rule=entry.rule,
        action=entry.action,
        action_index=entry.action_index,
        resource=entry.resource[:512],
        topic=entry.message.topic,
        trace=entry.trace,
        message=pack([entry.message]),
        request=entry.request,
        reason=entry.reason[:2000],
        attempts=entry.attempts,
        created_at=now,
        last_at=now,
        next_at=None if entry.dead else due,
    )


def _claimed(row: RuleFailure) -> Claimed:
    return Claimed(
        id=row.pk,
        rule=row.rule,
        action=row.action,
        action_index=row.action_index,
        resource=row.resource,
        trace=row.trace,
        message=message_of(row),
        request=bytes(row.request),
        attempts=row.attempts + 1,
        created_at=row.created_at,
    )


def _prune(scope: Scope) -> None:
    dead = failures(scope, dead=True)
    oldest: Any = dead.values_list("id", flat=True)[KEPT_DEAD : KEPT_DEAD + 1].first()
    if oldest is not None:
        RuleFailure.objects.filter(
            account=scope.account, region=scope.region, next_at__isnull=True, id__lte=oldest
        ).delete()
