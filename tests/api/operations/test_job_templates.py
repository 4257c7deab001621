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


def test_managed_templates_are_listed_described_and_made_jobs_of(iot: Any) -> None:
    first = iot.list_managed_job_templates(maxResults=1)
    assert first["managedJobTemplates"] == [
        {
            "templateArn": "arn:aws:iot:us-east-1::jobtemplate/AWS-Download-File:1.0",
            "templateName": "AWS-Download-File",
            "description": "A managed job template for downloading a file.",
            "environments": ["LINUX"],
            "templateVersion": "1.0",
        }
    ]
    assert len(iot.list_managed_job_templates(nextToken=first["nextToken"])["managedJobTemplates"]) == 7
    assert len(iot.list_managed_job_templates(templateName="AWS-Reboot")["managedJobTemplates"]) == 1
    found = iot.describe_managed_job_template(templateName="AWS-Run-Command")
    assert [(one["key"], one["optional"]) for one in found["documentParameters"]] == [
        ("command", False),
        ("runAsUser", True),
    ]
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_managed_job_template(templateName="AWS-Reboot", templateVersion="2.0")
    thing = iot.create_thing(thingName="t0")["thingArn"]
    given = {"jobTemplateArn": found["templateArn"], "targets": [thing]}
    iot.create_job(jobId="j", **given, documentParameters={"command": "echo,hello"})
    assert '"command":"echo,hello"' in iot.get_job_document(jobId="j")["document"]
    assert iot.get_job_document(jobId="j", beforeSubstitution=True)["document"] == found["document"]
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.create_job(jobId="k", **given)
