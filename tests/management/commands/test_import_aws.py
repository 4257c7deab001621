"""import-aws and export-aws: a fleet comes from an endpoint that speaks AWS's API (moto) and goes back to one."""

import contextlib
import hashlib
import io
import json
import ssl
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer

from tests.stack import Stack

REGION = "us-east-1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "iot:Publish",
            "Resource": f"arn:aws:iot:{REGION}:123456789012:topic/${{iot:ClientId}}/*",
        }
    ],
}


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """An endpoint that is not ours."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    reset(url)
    yield url
    server.stop()


def reset(url: str) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).read()


def clients(url: str) -> tuple[Any, Any]:
    session = boto3.Session("AK", "SK", region_name=REGION)
    return session.client("iot", endpoint_url=url), session.client("iot-data", endpoint_url=url)


def fill(url: str, name: str) -> str:
    """Make one of everything that can be moved; answers the certificate's id."""
    iot, data = clients(url)
    iot.create_thing_type(thingTypeName=f"{name}-type", thingTypeProperties={"thingTypeDescription": "A lamp"})
    iot.create_thing_group(thingGroupName=f"{name}-root")
    iot.create_thing_group(thingGroupName=f"{name}-leaf", parentGroupName=f"{name}-root")
    iot.create_policy(policyName=f"{name}-policy", policyDocument=json.dumps(POLICY))
    made = iot.create_keys_and_certificate(setAsActive=True)
    iot.attach_policy(policyName=f"{name}-policy", target=made["certificateArn"])
    iot.create_thing(
        thingName=f"{name}-thing", thingTypeName=f"{name}-type", attributePayload={"attributes": {"floor": "3"}}
    )
    iot.attach_thing_principal(thingName=f"{name}-thing", principal=made["certificateArn"])
    iot.add_thing_to_thing_group(thingGroupName=f"{name}-leaf", thingName=f"{name}-thing")
    data.update_thing_shadow(thingName=f"{name}-thing", payload=json.dumps({"state": {"desired": {"led": "on"}}}))
    payload = {
        "sql": f"SELECT * FROM '{name}/#'",
        "description": "",
        "actions": [{"republish": {"roleArn": "arn:aws:iam::123456789012:role/r", "topic": f"out/{name}"}}],
        "ruleDisabled": False,
        "awsIotSqlVersion": "2016-03-23",
    }
    iot.create_topic_rule(ruleName=name.replace("-", "_"), topicRulePayload=payload)
    return str(made["certificateId"])


@pytest.fixture
def move(stack: Stack, elsewhere: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command between the running installation and the endpoint elsewhere; answers what it printed."""
    settings.DATA_DIR = stack.data
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")

    def run(command: str, **options: Any) -> str:
        out = io.StringIO()
        call_command(command, endpoint_url=elsewhere, region=REGION, stdout=out, **options)
        return out.getvalue()

    return run


def plan(move: Any, command: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(move(command, plan_only=True, json=True))
    return steps


def test_a_fleet_is_imported_as_it_is_and_again_without_effect(stack: Stack, elsewhere: str, move: Any) -> None:
    name = f"mv-{uuid.uuid4().hex[:8]}"
    certificate = fill(elsewhere, name)
    before = plan(move, "import_aws")
    assert {step["action"] for step in before} == {"create"}
    assert {step["kind"] for step in before} == {
        "types", "groups", "policies", "certificates", "things", "rules", "shadows", "members",
    }  # fmt: skip
    assert "0 failed" in move("import_aws", yes=True)
    iot, data = stack.boto("iot"), stack.boto("iot-data")
    thing = iot.describe_thing(thingName=f"{name}-thing")
    assert (thing["attributes"], thing["thingTypeName"]) == ({"floor": "3"}, f"{name}-type")
    assert iot.list_thing_groups_for_thing(thingName=f"{name}-thing")["thingGroups"][0]["groupName"] == f"{name}-leaf"
    pem = clients(elsewhere)[0].describe_certificate(certificateId=certificate)["certificateDescription"][
        "certificatePem"
    ]
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    described = iot.describe_certificate(certificateId=fingerprint)["certificateDescription"]
    assert described["status"] == "ACTIVE"
    assert iot.list_thing_principals(thingName=f"{name}-thing")["principals"] == [described["certificateArn"]]
    attached = iot.list_attached_policies(target=described["certificateArn"])["policies"]
    assert [policy["policyName"] for policy in attached] == [f"{name}-policy"]
    document = json.loads(data.get_thing_shadow(thingName=f"{name}-thing")["payload"].read())
    assert document["state"]["desired"] == {"led": "on"}
    assert iot.get_topic_rule(ruleName=name.replace("-", "_"))["rule"]["sql"] == f"SELECT * FROM '{name}/#'"
    assert [step for step in plan(move, "import_aws") if step["action"] != "same"] == []
    iot.update_thing(thingName=f"{name}-thing", attributePayload={"attributes": {"floor": "4"}})
    differing = [step for step in plan(move, "import_aws") if step["action"] == "differs"]
    assert [(step["kind"], step["note"]) for step in differing] == [("things", "attributes")]


def test_a_fleet_is_exported_and_what_is_there_is_left_alone(stack: Stack, elsewhere: str, move: Any) -> None:
    name = f"mv-{uuid.uuid4().hex[:8]}"
    there, _ = clients(elsewhere)
    stack.boto("iot").create_thing(thingName=name, attributePayload={"attributes": {"a": "1"}})
    stack.boto("iot-data").update_thing_shadow(
        thingName=name, shadowName="named", payload=json.dumps({"state": {"reported": {"x": 1}}})
    )
    steps = {(step["kind"], str(step["name"])): step["action"] for step in plan(move, "export_aws")}
    assert steps["things", name] == "create"
    with contextlib.suppress(CommandError):  # moto cannot hold all that other tests have left here
        move("export_aws", yes=True)
    assert there.describe_thing(thingName=name)["attributes"] == {"a": "1"}
    _, data = clients(elsewhere)
    answer = json.loads(data.get_thing_shadow(thingName=name, shadowName="named")["payload"].read())
    assert answer["state"]["reported"] == {"x": 1}
