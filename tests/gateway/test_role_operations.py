"""Credentials of a role for a device's certificate."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from iot.services import aws_targets, role_aliases, things
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, document, statement
from tests.gateway.web import Answer, browse
from tests.services.sts import Sts, serve_sts

ALIAS = "arn:aws:iot:us-east-1:123456789012:rolealias/"


async def ask(cloud: Cloud, policy: dict[str, Any], alias: str = "reader", thing: str | None = None) -> Answer:
    credentials = await cloud.certificate(policy)
    await call(things.create_thing, SCOPE, thing_name="lamp")
    await call(things.attach_thing_principal, SCOPE, thing_name="lamp", principal=credentials.arn)
    browser = await browse(cloud.https_port, credentials.context)
    headers = {} if thing is None else {"x-amzn-iot-thingname": thing}
    return await browser.ask("GET", f"/role-aliases/{alias}/credentials", headers=headers)


@pytest.fixture
async def alias(cloud: Cloud) -> AsyncIterator[Sts]:
    def prepare(url: str) -> None:
        aws_targets.set_aws_target(
            SCOPE, service="sts", endpoint_url=url, access_key_id="id", secret_access_key="secret"
        )
        role_aliases.create_role_alias(SCOPE, role_alias="reader", role_arn="arn:aws:iam::1:role/r")

    with serve_sts() as sts:
        await call(prepare, sts.url)
        yield sts


async def test_a_device_gets_the_roles_credentials(cloud: Cloud, alias: Sts) -> None:
    answer = await ask(cloud, document(statement("iot:AssumeRoleWithCertificate", f"{ALIAS}reader")))
    assert answer.status == 200
    assert answer.json == {
        "credentials": {
            "accessKeyId": "AKIA",
            "secretAccessKey": "hush",
            "sessionToken": "token",
            "expiration": "2030-01-01T00:00:00Z",
        }
    }
    assert alias.asked[0]["RoleArn"] == "arn:aws:iam::1:role/r"
    assert len(alias.asked[0]["RoleSessionName"]) == 64


async def test_the_thing_of_the_header_counts_in_policies(cloud: Cloud, alias: Sts) -> None:
    policy = document(
        statement(
            "iot:AssumeRoleWithCertificate",
            f"{ALIAS}reader",
            Condition={"StringEquals": {"iot:Connection.Thing.ThingName": "lamp"}},
        )
    )
    assert (await ask(cloud, policy, thing="lamp")).status == 200
    assert (await ask(cloud, policy)).status == 403
    refused = await ask(cloud, policy, thing="other")
    assert (refused.status, refused.json["message"]) == (403, "Invalid thing name passed")


async def test_without_leave_or_alias_there_is_nothing(cloud: Cloud, alias: Sts) -> None:
    assert (await ask(cloud, document(statement("iot:Connect", "*")))).status == 403
    assert (await ask(cloud, document(statement("iot:*", "*")), alias="none")).status == 404
    assert alias.asked == []
