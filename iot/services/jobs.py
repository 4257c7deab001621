"""Jobs as the control plane sees them; handing their executions out over time is `iot.services.job_rollout`."""

import time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.core.jobs.configuration import check_configuration
from iot.core.jobs.execution import PENDING, Status, end
from iot.models import Job, Thing, ThingGroup
from iot.services import job_documents, job_events, job_executions, job_notices, job_schedules, job_templates
from iot.services.tags import Given, forget_tags, put_tags

ENDED = ("COMPLETED", "CANCELED")
_COUNTERS = {
    Status.CANCELED: "numberOfCanceledThings",
    Status.SUCCEEDED: "numberOfSucceededThings",
    Status.FAILED: "numberOfFailedThings",
    Status.REJECTED: "numberOfRejectedThings",
    Status.QUEUED: "numberOfQueuedThings",
    Status.IN_PROGRESS: "numberOfInProgressThings",
    Status.REMOVED: "numberOfRemovedThings",
    Status.TIMED_OUT: "numberOfTimedOutThings",
}


def create_job(
    scope: Scope,
    *,
    job_id: str,
    targets: list[str],
    document: str = "",
    document_source: str = "",
    job_template_arn: str | None = None,
    target_selection: str = "SNAPSHOT",
    description: str = "",
    settings: dict[str, Any],
    tags: Given | None = None,
) -> Job:
    """Create a job for the things and groups that `targets` names by ARN; its rollout begins at the next tick.

    `settings` holds the remaining configuration members as AWS names them. Raises ResourceAlreadyExistsException,
    ResourceNotFoundException for unknown targets, InvalidRequestException for a bad document.
    """
    managed = job_templates.managed_template_of_arn(job_template_arn or "")
    if managed is not None:
        managed.check(settings.setdefault("documentParameters", {}))
        document, document_source, description = managed.document, "", description or managed.description
    elif "documentParameters" in settings:
        raise errors.InvalidRequestException("documentParameters belong to a managed template")
    elif job_template_arn:
        template = job_templates.template_of_arn(scope, job_template_arn)
        document = document or template.document
        document_source = document_source or template.document_source
        settings = job_templates.job_settings(template.settings) | settings
    check_targets(scope, targets)
    now = time.time()
    check_configuration(settings)
    job_schedules.check(settings, now)
    try:
        with transaction.atomic():
            row = Job.objects.create(
                account=scope.account,
                region=scope.region,
                job_id=job_id,
                targets=targets,
                selection=target_selection,
                status="IN_PROGRESS" if job_schedules.is_due(settings, now) else "SCHEDULED",
                description=description,
                document=job_documents.read(scope, document, document_source),
                document_source=document_source,
                template_arn=job_template_arn or "",
                settings=settings,
                created_at=now,
                updated_at=now,
            )
            put_tags(scope, row.arn, tags)
            return row
    except IntegrityError:
        raise errors.ResourceAlreadyExistsException(
            f"Job {job_id} already exists", resourceId=job_id, resourceArn=scope.arn("job", job_id)
        ) from None


def find_job(scope: Scope, job_id: str, *, lock: bool = False) -> Job:
    """Find a job. Raises ResourceNotFoundException."""
    rows = jobs(scope).filter(job_id=job_id)
    row = (rows.select_for_update() if lock else rows).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Job {job_id} cannot be found.")
    return row


def describe_job(scope: Scope, *, job_id: str) -> dict[str, Any]:
    """Answer AWS's Job structure, with the counters of its executions."""
    job = find_job(scope, job_id)
    counts = job_events.counts(job)
    return {
        **job.settings,
        "jobArn": job.arn,
        "jobId": job.job_id,
        "targetSelection": job.selection,
        "status": job.status,
        "forceCanceled": job.force_canceled if job.status == "CANCELED" else None,
        "isConcurrent": job.status == "IN_PROGRESS" and job.executions.filter(rolled_out=False).exists(),
        "scheduledJobRollouts": [{"startTime": moment} for moment in _coming(job)] or None,
        "reasonCode": job.reason_code or None,
        "comment": job.comment or None,
        "targets": job.targets,
        "description": job.description or None,
        "createdAt": job.created_at,
        "lastUpdatedAt": job.updated_at,
        "completedAt": job.completed_at,
        "jobTemplateArn": job.template_arn or None,
        "jobProcessDetails": {
            "processingTargets": [] if job.status in ENDED else job.targets,
            **{name: counts.get(status, 0) for status, name in _COUNTERS.items()},
        },
    }


def update_job(scope: Scope, *, job_id: str, description: str | None, settings: dict[str, Any]) -> Job:
    """Change the description and the configurations that are given. Only a job in progress may be changed."""
    with transaction.atomic():
        job = find_job(scope, job_id, lock=True)
        if job.status in ENDED:
            raise errors.InvalidRequestException(f"Job {job_id} in status {job.status} cannot be updated.")
        job.settings = {**job.settings, **settings}
        check_configuration(job.settings)
        if description is not None:
            job.description = description
        job.updated_at = time.time()
        job.save(update_fields=["settings", "description", "updated_at"])
    return job


def associate_targets_with_job(scope: Scope, *, job_id: str, targets: list[str], comment: str | None) -> Job:
    """Add target groups to a continuous job."""
    check_targets(scope, targets)
    with transaction.atomic():
        job = find_job(scope, job_id, lock=True)
        if job.selection != "CONTINUOUS" or job.status in ENDED:
            raise errors.InvalidRequestException("Targets can be associated only with a continuous job in progress")
        job.targets = [*job.targets, *(target for target in targets if target not in job.targets)]
        job.comment = comment or job.comment
        job.updated_at = time.time()
        job.save(update_fields=["targets", "comment", "updated_at"])
    return job


def cancel_job(
    scope: Scope, *, job_id: str, reason_code: str | None = None, comment: str | None = None, force: bool = False
) -> Job:
    """Cancel a job and its queued executions; with `force` also those in progress."""
    with transaction.atomic():
        job = find_job(scope, job_id, lock=True)
        if job.status in ENDED:
            raise errors.InvalidRequestException(f"Job {job_id} is {job.status} and cannot be canceled")
        cancel_in_place(scope, job, reason_code=reason_code or "", comment=comment or "", force=force)
    return job


def cancel_in_place(scope: Scope, job: Job, *, reason_code: str, comment: str, force: bool) -> None:
    """Cancel a job whose row the caller's transaction holds."""
    now = time.time()
    job.status, job.reason_code, job.comment, job.force_canceled = "CANCELED", reason_code, comment, force
    job.updated_at = job.completed_at = now
    job.save(update_fields=["status", "reason_code", "comment", "force_canceled", "updated_at", "completed_at"])
    affected = PENDING if force else {Status.QUEUED}
    told = []
    job_events.job_changed(job, "cancellation_in_progress")
    job.executions.filter(rolled_out=False).delete()
    for row in job.executions.filter(status__in=affected).select_related("job").select_for_update(of=("self",)):
        job_executions.save(row, end(job_notices.state_of(row), Status.CANCELED, now=now))
        told.append(row.thing_name)
    job_events.job_changed(job, "canceled")
    job_notices.tell(scope, told)


def delete_job(scope: Scope, *, job_id: str, force: bool = False) -> None:
    """Delete a job and its executions; one that has not ended only with `force`."""
    with transaction.atomic():
        job = find_job(scope, job_id, lock=True)
        if job.status not in ENDED and not force:
            raise errors.InvalidStateTransitionException(
                f"Job {job_id} is {job.status}; only a job that has ended can be deleted without force"
            )
        told = list(job.executions.filter(status__in=PENDING, rolled_out=True).values_list("thing_name", flat=True))
        forget_tags(scope, job.arn)
        job_events.job_changed(job, "deletion_in_progress")
        job_events.executions_deleted(job)
        job_events.job_changed(job, "deleted")
        job.delete()
        job_notices.tell(scope, told)


def jobs(
    scope: Scope,
    *,
    status: str | None = None,
    target_selection: str | None = None,
    thing_group_name: str | None = None,
    namespace_id: str | None = None,
) -> QuerySet[Job]:
    """Select jobs by status, kind, target group and namespace."""
    rows = Job.objects.filter(account=scope.account, region=scope.region)
    if status:
        rows = rows.filter(status=status)
    if target_selection:
        rows = rows.filter(selection=target_selection)
    if thing_group_name:
        rows = rows.filter(targets__icontains=f'"{scope.arn("thinggroup", thing_group_name)}"')
    if namespace_id:
        rows = rows.filter(settings__namespaceId=namespace_id)
    return rows


def check_targets(scope: Scope, targets: list[str]) -> None:
    """Demand that every target is the ARN of a thing or group that exists."""
    for target in targets:
        arn = parse_arn(target)
        if arn is None or arn.kind not in ("thing", "thinggroup"):
            raise errors.InvalidRequestException(f"Invalid target: {target}")
        model: type[Thing] | type[ThingGroup] = Thing if arn.kind == "thing" else ThingGroup
        if not model.objects.filter(account=scope.account, region=scope.region, name=arn.name).exists():
            what = "Thing" if arn.kind == "thing" else "Thing Group"
            raise errors.ResourceNotFoundException(f"{what} {arn.name} cannot be found.")


def _coming(job: Job) -> list[str]:
    return [] if job.status in ENDED else job_schedules.next_openings(job.settings, time.time())
