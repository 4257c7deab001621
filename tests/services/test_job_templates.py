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
    assert (job.document, job.description, job.settings) == ('{"a": 1}', "d", {"timeoutConfig": {}, "abortConfig": {}})
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
