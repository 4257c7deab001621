"""What time does to jobs: rollouts, timers, new and lost group members, aborts and completion.

`advance` is called every second or so by every bridge process. Each job is claimed by a conditional update of its
`rolled_at`, so that of several processes one does a tick's work.
"""

import time
from collections.abc import Iterable, Iterator
from itertools import islice

from django.db import transaction

from iot.core.arn import Scope, parse_arn
from iot.core.jobs.execution import PENDING, Execution, Status, end
from iot.core.jobs.rollout import Progress, abort_comment, allowance, rate_per_minute
from iot.models import Job, JobExecution, ThingGroup, ThingGroupMember
from iot.services import job_events, job_executions, job_notices, job_schedules
from iot.services.jobs import cancel_in_place

TICK = 1.0
BATCH = 500


def advance() -> int:
    """Do what is due for all jobs now; answer how many executions were changed."""
    changed = _end_timed_out() + _start_scheduled()
    for job_key in Job.objects.filter(status="IN_PROGRESS").values_list("pk", flat=True):
        changed += _advance_job(job_key)
    return changed


def begin(job: Job) -> None:
    """Begin a new job's rollout at once where it is small: then its executions are there when CreateJob answers."""
    if job.status == "IN_PROGRESS" and len(list(islice(_target_things(job.scope, job.targets), BATCH + 1))) <= BATCH:
        _advance_job(job.pk)


def settle(scope: Scope, job_id: str) -> None:
    """Abort or complete a small job at once where its executions have just made that due."""
    with transaction.atomic():
        rows = Job.objects.select_for_update().filter(account=scope.account, region=scope.region)
        job = rows.filter(job_id=job_id, status="IN_PROGRESS", rolled_at__isnull=False).first()
        if job is None or job.executions.order_by("id")[BATCH : BATCH + 1].exists() or _aborted(job, _progress(job)):
            return
        _complete(job, time.time())
        job.save(update_fields=["status", "updated_at", "completed_at"])


def _aborted(job: Job, progress: Progress) -> bool:
    criteria = job.settings.get("abortConfig", {}).get("criteriaList", ())
    comment = abort_comment(criteria, progress)
    if not comment or not job.executions.filter(status__in=PENDING).exists():
        return False
    cancel_in_place(job.scope, job, reason_code="ABORT_CANCEL", comment=comment, force=True)
    return True


def _advance_job(job_key: int) -> int:
    now = time.time()
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_key, status="IN_PROGRESS").first()
        if job is None or (job.rolled_at is not None and now - job.rolled_at < TICK / 2):
            return 0
        over = job_schedules.end_behavior(job.settings, now)
        if over in ("CANCEL", "FORCE_CANCEL"):
            cancel_in_place(
                job.scope, job, reason_code="SCHEDULE_ENDED", comment="The end time is reached", force="F" in over
            )
            return 1
        first = job.rolled_at is None
        if first or job.selection == "CONTINUOUS":
            _follow_targets(job, now)
        progress = _progress(job)
        if _aborted(job, progress):
            return 1
        rate = rate_per_minute(job.settings.get("jobExecutionsRolloutConfig", {}), progress)
        elapsed = 60.0 if first or job.rolled_at is None else now - job.rolled_at
        count, carried = allowance(rate, job.rollout_carry, elapsed)
        paused = over or not job_schedules.is_open(job.settings, now)
        handed_out = _hand_out(job, 0 if paused else min(count, BATCH), now)
        job.rollout_carry = carried + count - handed_out
        job.rolled_at = now
        _complete(job, now)
        job.save(update_fields=["rolled_at", "rollout_carry", "status", "updated_at", "completed_at"])
    return handed_out


def _hand_out(job: Job, count: int, now: float) -> int:
    rows = list(job.executions.filter(rolled_out=False).order_by("id")[:count])
    fresh = Execution(queued_at=now, updated_at=now)
    JobExecution.objects.filter(pk__in=[row.pk for row in rows]).update(
        rolled_out=True, status=fresh.status, queued_at=now, updated_at=now, version=fresh.version
    )
    job_notices.tell(job.scope, [row.thing_name for row in rows])
    return len(rows)


def _progress(job: Job) -> Progress:
    counts = job_events.counts(job)
    return Progress(notified=sum(counts.values()), counts=counts)


def _complete(job: Job, now: float) -> None:
    """A snapshot job is complete when all its executions have ended."""
    if job.selection == "SNAPSHOT" and not job.executions.filter(status__in=PENDING).exists():
        job.status = "COMPLETED"
        job.updated_at = job.completed_at = now
        job_events.job_changed(job, "completed")


def _follow_targets(job: Job, now: float) -> None:
    """Give new targets an execution; take it from those that have left a continuous job's groups."""
    wanted = dict.fromkeys(_target_things(job.scope, job.targets))
    known = set(job.executions.values_list("thing_name", flat=True))
    JobExecution.objects.bulk_create(
        [
            JobExecution(
                job=job, account=job.account, region=job.region, thing_name=name, status=Status.QUEUED, queued_at=now
            )
            for name in wanted
            if name not in known
        ],
        batch_size=BATCH,
    )
    lost = known - wanted.keys()
    if not lost:
        return
    rows = job.executions.filter(thing_name__in=lost, status__in=PENDING).select_related("job")
    told = []
    for row in rows:
        job_executions.save(row, end(job_notices.state_of(row), Status.REMOVED, now=now))
        told.append(row.thing_name)
    job_notices.tell(job.scope, told)


def _target_things(scope: Scope, targets: Iterable[str]) -> Iterator[str]:
    """Name the things of all targets, in the order of the targets; a thing may come more than once."""
    for target in targets:
        arn = parse_arn(target)
        if arn is not None and arn.kind == "thing":
            yield arn.name
        elif arn is not None:
            yield from _members(scope, arn.name)


def _members(scope: Scope, group_name: str) -> Iterator[str]:
    roots = ThingGroup.objects.filter(account=scope.account, region=scope.region, name=group_name)
    level = list(roots.values_list("pk", flat=True))
    keys = set(level)
    while level:
        level = list(ThingGroup.objects.filter(parent__in=level).values_list("pk", flat=True))
        keys.update(level)
    members = ThingGroupMember.objects.filter(group__in=keys).order_by("thing_id")
    yield from members.values_list("thing__name", flat=True).iterator()


def _start_scheduled() -> int:
    now = time.time()
    due = [job.pk for job in Job.objects.filter(status="SCHEDULED") if job_schedules.is_due(job.settings, now)]
    return Job.objects.filter(pk__in=due, status="SCHEDULED").update(status="IN_PROGRESS", updated_at=now)


def _end_timed_out() -> int:
    now = time.time()
    due = JobExecution.objects.filter(deadline__lte=now, status=Status.IN_PROGRESS)
    if not due.exists():
        return 0
    with transaction.atomic():
        rows = list(due.select_for_update(of=("self",)).select_related("job")[:BATCH])
        for row in rows:
            state = end(job_notices.state_of(row), Status.TIMED_OUT, now=now)
            job_executions.save(row, state)
            job_executions.requeue(row, state)
            job_notices.tell(row.job.scope, [row.thing_name])
    return len(rows)
