"""Who calls: signatures, session tokens and bearer tokens, as the API answers them."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from botocore.exceptions import ClientError

from iot.services import access
from tests.api import harness

pytestmark = pytest.mark.django_db


def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as error:
        call()
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def test_a_wrong_secret_is_refused() -> None:
    key_id, _ = harness.new_key()
    assert refused(harness.client(key=(key_id, "wrong")).list_things) == (403, "InvalidSignatureException")


def test_an_unknown_key_is_refused_by_each_planes_own_name() -> None:
    key = ("AKIANOBODY", "secret")
    assert refused(harness.client(key=key).list_things) == (403, "UnrecognizedClientException")
    data = harness.client("iot-data", key=key)
    assert refused(lambda: data.get_thing_shadow(thingName="t")) == (403, "ForbiddenException")


def test_a_switched_off_key_is_refused() -> None:
    key = harness.new_key()
    client = harness.client(key=key)
    client.list_things()
    access.set_access_key_active(harness.ACCOUNT, key[0], active=False)
    harness.forget()
    assert refused(client.list_things) == (403, "UnrecognizedClientException")


def test_a_request_without_credentials_is_refused() -> None:
    status, headers, body = harness.send("GET", "/api/things")
    assert (status, headers["x-amzn-errortype"]) == (403, "MissingAuthenticationTokenException")
    assert orjson.loads(body)["message"]
    assert headers["x-amzn-requestid"]


def test_a_session_cookie_does_not_count() -> None:
    status, _, _ = harness.send("GET", "/api/things", {"cookie": "sessionid=abc"})
    assert status == 403


def test_a_temporary_key_needs_its_token_and_ends() -> None:
    user = harness.new_user()
    key_id, secret, token, _ = access.create_temporary_key(user, account=harness.ACCOUNT, role="admin")
    assert harness.client(key=(key_id, secret), token=token).list_things()["things"] == []
    for wrong in (None, "another"):
        assert refused(harness.client(key=(key_id, secret), token=wrong).list_things) == (
            403,
            "UnrecognizedClientException",
        )
    key_id, secret, token, _ = access.create_temporary_key(
        user, account=harness.ACCOUNT, role="admin", life=timedelta(seconds=-1)
    )
    assert refused(harness.client(key=(key_id, secret), token=token).list_things) == (403, "ExpiredTokenException")


def test_a_lasting_key_takes_no_token() -> None:
    client = harness.client(key=harness.new_key(), token="made up")
    assert refused(client.list_things) == (403, "UnrecognizedClientException")


def test_a_signature_for_another_service_is_refused() -> None:
    client = harness.client("s3", key=harness.new_key())
    assert refused(client.list_buckets)[0] == 403


def bearer(token: str, path: str = "/api/things", method: str = "GET", body: bytes = b"") -> tuple[int, Any]:
    status, headers, content = harness.send(method, path, {"authorization": f"Bearer {token}"}, body)
    return status, orjson.loads(content) if content else headers


def test_a_bearer_token_serves_scripts_until_it_expires() -> None:
    user = harness.new_user()
    token, _ = access.create_bearer_token(user, account=harness.ACCOUNT, role="admin")
    assert bearer(token, "/api/things/lamp", "POST", b"{}")[0] == 200
    assert bearer(token)[1]["things"][0]["thingName"] == "lamp"
    assert bearer(token, "/api/things/lamp/shadow", "POST", b'{"state": {}}')[0] == 200
    old, _ = access.create_bearer_token(user, account=harness.ACCOUNT, role="admin", life=timedelta(seconds=-1))
    assert bearer(old)[0] == 403
    assert bearer("tst_made_up")[0] == 403


def test_a_bearer_token_may_be_narrowed_by_a_policy() -> None:
    policy = '{"Statement": {"Effect": "Allow", "Action": "iot:DescribeThing", "Resource": "*"}}'
    token, _ = access.create_bearer_token(harness.new_user(), account=harness.ACCOUNT, role="admin", policy=policy)
    assert bearer(token, "/api/things/lamp")[0] == 404
    assert bearer(token)[0] == 403


def test_a_key_does_no_more_than_its_user_may_now() -> None:
    user = harness.new_user("viewer")
    key = access.create_access_key(user, account=harness.ACCOUNT, role="admin")
    client = harness.client(key=key)
    client.list_things()
    assert refused(lambda: client.create_thing(thingName="lamp")) == (403, "AccessDeniedException")
