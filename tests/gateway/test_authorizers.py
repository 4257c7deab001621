"""Custom authorizers, asked through a function endpoint that speaks Lambda's API."""

import base64
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from iot.services import authorizers
from iot.services.call import call
from tests.gateway.conftest import SCOPE, Cloud, Function, make_authorizer
from tests.gateway.raw import DISCONNECT, Raw, client_context, connect, dial
from tests.gateway.web import browse, dial_socket


async def stranger(cloud: Cloud, *, alpn: str = "mqtt") -> Raw:
    context = client_context(cloud.directory / "ca.pem")
    if alpn:
        context.set_alpn_protocols([alpn])
    return await dial(cloud.https_port, context)


async def test_a_named_authorizer_lets_a_device_in_by_its_policies(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    topic = "arn:aws:iot:us-east-1:123456789012:topic/open"
    function.answer["policyDocuments"] = [
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "iot:Connect", "Resource": "*"},
                {"Effect": "Allow", "Action": "iot:Publish", "Resource": topic},
            ],
        }
    ]
    raw = await stranger(cloud)
    answer = await raw.connect("auth-1", username="me?x-amz-customauthorizer-name=gate", password=b"secret")
    assert answer is not None
    assert answer.body[1] == 0
    raw.publish("shut", b"", qos=1)
    refused = await raw.receive()
    assert refused is not None
    assert refused.body[2] == 0x87
    (asked,) = function.asked
    assert asked["protocols"] == ["tls", "mqtt"]
    assert asked["protocolData"]["mqtt"] == {
        "username": "me?x-amz-customauthorizer-name=gate",
        "password": base64.b64encode(b"secret").decode(),
        "clientId": "auth-1",
    }
    assert asked["protocolData"]["tls"]["serverName"] == "localhost"
    event = await cloud.event("$aws/events/presence/connected/auth-1")
    assert event["principalIdentifier"] == "user1"


async def test_the_default_authorizer_is_asked_where_none_is_named(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    await call(authorizers.set_default_authorizer, SCOPE, authorizer_name="gate")
    raw = await stranger(cloud, alpn="")
    answer = await raw.connect("auth-2", username="me", password=b"secret")
    assert answer is not None
    assert answer.body[1] == 0


async def test_who_is_not_authenticated_is_refused(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    function.answer = {"isAuthenticated": False}
    raw = await stranger(cloud)
    answer = await raw.connect("auth-3", username="?x-amz-customauthorizer-name=gate", password=b"")
    assert answer is not None
    assert answer.body[1] == 0x87


@pytest.mark.parametrize("name", ["unknown", "sleeping"])
async def test_an_authorizer_that_is_not_there_or_not_active_lets_nobody_in(
    cloud: Cloud, function: Function, name: str
) -> None:
    await make_authorizer("sleeping", status="INACTIVE")
    raw = await stranger(cloud)
    answer = await raw.connect("auth-4", username=f"?x-amz-customauthorizer-name={name}")
    assert answer is not None
    assert answer.body[1] == 0x87
    assert function.asked == []


async def test_a_signed_token_is_checked_before_the_function_is_asked(cloud: Cloud, function: Function) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    await make_authorizer(signing_disabled=False, token_key_name="Token", token_signing_public_keys={"k": pem.decode()})
    signature = base64.b64encode(key.sign(b"abc", padding.PKCS1v15(), hashes.SHA256())).decode()
    username = f"me?x-amz-customauthorizer-name=gate&x-amz-customauthorizer-signature={signature}&Token="
    raw = await stranger(cloud)
    answer = await raw.connect("auth-5", username=username + "forged")
    assert answer is not None
    assert answer.body[1] == 0x87
    assert function.asked == []
    raw = await stranger(cloud)
    answer = await raw.connect("auth-6", username=username + "abc")
    assert answer is not None
    assert answer.body[1] == 0
    assert function.asked[0]["token"] == "abc"
    assert function.asked[0]["signatureVerified"] is True


async def test_a_verdict_is_asked_for_anew_and_ends_the_connection_when_it_has_changed(
    cloud: Cloud, function: Function
) -> None:
    await make_authorizer()
    raw = await stranger(cloud)
    await raw.connect("auth-7", username="?x-amz-customauthorizer-name=gate")
    device = cloud.gateway.shared.clients.with_client_id("auth-7")
    assert device is not None
    function.answer = {"isAuthenticated": False}
    device._heard += 301
    device.check(device._loop.time() + 301)
    said = await raw.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0x87)


async def test_a_verdict_runs_out(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    raw = await stranger(cloud)
    await raw.connect("auth-8", username="?x-amz-customauthorizer-name=gate", keep_alive=0)
    device = cloud.gateway.shared.clients.with_client_id("auth-8")
    assert device is not None
    device._heard += 3601
    device.check(device._loop.time() + 3601)
    said = await raw.receive()
    assert said is not None
    assert (said.kind, said.body[0]) == (DISCONNECT, 0xA0)
    event = await cloud.event("$aws/events/presence/disconnected/auth-8")
    assert event["disconnectReason"] == "CUSTOMAUTH_TTL_EXPIRATION"


async def test_an_http_request_is_authorized_by_its_headers(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    headers = {"x-amz-customauthorizer-name": "gate", "x-mine": "1"}
    assert (await browser.ask("POST", "/topics/a?qos=1", headers=headers)).status == 200
    (asked,) = function.asked
    assert asked["protocols"] == ["tls", "http"]
    assert asked["protocolData"]["http"]["headers"]["x-mine"] == "1"
    assert asked["protocolData"]["http"]["queryString"] == "?qos=1"


@pytest.mark.parametrize(("kept", "asked"), [(True, 2), (False, 3)])
async def test_a_verdict_is_kept_for_an_http_connection_where_the_authorizer_allows_it(
    cloud: Cloud, function: Function, kept: bool, asked: int
) -> None:
    await make_authorizer(enable_caching_for_http=kept)
    browser = await browse(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    for token in ("1", "1", "2"):
        headers = {"x-amz-customauthorizer-name": "gate", "token": token}
        assert (await browser.ask("POST", "/topics/a", headers=headers)).status == 200
    assert len(function.asked) == asked


async def test_a_function_may_be_named_by_its_url(cloud: Cloud, function: Function, settings: Any) -> None:
    settings.TRUSTED_HTTP_HOSTS = ("127.0.0.1",)
    url = os.environ["AWS_ENDPOINT_URL_LAMBDA"]
    await call(
        authorizers.create_authorizer,
        SCOPE,
        authorizer_name="by-url",
        authorizer_function_arn=url,
        signing_disabled=True,
        status="ACTIVE",
    )
    raw = await stranger(cloud)
    answer = await raw.connect("auth-10", username="?x-amz-customauthorizer-name=by-url")
    assert answer is not None
    assert answer.body[1] == 0
    assert function.asked[0]["protocolData"]["mqtt"]["clientId"] == "auth-10"


async def test_a_websocket_is_authorized_by_its_query(cloud: Cloud, function: Function) -> None:
    await make_authorizer()
    socket = await dial_socket(cloud.https_port, client_context(cloud.directory / "ca.pem"))
    assert await socket.open("/mqtt?x-amz-customauthorizer-name=gate") == 101
    socket.send(connect("auth-9", username="me", password=b"p"))
    assert (await socket.receive())[3] == 0
    assert function.asked[0]["protocolData"]["http"]["queryString"] == "?x-amz-customauthorizer-name=gate"
