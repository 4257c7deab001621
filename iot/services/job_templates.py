"""Job templates: configurations that jobs are made from."""

import time
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope, parse_arn
from iot.core.jobs.managed import VERSION, ManagedTemplate, find_template
from iot.models import Job, JobTemplate
from iot.services import job_documents, job_schedules
from iot.services.tags import Given, forget_tags, put_tags

TEMPLATE_MEMBERS = (
    "presignedUrlConfig",
    "jobExecutionsRolloutConfig",
    "abortConfig",
    "timeoutConfig",
    "jobExecutionsRetryConfig",
    "destinationPackageVersions",
)


def create_job_template(
    scope: Scope,
    *,
    job_template_id: str,
    description: str,
    document: str,
    document_source: str = "",
    job_arn: str | None = None,
    settings: dict[str, Any],
    tags: Given | None = None,
) -> JobTemplate:
    """Create a template from a document, or from an existing job; what is given beside the job overrides it."""
    if job_arn:
        job = _job_of(scope, job_arn)
        document = document or job_documents.substituted(job)
        document_source = document_source or job.document_source
        settings = {**_template_settings(job), **settings}
    job_schedules.check(job_settings(settings), time.time())
    document = job_documents.read(scope, document, document_source)
    try:
        with transaction.atomic():
            row = JobTemplate.objects.create(
                account=scope.account,
                region=scope.region,
                template_id=job_template_id,
                description=description,
                document=document,
                document_source=document_source,
                settings=settings,
                created_at=time.time(),
            )
            put_tags(scope, row.arn, tags)
            return row
    except IntegrityError:
        raise errors.ConflictException(
            f"Job Template {job_template_id} already exists.", resourceId=job_template_id
        ) from None


def describe_job_template(scope: Scope, *, job_template_id: str) -> JobTemplate:
    """Find a template. Raises ResourceNotFoundException."""
    row = job_templates(scope).filter(template_id=job_template_id).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Job Template {job_template_id} cannot be found.")
    return row


def template_of_arn(scope: Scope, arn: str) -> JobTemplate:
    """Find the template that an ARN names. Raises InvalidRequestException or ResourceNotFoundException."""
    parts = parse_arn(arn)
    if parts is None or parts.kind != "jobtemplate":
        raise errors.InvalidRequestException(f"{arn} is not the ARN of a job template")
    return describe_job_template(scope, job_template_id=parts.name)


def job_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Answer a template's configuration as CreateJob has it: windows are part of the schedule there."""
    found = {name: value for name, value in settings.items() if name != "maintenanceWindows"}
    windows = settings.get("maintenanceWindows")
    return found if windows is None else {**found, "schedulingConfig": {"maintenanceWindows": windows}}


def managed_template_of_arn(arn: str) -> ManagedTemplate | None:
    """Find the managed template that an ARN without an account names; None for an ARN of another kind."""
    parts = parse_arn(arn)
    if parts is None or parts.kind != "jobtemplate" or parts.account:
        return None
    name, _, version = parts.name.partition(":")
    return find_template(name, version or None)


def managed_arn(scope: Scope, template: ManagedTemplate) -> str:
    """Name a managed template: its ARN has a region but no account."""
    return Scope("", scope.region).arn("jobtemplate", f"{template.name}:{VERSION}")


def delete_job_template(scope: Scope, *, job_template_id: str) -> None:
    """Delete a template. Raises ResourceNotFoundException."""
    row = describe_job_template(scope, job_template_id=job_template_id)
    forget_tags(scope, row.arn)
    row.delete()


def job_templates(scope: Scope) -> QuerySet[JobTemplate]:
    """Select the templates of a scope."""
    return JobTemplate.objects.filter(account=scope.account, region=scope.region)


def _template_settings(job: Job) -> dict[str, Any]:
    """What a template takes over of a job's configuration: neither its namespace nor its times."""
    settings = {name: value for name, value in job.settings.items() if name in TEMPLATE_MEMBERS}
    windows = job.settings.get("schedulingConfig", {}).get("maintenanceWindows")
    return settings if windows is None else {**settings, "maintenanceWindows": windows}


def _job_of(scope: Scope, arn: str) -> Job:
    parts = parse_arn(arn)
    row = Job.objects.filter(
        account=scope.account, region=scope.region, job_id=parts.name if parts and parts.kind == "job" else ""
    ).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Job {parts.name if parts else arn} cannot be found.")
    return row
