"""Bulk registration, a few lines at a time."""

import json
from pathlib import Path
from typing import Any

import pytest

from iot.core import errors
from iot.models import Thing, ThingRegistrationTask
from iot.services import registration_tasks
from tests.services.fleet import SCOPE

pytestmark = pytest.mark.django_db
TEMPLATE = json.dumps(
    {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Name"}}}},
    }
)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    (tmp_path / "registration").mkdir()
    return tmp_path / "registration"


def start(folder: Path, *lines: str) -> ThingRegistrationTask:
    (folder / "in.jsonl").write_text("\n".join(lines))
    return registration_tasks.start_thing_registration_task(
        SCOPE, template_body=TEMPLATE, input_file_bucket="local", input_file_key="in.jsonl", role_arn="role"
    )


def test_a_task_goes_on_where_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration_tasks, "BATCH", 2)
    monkeypatch.setattr(registration_tasks, "SECONDS", -1)
    task = start(folder, *(json.dumps({"Name": f"t{number}"}) for number in range(3)))
    monkeypatch.setattr(registration_tasks, "SECONDS", 0.0)
    seen = []
    while registration_tasks._advance_one(SCOPE):
        task.refresh_from_db()
        seen.append((task.line, task.succeeded, task.status))
    assert seen == [(2, 2, "InProgress"), (3, 3, "Completed")]
    assert Thing.objects.count() == 3


def test_a_bad_line_is_reported_and_the_next_is_registered(folder: Path) -> None:
    task = start(
        folder, "no json", json.dumps({"Name": "a b"}), json.dumps({"Other": "x"}), json.dumps({"Name": "good"})
    )
    registration_tasks.advance(SCOPE)
    task.refresh_from_db()
    assert task.status == "Completed"
    assert Thing.objects.filter(name="good").exists()
    (link,) = registration_tasks.reports(SCOPE, task_id=task.task_id, report_type="ERRORS")
    found = [json.loads(line) for line in Path(link.removeprefix("file://")).read_text().splitlines()]
    assert [one["lineNumber"] for one in found] == [1, 2, 3]
    assert all(one["errorCode"] and one["errorMessage"] for one in found)


def test_a_template_or_a_file_that_cannot_be_read_begins_nothing(folder: Path) -> None:
    with pytest.raises(errors.InvalidRequestException):
        registration_tasks.start_thing_registration_task(
            SCOPE, template_body="{", input_file_bucket="local", input_file_key="x", role_arn="role"
        )
    with pytest.raises(errors.InvalidRequestException):
        registration_tasks.start_thing_registration_task(
            SCOPE, template_body=TEMPLATE, input_file_bucket="local", input_file_key="x", role_arn="role"
        )
    assert not ThingRegistrationTask.objects.exists()
    assert not list((folder / "tasks").iterdir())
