"""Job templates as rows."""

import pytest

from iot.core import errors
from iot.models import Tag
from iot.services import job_templates, jobs
from tests.services.fleet import SCOPE, thing

pytestmark = pytest.mark.django_db


def make(template_id: str = "tpl", **more: object) -> str:
    given = {"description": "d", "document": '{"a": 1}', "settings": {"timeoutConfig": {}}, **more}
    return job_templates.create_job_template(SCOPE, job_template_id=template_id, **given).arn  # type: ignore[arg-type]


def test_a_template_is_copied_from_a_job_and_a_job_from_a_template() -> None:
    arn = make(tags=[{"Key": "k", "Value": "v"}])
    thing("t")
    job = jobs.create_job(
        SCOPE, job_id="j", targets=[SCOPE.arn("thing", "t")], job_template_arn=arn, settings={"abortConfig": {}}
    )
    assert (job.document, job.description, job.settings) == ('{"a": 1}', "", {"timeoutConfig": {}, "abortConfig": {}})
    make("copy", document="", job_arn=job.arn)
    assert job_templates.describe_job_template(SCOPE, job_template_id="copy").document == '{"a": 1}'
    job_templates.delete_job_template(SCOPE, job_template_id="tpl")
    assert not Tag.objects.exists()


def test_what_does_not_exist_or_exists_already_is_refused() -> None:
    make()
    with pytest.raises(errors.ConflictException):
        make()
    with pytest.raises(errors.InvalidRequestException):
        make("other", document="")
    with pytest.raises(errors.ResourceNotFoundException):
        make("other", job_arn=SCOPE.arn("job", "nowhere"))
    with pytest.raises(errors.InvalidRequestException):
        job_templates.template_of_arn(SCOPE, SCOPE.arn("job", "j"))
    with pytest.raises(errors.ResourceNotFoundException):
        job_templates.template_of_arn(SCOPE, SCOPE.arn("jobtemplate", "nowhere"))


def test_windows_of_a_template_are_part_of_its_jobs_schedule_and_come_back_from_there() -> None:
    windows = [{"startTime": "cron(0 0 29 2 ? *)", "durationInMinutes": 1}]
    arn = make(settings={"maintenanceWindows": windows})
    thing("t")
    job = jobs.create_job(SCOPE, job_id="j", targets=[SCOPE.arn("thing", "t")], job_template_arn=arn, settings={})
    assert job.settings == {"schedulingConfig": {"maintenanceWindows": windows}}
    make("copy", document="", job_arn=job.arn, settings={})
    assert job_templates.describe_job_template(SCOPE, job_template_id="copy").settings == {
        "maintenanceWindows": windows
    }
    with pytest.raises(errors.InvalidRequestException):
        make("bad", settings={"maintenanceWindows": [{"startTime": "noon", "durationInMinutes": 1}]})
