"""An endpoint elsewhere that speaks AWS's API (moto), and moving between it and a running installation."""

import io
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from django.core.management import call_command
from moto.server import ThreadedMotoServer

from iot.management.moving import inventory
from iot.management.moving.inventory import Endpoint
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
    return fill_clients(*clients(url), name)


def fill_clients(iot: Any, data: Any, name: str) -> str:
    """Make one of everything with two clients."""
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


@pytest.fixture
def sides(elsewhere: str) -> tuple[Endpoint, Endpoint]:
    """Two regions of an endpoint that is not ours."""
    one, other = (
        inventory.connect(boto3.Session("AK", "SK", region_name=region), elsewhere, region)
        for region in (REGION, "eu-west-1")
    )
    return one, other


def plan(move: Any, command: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(move(command, plan_only=True, json=True))
    return steps
