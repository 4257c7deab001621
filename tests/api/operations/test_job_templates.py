"""Job templates over boto3."""

import json
from typing import Any

import pytest

DOCUMENT = json.dumps({"operation": "reboot"})


def test_a_template_makes_jobs(iot: Any) -> None:
    arns = [iot.create_thing(thingName="t0")["thingArn"]]
    made = iot.create_job_template(
        jobTemplateId="tpl",
        description="Reboot",
        document=DOCUMENT,
        abortConfig={
            "criteriaList": [
                {"failureType": "ALL", "action": "CANCEL", "thresholdPercentage": 10.0, "minNumberOfExecutedThings": 1}
            ]
        },
    )
    iot.create_job(jobId="j", targets=arns, jobTemplateArn=made["jobTemplateArn"])
    assert iot.describe_job(jobId="j")["job"]["jobTemplateArn"] == made["jobTemplateArn"]
    job_arn = iot.describe_job(jobId="j")["job"]["jobArn"]
    iot.create_job_template(jobTemplateId="again", description="From the job", jobArn=job_arn)
    assert iot.describe_job_template(jobTemplateId="again")["document"] == DOCUMENT
    assert [one["jobTemplateId"] for one in iot.list_job_templates()["jobTemplates"]] == ["tpl", "again"]
    with pytest.raises(iot.exceptions.ConflictException):
        iot.create_job_template(jobTemplateId="tpl", description="x", document=DOCUMENT)
    iot.delete_job_template(jobTemplateId="tpl")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_job_template(jobTemplateId="tpl")
