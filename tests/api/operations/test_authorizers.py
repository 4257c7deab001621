"""Custom authorizers over boto3, and their functions called as AWS calls them."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.api.lambda_server import functions

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


ANSWER = {
    "isAuthenticated": True,
    "principalId": "device1",
    "policyDocuments": ['{"Statement": []}', {"Statement": []}],
    "disconnectAfterInSeconds": 3600,
    "refreshAfterInSeconds": 300,
}


def public(key: Any = KEY) -> str:
    return str(
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def sign(token: str) -> str:
    return base64.b64encode(KEY.sign(token.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def create(iot: Any, name: str = "mine", **options: Any) -> Any:
    given = {
        "authorizerFunctionArn": FUNCTION + "good",
        "tokenKeyName": "token",
        "tokenSigningPublicKeys": {"first": public()},
        "status": "ACTIVE",
        **options,
    }
    return iot.create_authorizer(
        authorizerName=name, **{key: value for key, value in given.items() if value is not None}
    )


def test_an_authorizer_is_made_described_changed_listed_and_deleted(iot: Any) -> None:
    made = create(iot, tags=[{"Key": "a", "Value": "b"}])
    assert made["authorizerArn"] == "arn:aws:iot:us-east-1:123456789012:authorizer/mine"
    found = iot.describe_authorizer(authorizerName="mine")["authorizerDescription"]
    assert (found["status"], found["tokenKeyName"], found["signingDisabled"]) == ("ACTIVE", "token", False)
    assert found["tokenSigningPublicKeys"] == {"first": public()}
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        create(iot)
    with pytest.raises(iot.exceptions.DeleteConflictException):
        iot.delete_authorizer(authorizerName="mine")
    iot.update_authorizer(authorizerName="mine", status="INACTIVE", enableCachingForHttp=True)
    assert iot.list_authorizers(status="ACTIVE")["authorizers"] == []
    assert [one["authorizerName"] for one in iot.list_authorizers()["authorizers"]] == ["mine"]
    iot.delete_authorizer(authorizerName="mine")
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_authorizer(authorizerName="mine")


def test_signatures_need_usable_keys(iot: Any) -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    for options in (
        {"tokenKeyName": None},
        {"tokenSigningPublicKeys": None},
        {"tokenSigningPublicKeys": {"a": "no key"}},
        {"tokenSigningPublicKeys": {"a": public(small)}},
        {"tokenSigningPublicKeys": {"a": public(ec.generate_private_key(ec.SECP256R1()))}},
    ):
        with pytest.raises(iot.exceptions.InvalidRequestException):
            create(iot, **options)
    create(iot, tokenKeyName=None, tokenSigningPublicKeys=None, signingDisabled=True)


def test_one_active_authorizer_may_be_the_default(iot: Any) -> None:
    for call in (iot.describe_default_authorizer, iot.clear_default_authorizer):
        with pytest.raises(iot.exceptions.ResourceNotFoundException):
            call()
    create(iot, status="INACTIVE")
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.set_default_authorizer(authorizerName="mine")
    iot.update_authorizer(authorizerName="mine", status="ACTIVE")
    assert iot.set_default_authorizer(authorizerName="mine")["authorizerName"] == "mine"
    with pytest.raises(iot.exceptions.ResourceAlreadyExistsException):
        iot.set_default_authorizer(authorizerName="mine")
    assert iot.describe_default_authorizer()["authorizerDescription"]["authorizerName"] == "mine"
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.update_authorizer(authorizerName="mine", status="INACTIVE")
    with pytest.raises(iot.exceptions.DeleteConflictException):
        iot.delete_authorizer(authorizerName="mine")
    iot.clear_default_authorizer()
    with pytest.raises(iot.exceptions.ResourceNotFoundException):
        iot.describe_default_authorizer()


def test_invoking_checks_the_signature_and_asks_the_function(iot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with functions({"good": ANSWER, "failing": {}, "odd": b"no json", "no": {"isAuthenticated": False}}) as (
        url,
        events,
    ):
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", url)
        create(iot)
        mqtt = {"username": "u", "password": b"secret", "clientId": "c"}
        found = iot.test_invoke_authorizer(
            authorizerName="mine", token="let me in", tokenSignature=sign("let me in"), mqttContext=mqtt
        )
        assert (found["isAuthenticated"], found["principalId"]) == (True, "device1")
        assert found["policyDocuments"] == ['{"Statement": []}', '{"Statement":[]}']
        (event,) = events
        assert (event["token"], event["signatureVerified"], event["protocols"]) == ("let me in", True, ["mqtt"])
        assert event["protocolData"]["mqtt"]["password"] == base64.b64encode(b"secret").decode()
        with pytest.raises(iot.exceptions.UnauthorizedException):
            iot.test_invoke_authorizer(authorizerName="mine", token="other", tokenSignature=sign("let me in"))
        with pytest.raises(iot.exceptions.UnauthorizedException):
            iot.test_invoke_authorizer(authorizerName="mine", token="let me in", tokenSignature="abc")
        for name, code in (("failing", "InvalidResponseException"), ("odd", "InvalidResponseException")):
            create(iot, name, authorizerFunctionArn=FUNCTION + name, signingDisabled=True)
            with pytest.raises(getattr(iot.exceptions, code)):
                iot.test_invoke_authorizer(authorizerName=name)
        create(iot, "no", authorizerFunctionArn=FUNCTION + "no", signingDisabled=True)
        assert iot.test_invoke_authorizer(authorizerName="no")["isAuthenticated"] is False
    create(iot, "gone", signingDisabled=True)
    with pytest.raises(iot.exceptions.InvalidResponseException):
        iot.test_invoke_authorizer(authorizerName="gone")
    create(iot, "nowhere", authorizerFunctionArn="not an arn", signingDisabled=True)
    with pytest.raises(iot.exceptions.InvalidRequestException):
        iot.test_invoke_authorizer(authorizerName="nowhere")
