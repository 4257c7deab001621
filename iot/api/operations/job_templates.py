"""Job templates."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.core.jobs.managed import ENVIRONMENTS, TEMPLATES, VERSION, ManagedTemplate, find_template
from iot.services import job_templates
from iot.services.paging import paginate, paginate_list

DEFAULT_PAGE = 50


@operation("CreateJobTemplate")
def create_job_template(
    caller: Caller,
    *,
    job_template_id: str,
    description: str,
    job_arn: str | None = None,
    document_source: str | None = None,
    document: str | None = None,
    presigned_url_config: dict[str, Any] | None = None,
    job_executions_rollout_config: dict[str, Any] | None = None,
    abort_config: dict[str, Any] | None = None,
    timeout_config: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
    job_executions_retry_config: dict[str, Any] | None = None,
    maintenance_windows: list[dict[str, Any]] | None = None,
    destination_package_versions: list[str] | None = None,
) -> Answer:
    given = {
        "presignedUrlConfig": presigned_url_config,
        "jobExecutionsRolloutConfig": job_executions_rollout_config,
        "abortConfig": abort_config,
        "timeoutConfig": timeout_config,
        "jobExecutionsRetryConfig": job_executions_retry_config,
        "maintenanceWindows": maintenance_windows,
        "destinationPackageVersions": destination_package_versions,
    }
    row = job_templates.create_job_template(
        caller.scope,
        job_template_id=job_template_id,
        description=description,
        document=document or "",
        document_source=document_source or "",
        job_arn=job_arn,
        tags=tags,
        settings={name: value for name, value in given.items() if value is not None},
    )
    return {"jobTemplateArn": row.arn, "jobTemplateId": row.template_id}


@operation("DescribeJobTemplate")
def describe_job_template(caller: Caller, *, job_template_id: str) -> Answer:
    row = job_templates.describe_job_template(caller.scope, job_template_id=job_template_id)
    return {
        **row.settings,
        "jobTemplateArn": row.arn,
        "jobTemplateId": row.template_id,
        "description": row.description,
        "documentSource": row.document_source or None,
        "document": row.document,
        "createdAt": row.created_at,
    }


@operation("ListJobTemplates")
def list_job_templates(caller: Caller, *, max_results: int = DEFAULT_PAGE, next_token: str | None = None) -> Answer:
    rows = job_templates.job_templates(caller.scope)
    page, token = paginate(rows, scope=caller.scope, kind="job-templates", token=next_token, limit=max_results)
    found = [
        {
            "jobTemplateArn": row.arn,
            "jobTemplateId": row.template_id,
            "description": row.description,
            "createdAt": row.created_at,
        }
        for row in page
    ]
    return {"jobTemplates": found, "nextToken": token}


@operation("DeleteJobTemplate")
def delete_job_template(caller: Caller, *, job_template_id: str) -> Answer:
    job_templates.delete_job_template(caller.scope, job_template_id=job_template_id)
    return None


@operation("ListManagedJobTemplates")
def list_managed_job_templates(
    caller: Caller, *, template_name: str | None = None, max_results: int = DEFAULT_PAGE, next_token: str | None = None
) -> Answer:
    found = [_managed(caller, one) for one in TEMPLATES if template_name in (None, one.name)]
    page, token = paginate_list(
        found, scope=caller.scope, kind="managed-job-templates", token=next_token, limit=max_results
    )
    return {"managedJobTemplates": page, "nextToken": token}


@operation("DescribeManagedJobTemplate")
def describe_managed_job_template(caller: Caller, *, template_name: str, template_version: str | None = None) -> Answer:
    template = find_template(template_name, template_version)
    return {
        **_managed(caller, template),
        "documentParameters": [
            {
                "key": one.key,
                "description": one.description,
                "regex": one.regex,
                "example": one.example,
                "optional": one.optional,
            }
            for one in template.all_parameters
        ],
        "document": template.document,
    }


def _managed(caller: Caller, template: ManagedTemplate) -> dict[str, Any]:
    return {
        "templateArn": job_templates.managed_arn(caller.scope, template),
        "templateName": template.name,
        "description": template.description,
        "environments": list(ENVIRONMENTS),
        "templateVersion": VERSION,
    }
