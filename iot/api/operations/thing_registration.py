"""Registering things by a template: one, or a file of them."""

from iot.api.registry import Answer, Caller, operation
from iot.services import provisioning, registration_tasks
from iot.services.paging import paginate

DEFAULT_PAGE = 50


@operation("RegisterThing")
def register_thing(caller: Caller, *, template_body: str, parameters: dict[str, str] | None = None) -> Answer:
    made = provisioning.register_thing(caller.scope, template_body=template_body, parameters=parameters)
    return {
        "certificatePem": made.certificate.pem if made.certificate else None,
        "resourceArns": dict(made.resource_arns),
    }


@operation("StartThingRegistrationTask")
def start_thing_registration_task(
    caller: Caller, *, template_body: str, input_file_bucket: str, input_file_key: str, role_arn: str
) -> Answer:
    task = registration_tasks.start_thing_registration_task(
        caller.scope,
        template_body=template_body,
        input_file_bucket=input_file_bucket,
        input_file_key=input_file_key,
        role_arn=role_arn,
    )
    return {"taskId": task.task_id}


@operation("StopThingRegistrationTask")
def stop_thing_registration_task(caller: Caller, *, task_id: str) -> Answer:
    registration_tasks.stop_thing_registration_task(caller.scope, task_id=task_id)
    return {}


@operation("DescribeThingRegistrationTask")
def describe_thing_registration_task(caller: Caller, *, task_id: str) -> Answer:
    task = registration_tasks.find_task(caller.scope, task_id)
    return {
        "taskId": task.task_id,
        "creationDate": task.created_at,
        "lastModifiedDate": task.modified_at,
        "templateBody": task.template_body,
        "inputFileBucket": task.bucket,
        "inputFileKey": task.key,
        "roleArn": task.role_arn,
        "status": task.status,
        "message": task.message or None,
        "successCount": task.succeeded,
        "failureCount": task.failed,
        "percentageProgress": 100 if not task.lines else 100 * task.line // task.lines,
    }


@operation("ListThingRegistrationTasks")
def list_thing_registration_tasks(
    caller: Caller, *, next_token: str | None = None, max_results: int = DEFAULT_PAGE, status: str | None = None
) -> Answer:
    rows = registration_tasks.tasks(caller.scope, status=status)
    page, token = paginate(rows, scope=caller.scope, kind="registration-tasks", token=next_token, limit=max_results)
    return {"taskIds": [row.task_id for row in page], "nextToken": token}


@operation("ListThingRegistrationTaskReports")
def list_thing_registration_task_reports(
    caller: Caller, *, task_id: str, report_type: str, next_token: str | None = None, max_results: int = DEFAULT_PAGE
) -> Answer:
    links = registration_tasks.reports(caller.scope, task_id=task_id, report_type=report_type)
    return {"resourceLinks": links, "reportType": report_type}
