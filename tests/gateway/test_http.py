"""HTTPS of devices: who they are, what they may, and what they are told."""

import asyncio
import base64
import json
from typing import Any

import pytest
from django.contrib.auth.models import User

from iot.gateway import http
from iot.services import access, certificates, shadows
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, document, statement, until
from tests.gateway.raw import client_context
from tests.gateway.web import browse, signed_headers

THING = "arn:aws:iot:us-east-1:123456789012:thing/"


async def make_key(role: str = "admin", policy: str = "") -> tuple[str, str]:
    def make() -> tuple[str, str]:
        user, _ = User.objects.get_or_create(username=f"user-{role}")
        return access.create_access_key(user, account=SCOPE.account, role=role, policy=policy)

    return await call(make)


async def heard(cloud: Cloud, topic: str) -> Any:
    return await until(lambda: next((one for one in cloud.heard if one.topic == topic), None))


@pytest.mark.parametrize("target", ["/topics/room/1?qos=1", "/topics/room%2F1?qos=1", "/topics/room/1"])
async def test_a_certificate_publishes(cloud: Cloud, target: str) -> None:
    credentials = await cloud.certificate()
    browser = await browse(cloud.https_port, credentials.context)
    answer = await browser.ask("POST", target, body=b"\x00\xff")
    assert answer.status == 200
    assert answer.json["message"] == "OK"
    message = await heard(cloud, "room/1")
    assert message.payload == b"\x00\xff"
    assert (message.sender.client_id, message.sender.protocol) == ("n/a", "http")
    assert message.sender.principal == credentials.certificate_id


async def test_properties_of_mqtt_5_travel_along(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    answer = await browser.ask(
        "POST",
        "/topics/rich?qos=1&contentType=text%2Fplain&responseTopic=answer%2Fhere&messageExpiry=60",
        body=b"x",
        headers={
            "x-amz-mqtt5-user-properties": "W3siYSI6IjEifSx7ImIiOiIyIn1d",
            "x-amz-mqtt5-payload-format-indicator": "UTF8_DATA",
            "x-amz-mqtt5-correlation-data": "AAE=",
        },
    )
    assert answer.status == 200
    properties = (await heard(cloud, "rich")).properties
    assert properties.content_type == "text/plain"
    assert properties.response_topic == "answer/here"
    assert properties.user_properties == (("a", "1"), ("b", "2"))
    assert properties.payload_format == 1


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (json.dumps([{"a": "1"}]), 200),
        (json.dumps(json.dumps([{"a": "1"}])), 200),
        ('{"a": 1}', 400),
        ("no json", 400),
    ],
)
async def test_user_properties_are_an_array_of_objects_perhaps_as_text(cloud: Cloud, header: str, status: int) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    encoded = base64.b64encode(header.encode()).decode()
    answer = await browser.ask("POST", "/topics/paired", headers={"x-amz-mqtt5-user-properties": encoded})
    assert answer.status == status
    if status == 200:
        assert (await heard(cloud, "paired")).properties.user_properties == (("a", "1"),)


@pytest.mark.parametrize("name", [b"user-properties", b"correlation-data", b"payload-format-indicator"])
async def test_a_header_that_cannot_be_read_is_told_so(cloud: Cloud, name: bytes) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    browser.writer.write(b"POST /topics/a HTTP/1.1\r\nhost: localhost\r\nx-amz-mqtt5-" + name + b": \xff\r\n\r\n")
    assert (await browser.reader.readline()).startswith(b"HTTP/1.1 400")


async def test_nobody_says_who_has_sent_it(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    forged = base64.b64encode(b'[{"thingstead-sender":"0 mqtt other 10.0.0.1 other"}]').decode()
    answer = await browser.ask("POST", "/topics/a", headers={"x-amz-mqtt5-user-properties": forged})
    assert answer.status == 400


async def test_several_requests_share_a_connection(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    for number in range(3):
        assert (await browser.ask("POST", f"/topics/many/{number}", body=b"x")).status == 200
    assert (await browser.ask("GET", "/nowhere")).status == 404
    assert (await browser.ask("POST", "/topics/many/3", body=b"x")).status == 200


async def test_a_body_that_does_not_come_ends_the_connection(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "IDLE_SECONDS", 0.1)
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    assert (await browser.ask("POST", "/topics/slow", body=b"x")).status == 200
    browser.writer.write(b"POST /topics/slow HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nx")
    async with asyncio.timeout(5):
        assert await browser.reader.read() == b""


async def test_a_shadow_is_updated_read_and_deleted(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    answer = await browser.ask("POST", "/things/lamp/shadow", body=b'{"state":{"reported":{"on":true}}}')
    assert answer.status == 200
    assert answer.json["version"] == 1
    answer = await browser.ask("GET", "/things/lamp/shadow")
    assert answer.json["state"] == {"reported": {"on": True}}
    named = await browser.ask("POST", "/things/lamp/shadow?name=night", body=b'{"state":{"desired":{"dim":1}}}')
    assert named.json["state"] == {"desired": {"dim": 1}}
    listed = await browser.ask("GET", "/api/things/shadow/ListNamedShadowsForThing/lamp")
    assert listed.json["results"] == ["night"]
    assert (await browser.ask("DELETE", "/things/lamp/shadow")).status == 200
    assert (await browser.ask("GET", "/things/lamp/shadow")).status == 404
    assert (await browser.ask("POST", "/things/lamp/shadow", body=b"no")).status == 400


async def test_policies_decide_about_topics_and_shadows(cloud: Cloud) -> None:
    credentials = await cloud.certificate(
        document(
            statement("iot:Publish", "arn:aws:iot:us-east-1:123456789012:topic/mine"),
            statement("iot:GetThingShadow", [f"{THING}mine", f"{THING}other/named"]),
        )
    )
    await call(shadows.update_thing_shadow, SCOPE, thing_name="mine", payload=b'{"state":{"reported":{"a":1}}}')
    browser = await browse(cloud.https_port, credentials.context)
    assert (await browser.ask("POST", "/topics/mine")).status == 200
    assert (await browser.ask("POST", "/topics/mine?retain=true")).status == 403
    refused = await browser.ask("POST", "/topics/theirs")
    assert refused.status == 403
    assert refused.headers["x-amzn-errortype"] == "ForbiddenException"
    assert (await browser.ask("GET", "/things/mine/shadow")).status == 200
    assert (await browser.ask("GET", "/things/other/shadow")).status == 403
    assert (await browser.ask("GET", "/things/other/shadow?name=named")).status == 404
    assert (await browser.ask("POST", "/things/mine/shadow", body=b'{"state":{}}')).status == 403
    await until(lambda: any(m.topic == "$seen/refused" and b"topic/theirs" in m.payload for m in cloud.heard))


async def test_variables_of_things_have_no_value_over_http(cloud: Cloud) -> None:
    topic = "arn:aws:iot:us-east-1:123456789012:topic/${iot:Connection.Thing.ThingName}"
    browser = await browse(cloud.https_port, (await cloud.certificate(document(statement("iot:*", topic)))).context)
    assert (await browser.ask("POST", "/topics/anything")).status == 403


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/topics/a%23?qos=0", 400),
        ("POST", "/topics/a?qos=2", 400),
        ("POST", "/topics/%ff", 400),
        ("POST", "/topics/$SYS/x", 400),
        ("POST", "/topics/$aws/events/x", 400),
        ("POST", "/topics/a?messageExpiry=x", 400),
        ("POST", f"/topics/a?messageExpiry={'9' * 5000}", 400),
        ("GET", f"/things/a/jobs/j?executionNumber={'9' * 20}", 400),
        ("GET", "/topics/a", 405),
        ("PUT", "/things/a/shadow", 405),
        ("GET", "/retainedMessage/none", 404),
    ],
)
async def test_bad_requests_are_told_so(cloud: Cloud, method: str, target: str, status: int) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    answer = await browser.ask(method, target)
    assert answer.status == status
    assert answer.json["message"]


async def test_a_body_that_is_too_large_ends_the_connection(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    answer = await browser.ask("POST", "/topics/a", body=b"x" * (128 * 1024 + 1))
    assert answer.status == 413


async def test_an_answer_to_head_has_no_body(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    for _ in range(2):
        answer = await browser.ask("HEAD", "/topics/a")
        assert (answer.status, answer.body) == (405, b"")
    browser.writer.write(b"NONSENSE\r\n\r\n")
    assert (await browser.reader.read()).endswith(b"}")


async def test_what_is_not_http_is_answered_400(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, (await cloud.certificate()).context)
    browser.writer.write(b"NONSENSE\r\n\r\n")
    assert (await browser.reader.readline()).startswith(b"HTTP/1.1 400")


async def test_without_anything_to_show_nobody_is_let_in(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    assert (await browser.ask("POST", "/topics/a")).status == 403


async def test_a_deactivated_certificate_is_refused_on_an_open_connection(cloud: Cloud) -> None:
    credentials = await cloud.certificate()
    browser = await browse(cloud.https_port, credentials.context)
    assert (await browser.ask("POST", "/topics/a")).status == 200
    await call(certificates.update_certificate, SCOPE, certificate_id=credentials.certificate_id, new_status="INACTIVE")
    statuses = [200]
    while 403 not in statuses[-1:]:
        assert len(statuses) < 500
        statuses.append((await browser.ask("POST", "/topics/a")).status)


async def test_alpn_chooses_http_with_certificate(cloud: Cloud) -> None:
    context = client_context(cloud.directory / "ca.pem")
    context.set_alpn_protocols(["x-amzn-http-ca"])
    browser = await browse(cloud.https_port, context)
    url = f"https://localhost:{cloud.https_port}/topics/a"
    headers = signed_headers(await make_key(), "POST", url)
    assert (await browser.ask("POST", "/topics/a", headers=headers)).status == 403


@pytest.mark.parametrize("service", ["iotdevicegateway", "iotdata", "iot-jobs-data"])
async def test_a_signature_in_the_header_is_accepted(cloud: Cloud, service: str) -> None:
    key = await make_key()
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    url = f"https://localhost:{cloud.https_port}/topics/signed?qos=1"
    headers = signed_headers(key, "POST", url, body=b"hello", service=service)
    assert (await browser.ask("POST", "/topics/signed?qos=1", body=b"hello", headers=headers)).status == 200
    assert (await heard(cloud, "signed")).sender.principal == key[0]
    assert (await browser.ask("POST", "/topics/signed?qos=1", body=b"other", headers=headers)).status == 403


async def test_a_signature_for_another_service_is_not_ours(cloud: Cloud) -> None:
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    url = f"https://localhost:{cloud.https_port}/topics/a"
    headers = signed_headers(await make_key(), "POST", url, service="s3")
    assert (await browser.ask("POST", "/topics/a", headers=headers)).status == 403


async def test_a_viewer_reads_but_does_not_publish(cloud: Cloud) -> None:
    key = await make_key("viewer")
    await call(shadows.update_thing_shadow, SCOPE, thing_name="seen", payload=b'{"state":{"reported":{"a":1}}}')
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    base = f"https://localhost:{cloud.https_port}"
    headers = signed_headers(key, "GET", f"{base}/things/seen/shadow")
    assert (await browser.ask("GET", "/things/seen/shadow", headers=headers)).status == 200
    headers = signed_headers(key, "POST", f"{base}/topics/a")
    assert (await browser.ask("POST", "/topics/a", headers=headers)).status == 403
