"""Jobs and their executions on the control plane."""

from typing import Any

from iot.api.registry import Answer, Caller, operation
from iot.services import job_documents, job_executions, job_rollout, jobs
from iot.services.paging import paginate

DEFAULT_PAGE = 50


def _settings(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


@operation("CreateJob")
def create_job(
    caller: Caller,
    *,
    job_id: str,
    targets: list[str],
    document_source: str | None = None,
    document: str | None = None,
    description: str | None = None,
    presigned_url_config: dict[str, Any] | None = None,
    target_selection: str | None = None,
    job_executions_rollout_config: dict[str, Any] | None = None,
    abort_config: dict[str, Any] | None = None,
    timeout_config: dict[str, Any] | None = None,
    tags: list[dict[str, str]] | None = None,
    namespace_id: str | None = None,
    job_template_arn: str | None = None,
    job_executions_retry_config: dict[str, Any] | None = None,
    document_parameters: dict[str, str] | None = None,
    scheduling_config: dict[str, Any] | None = None,
    destination_package_versions: list[str] | None = None,
) -> Answer:
    job = jobs.create_job(
        caller.scope,
        job_id=job_id,
        targets=targets,
        document=document or "",
        document_source=document_source or "",
        job_template_arn=job_template_arn,
        target_selection=target_selection or "SNAPSHOT",
        description=description or "",
        tags=tags,
        settings=_settings(
            presignedUrlConfig=presigned_url_config,
            jobExecutionsRolloutConfig=job_executions_rollout_config,
            abortConfig=abort_config,
            timeoutConfig=timeout_config,
            namespaceId=namespace_id,
            jobExecutionsRetryConfig=job_executions_retry_config,
            documentParameters=document_parameters,
            schedulingConfig=scheduling_config,
            destinationPackageVersions=destination_package_versions,
        ),
    )
    job_rollout.begin(job)
    return {"jobArn": job.arn, "jobId": job.job_id, "description": job.description or None}


@operation("DescribeJob")
def describe_job(caller: Caller, *, job_id: str, before_substitution: bool = False) -> Answer:
    source = jobs.find_job(caller.scope, job_id).document_source
    return {"documentSource": source or None, "job": jobs.describe_job(caller.scope, job_id=job_id)}


@operation("GetJobDocument")
def get_job_document(caller: Caller, *, job_id: str, before_substitution: bool = False) -> Answer:
    job = jobs.find_job(caller.scope, job_id)
    return {"document": job.document if before_substitution else job_documents.substituted(job)}


@operation("UpdateJob")
def update_job(
    caller: Caller,
    *,
    job_id: str,
    description: str | None = None,
    presigned_url_config: dict[str, Any] | None = None,
    job_executions_rollout_config: dict[str, Any] | None = None,
    abort_config: dict[str, Any] | None = None,
    timeout_config: dict[str, Any] | None = None,
    namespace_id: str | None = None,
    job_executions_retry_config: dict[str, Any] | None = None,
) -> Answer:
    jobs.update_job(
        caller.scope,
        job_id=job_id,
        description=description,
        settings=_settings(
            presignedUrlConfig=presigned_url_config,
            jobExecutionsRolloutConfig=job_executions_rollout_config,
            abortConfig=abort_config,
            timeoutConfig=timeout_config,
            jobExecutionsRetryConfig=job_executions_retry_config,
        ),
    )
    return None


@operation("AssociateTargetsWithJob")
def associate_targets_with_job(
    caller: Caller, *, targets: list[str], job_id: str, comment: str | None = None, namespace_id: str | None = None
) -> Answer:
    job = jobs.associate_targets_with_job(caller.scope, job_id=job_id, targets=targets, comment=comment)
    return {"jobArn": job.arn, "jobId": job.job_id, "description": job.description or None}


@operation("CancelJob")
def cancel_job(
    caller: Caller, *, job_id: str, reason_code: str | None = None, comment: str | None = None, force: bool = False
) -> Answer:
    job = jobs.cancel_job(caller.scope, job_id=job_id, reason_code=reason_code, comment=comment, force=force)
    return {"jobArn": job.arn, "jobId": job.job_id, "description": job.description or None}


@operation("DeleteJob")
def delete_job(caller: Caller, *, job_id: str, force: bool = False, namespace_id: str | None = None) -> Answer:
    jobs.delete_job(caller.scope, job_id=job_id, force=force)
    return None


@operation("ListJobs")
def list_jobs(
    caller: Caller,
    *,
    status: str | None = None,
    target_selection: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
    thing_group_name: str | None = None,
    thing_group_id: str | None = None,
    namespace_id: str | None = None,
) -> Answer:
    rows = jobs.jobs(
        caller.scope,
        status=status,
        target_selection=target_selection,
        thing_group_name=thing_group_name,
        namespace_id=namespace_id,
    )
    page, token = paginate(
        rows, scope=caller.scope, kind="jobs", token=next_token, limit=max_results, newest_first=True
    )
    found = [
        {
            "jobArn": row.arn,
            "jobId": row.job_id,
            "targetSelection": row.selection,
            "status": row.status,
            "createdAt": row.created_at,
            "lastUpdatedAt": row.updated_at,
            "completedAt": row.completed_at,
        }
        for row in page
    ]
    return {"jobs": found, "nextToken": token}


@operation("ListJobExecutionsForJob")
def list_job_executions_for_job(
    caller: Caller,
    *,
    job_id: str,
    status: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
) -> Answer:
    jobs.find_job(caller.scope, job_id)
    rows = job_executions.executions_for_job(caller.scope, job_id=job_id, status=status)
    page, token = paginate(rows, scope=caller.scope, kind="job-executions", token=next_token, limit=max_results)
    found = [
        {
            "thingArn": caller.scope.arn("thing", row.thing_name),
            "jobExecutionSummary": job_executions.fleet_summary(row),
        }
        for row in page
    ]
    return {"executionSummaries": found, "nextToken": token}


@operation("ListJobExecutionsForThing")
def list_job_executions_for_thing(
    caller: Caller,
    *,
    thing_name: str,
    status: str | None = None,
    namespace_id: str | None = None,
    max_results: int = DEFAULT_PAGE,
    next_token: str | None = None,
    job_id: str | None = None,
) -> Answer:
    rows = job_executions.executions_for_thing(
        caller.scope, thing_name=thing_name, status=status, job_id=job_id, namespace_id=namespace_id
    )
    page, token = paginate(rows, scope=caller.scope, kind="thing-executions", token=next_token, limit=max_results)
    found = [{"jobId": row.job.job_id, "jobExecutionSummary": job_executions.fleet_summary(row)} for row in page]
    return {"executionSummaries": found, "nextToken": token}


@operation("DescribeJobExecution")
def describe_job_execution(
    caller: Caller, *, job_id: str, thing_name: str, execution_number: int | None = None
) -> Answer:
    return job_executions.describe_job_execution_of_fleet(
        caller.scope, thing_name=thing_name, job_id=job_id, execution_number=execution_number
    )


@operation("CancelJobExecution")
def cancel_job_execution(
    caller: Caller,
    *,
    job_id: str,
    thing_name: str,
    force: bool = False,
    expected_version: int | None = None,
    status_details: dict[str, str] | None = None,
) -> Answer:
    job_executions.cancel_job_execution(
        caller.scope,
        thing_name=thing_name,
        job_id=job_id,
        force=force,
        expected_version=expected_version,
        status_details=status_details,
    )
    job_rollout.settle(caller.scope, job_id)
    return None


@operation("DeleteJobExecution")
def delete_job_execution(
    caller: Caller,
    *,
    job_id: str,
    thing_name: str,
    execution_number: int,
    force: bool = False,
    namespace_id: str | None = None,
) -> Answer:
    job_executions.delete_job_execution(
        caller.scope, thing_name=thing_name, job_id=job_id, execution_number=execution_number, force=force
    )
    return None
