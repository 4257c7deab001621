"""RegisterThing and bulk registration over boto3."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
import pytest
from moto import mock_aws

from iot.core.arn import Scope
from iot.services import aws_targets, registration_tasks
from tests.api.harness import ACCOUNT, REGION

SCOPE = Scope(ACCOUNT, REGION)
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iot:*", "Resource": "*"}]})
ROLE = "arn:aws:iam::123456789012:role/registration"


def template(**overrides: str) -> str:
    return json.dumps(
        {
            "Parameters": {
                "Name": {"Type": "String"},
                "Site": {"Type": "String", "Default": "north"},
                "Cert": {"Type": "String", "Default": ""},
                "Type": {"Type": "String", "Default": "lamp"},
                "Group": {"Type": "String", "Default": "g"},
            },
            "Resources": {
                "device": {
                    "Type": "AWS::IoT::Thing",
                    "Properties": {
                        "ThingName": {"Ref": "Name"},
                        "ThingTypeName": {"Ref": "Type"},
                        "ThingGroups": [{"Ref": "Group"}],
                        "BillingGroup": "paid",
                        "AttributePayload": {"site": {"Ref": "Site"}},
                    },
                    "OverrideSettings": overrides,
                },
                "certificate": {
                    "Type": "AWS::IoT::Certificate",
                    "Properties": {"CertificateId": {"Ref": "Cert"}, "Status": "ACTIVE"},
                    "OverrideSettings": {"Status": "REPLACE"},
                },
                "policy": {"Type": "AWS::IoT::Policy", "Properties": {"PolicyDocument": POLICY}},
            },
        }
    )


@pytest.fixture
def certificate(iot: Any) -> str:
    for name in ("lamp", "pump"):
        iot.create_thing_type(thingTypeName=name)
    for name in ("g", "h"):
        iot.create_thing_group(thingGroupName=name)
    iot.create_billing_group(billingGroupName="paid")
    made: str = iot.create_keys_and_certificate()["certificateId"]
    return made


def register(iot: Any, certificate: str, body: str, **parameters: str) -> Any:
    return iot.register_thing(templateBody=body, parameters={"Name": "t1", "Cert": certificate, **parameters})


def test_a_thing_is_registered_with_all_that_belongs_to_it(iot: Any, certificate: str) -> None:
    made = register(iot, certificate, template())
    assert set(made["resourceArns"]) == {"device", "certificate", "policy"}
    assert made["certificatePem"].startswith("-----BEGIN CERTIFICATE-----")
    thing = iot.describe_thing(thingName="t1")
    assert (thing["thingTypeName"], thing["attributes"], thing["billingGroupName"]) == (
        "lamp",
        {"site": "north"},
        "paid",
    )
    assert iot.list_things_in_thing_group(thingGroupName="g")["things"] == ["t1"]
    described = iot.describe_certificate(certificateId=certificate)["certificateDescription"]
    assert described["status"] == "ACTIVE"
    assert iot.list_thing_principals(thingName="t1")["principals"] == [described["certificateArn"]]
    policies = iot.list_attached_policies(target=described["certificateArn"])["policies"]
    assert [one["policyArn"] for one in policies] == [made["resourceArns"]["policy"]]


@pytest.mark.parametrize(
    ("override", "site", "kind", "groups"),
    [
        ("DO_NOTHING", {"site": "north"}, "lamp", ["g"]),
        ("REPLACE", {"site": "south"}, "pump", ["h"]),
    ],
)
def test_what_exists_is_left_or_replaced(
    iot: Any, certificate: str, override: str, site: Any, kind: str, groups: list[str]
) -> None:
    parts = ("AttributePayload", "ThingTypeName", "ThingGroups", "BillingGroup")
    register(iot, certificate, template())
    register(iot, certificate, template(**dict.fromkeys(parts, override)), Site="south", Type="pump", Group="h")
    thing = iot.describe_thing(thingName="t1")
    assert (thing["attributes"], thing["thingTypeName"]) == (site, kind)
    assert [one["groupName"] for one in iot.list_thing_groups_for_thing(thingName="t1")["thingGroups"]] == groups


def test_attributes_and_groups_may_be_merged(iot: Any, certificate: str) -> None:
    register(iot, certificate, template())
    iot.update_thing(thingName="t1", attributePayload={"attributes": {"floor": "1"}})
    register(iot, certificate, template(AttributePayload="MERGE", ThingGroups="MERGE"), Group="h")
    assert iot.describe_thing(thingName="t1")["attributes"] == {"floor": "1", "site": "north"}
    assert len(iot.list_thing_groups_for_thing(thingName="t1")["thingGroups"]) == 2


@pytest.mark.parametrize(
    ("part", "parameters"),
    [
        ("AttributePayload", {"Site": "south"}),
        ("ThingTypeName", {"Type": "pump"}),
        ("ThingGroups", {"Group": "h"}),
    ],
)
def test_a_difference_may_be_forbidden(iot: Any, certificate: str, part: str, parameters: dict[str, str]) -> None:
    register(iot, certificate, template(**{part: "FAIL"}))
    register(iot, certificate, template(**{part: "FAIL"}))
    with pytest.raises(iot.exceptions.InvalidRequestException):
        register(iot, certificate, template(**{part: "FAIL"}), **parameters)


def test_what_cannot_be_registered_leaves_nothing_behind(iot: Any, certificate: str) -> None:
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.register_thing(templateBody=template(), parameters={})
    with pytest.raises(iot.exceptions.ResourceRegistrationFailureException):
        register(iot, "0" * 64, template())
    with pytest.raises(iot.exceptions.ResourceRegistrationFailureException):
        register(iot, certificate, template(), Group="nowhere")
    assert iot.list_things()["things"] == []


def simple() -> str:
    resources = {"thing": {"Type": "AWS::IoT::Thing", "Properties": {"ThingName": {"Ref": "Name"}}}}
    return json.dumps({"Parameters": {"Name": {"Type": "String"}}, "Resources": resources})


def lines(count: int) -> str:
    return "\n".join([*(json.dumps({"Name": f"bulk-{number}"}) for number in range(count)), "no json", "{}", "[]"])


def read(link: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(unquote(urlsplit(link).path)).read_text().splitlines()]


def test_a_file_of_things_is_registered_a_few_lines_at_a_time(iot: Any, authority: Path) -> None:
    (authority / "registration").mkdir(exist_ok=True)
    (authority / "registration" / "things.jsonl").write_text(lines(45))
    given = {"templateBody": simple(), "inputFileBucket": "local", "roleArn": ROLE}
    task = iot.start_thing_registration_task(**given, inputFileKey="things.jsonl")["taskId"]
    assert iot.describe_thing_registration_task(taskId=task)["percentageProgress"] == 0
    assert iot.list_thing_registration_tasks(status="InProgress")["taskIds"] == [task]
    while registration_tasks.advance(SCOPE):
        pass
    found = iot.describe_thing_registration_task(taskId=task)
    assert (found["status"], found["successCount"], found["failureCount"]) == ("Completed", 45, 3)
    assert found["percentageProgress"] == 100
    assert iot.describe_thing(thingName="bulk-44")["thingName"] == "bulk-44"
    errors = iot.list_thing_registration_task_reports(taskId=task, reportType="ERRORS")["resourceLinks"]
    assert [one["lineNumber"] for one in read(errors[0])] == [46, 47, 48]
    results = iot.list_thing_registration_task_reports(taskId=task, reportType="RESULTS")["resourceLinks"]
    assert read(results[0])[0]["response"]["ResourceArns"]["thing"].endswith("thing/bulk-0")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.start_thing_registration_task(**given, inputFileKey="../secret_key")


def test_the_file_may_lie_in_s3_and_a_task_may_be_stopped(iot: Any) -> None:
    aws_targets.set_aws_target(SCOPE, service="s3", region_name=REGION, access_key_id="AK", secret_access_key="SK")
    given = {"templateBody": simple(), "inputFileBucket": "fleet", "roleArn": ROLE}
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION, aws_access_key_id="AK", aws_secret_access_key="SK")
        s3.create_bucket(Bucket="fleet")
        s3.put_object(Bucket="fleet", Key="in.jsonl", Body=lines(3))
        task = iot.start_thing_registration_task(**given, inputFileKey="in.jsonl")["taskId"]
        with pytest.raises(iot.exceptions.InvalidRequestException):
            iot.start_thing_registration_task(**given, inputFileKey="none.jsonl")
    iot.stop_thing_registration_task(taskId=task)
    assert not registration_tasks.advance(SCOPE)
    assert iot.describe_thing_registration_task(taskId=task)["status"] == "Cancelled"
    assert iot.list_thing_registration_task_reports(taskId=task, reportType="ERRORS")["resourceLinks"] == []
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_thing_registration_task(taskId="0" * 36)
