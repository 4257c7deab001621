"""Bulk registration: one line of JSON parameters after the other from a file, provisioned by one template.

The file is an S3 object, or with the bucket `local` a file in DATA_DIR/registration. It is copied beside its reports,
DATA_DIR/registration/tasks/<task>/{input,results,errors}.jsonl, and worked on a few lines at a time by the bridge.
"""

import re
import shutil
import time
import uuid
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from iot.core import errors
from iot.core.arn import Scope
from iot.models import ThingRegistrationTask
from iot.services import provisioning, provisioning_templates
from iot.services.job_documents import s3_client

LOCAL = "local"
BATCH = 20
SECONDS = 0.5
REPORTS = {"RESULTS": "results.jsonl", "ERRORS": "errors.jsonl"}
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def tasks(scope: Scope, *, status: str | None = None) -> QuerySet[ThingRegistrationTask]:
    """Select the tasks of a scope, perhaps by status."""
    rows = ThingRegistrationTask.objects.filter(account=scope.account, region=scope.region)
    return rows if status is None else rows.filter(status=status)


def find_task(scope: Scope, task_id: str) -> ThingRegistrationTask:
    """Find a task. Raises ResourceNotFoundException."""
    row = tasks(scope).filter(task_id=task_id).first()
    if row is None:
        raise errors.ResourceNotFoundException(f"Task {task_id} not found")
    return row


def start_thing_registration_task(
    scope: Scope, *, template_body: str, input_file_bucket: str, input_file_key: str, role_arn: str
) -> ThingRegistrationTask:
    """Begin a bulk registration. Raises InvalidRequestException where the template or the file cannot be read."""
    provisioning_templates.check_body(template_body)
    task_id = str(uuid.uuid4())
    path = _directory(task_id) / "input.jsonl"
    path.parent.mkdir(parents=True)
    try:
        _copy(scope, input_file_bucket, input_file_key, path)
    except errors.InvalidRequestException:
        shutil.rmtree(path.parent)
        raise
    with path.open("rb") as lines:
        count = sum(1 for _ in lines)
    return ThingRegistrationTask.objects.create(
        account=scope.account,
        region=scope.region,
        task_id=task_id,
        template_body=template_body,
        bucket=input_file_bucket,
        key=input_file_key,
        role_arn=role_arn,
        lines=count,
    )


def stop_thing_registration_task(scope: Scope, *, task_id: str) -> None:
    """End a task before its time; what is registered stays."""
    find_task(scope, task_id)
    tasks(scope).filter(task_id=task_id, status="InProgress").update(status="Cancelled")


def reports(scope: Scope, *, task_id: str, report_type: str) -> list[str]:
    """Answer where a task's results or errors lie, as file URLs of this machine."""
    find_task(scope, task_id)
    path = _directory(task_id) / REPORTS[report_type]
    return [path.as_uri()] if path.is_file() else []


def advance(scope: Scope) -> bool:
    """Work on the tasks in progress for half a second; answers whether anything was done."""
    until, done = time.monotonic() + SECONDS, False
    while time.monotonic() < until and _advance_one(scope):
        done = True
    return done


def _advance_one(scope: Scope) -> bool:
    """Register some lines of the oldest task; the row is held meanwhile, so that no line is taken twice."""
    if not tasks(scope, status="InProgress").exists():
        return False
    with transaction.atomic():
        task = tasks(scope, status="InProgress").select_for_update().order_by("pk").first()
        if task is None:
            return False
        lines = _read(task)
        results, failures = _register(scope, task, lines)
        task.line += len(lines)
        task.offset += sum(map(len, lines))
        task.succeeded += len(results)
        task.failed += len(failures)
        if len(lines) < BATCH:
            task.status = "Completed"
        _append(task, "RESULTS", results)
        _append(task, "ERRORS", failures)
        task.save(update_fields=["line", "offset", "succeeded", "failed", "status", "modified_at"])
    return True


def _register(
    scope: Scope, task: ThingRegistrationTask, lines: list[bytes]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    results: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    for number, line in enumerate(lines, task.line + 1):
        try:
            with transaction.atomic():
                made = provisioning.register_thing(
                    scope, template_body=task.template_body, parameters=_parameters(line)
                )
            pem = made.certificate.pem if made.certificate else None
            response = {"CertificatePem": pem, "ResourceArns": dict(made.resource_arns)}
            results.append({"lineNumber": number, "offset": number, "response": response})
        except errors.AwsError as error:
            failures.append(
                {"lineNumber": number, "offset": number, "errorCode": error.code, "errorMessage": error.message}
            )
    return results, failures


def _parameters(line: bytes) -> dict[str, str]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise errors.InvalidRequestException(f"The line is not valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise errors.InvalidRequestException("The line is not a JSON object")
    return {str(name): str(value) for name, value in found.items()}


def _directory(task_id: str) -> Path:
    return Path(settings.DATA_DIR) / "registration" / "tasks" / task_id


def _copy(scope: Scope, bucket: str, key: str, path: Path) -> None:
    if bucket == LOCAL:
        source = Path(settings.DATA_DIR) / "registration" / key
        if not _FILE.fullmatch(key) or not source.is_file():
            raise errors.InvalidRequestException(f"There is no file {key} in registration/ of the data directory")
        shutil.copyfile(source, path)
        return
    try:
        s3_client(scope).download_file(bucket, key, str(path))
    except (BotoCoreError, ClientError) as error:
        raise errors.InvalidRequestException(f"s3://{bucket}/{key} cannot be read: {error}") from None


def _read(task: ThingRegistrationTask) -> list[bytes]:
    with (_directory(task.task_id) / "input.jsonl").open("rb") as lines:
        lines.seek(task.offset)
        return list(islice(lines, BATCH))


def _append(task: ThingRegistrationTask, report: str, entries: list[dict[str, Any]]) -> None:
    if entries:
        with (_directory(task.task_id) / REPORTS[report]).open("ab") as file:
            file.writelines(orjson.dumps(entry) + b"\n" for entry in entries)
