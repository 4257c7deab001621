"""Signature Version 4, checked against what botocore signs."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from iot.services import signatures
from iot.services.signatures import Request, SignatureError

KEY, SECRET = "AKIATEST", "a secret/with+signs="
BODY = b'{"a": 1}'
NOW = datetime.now(UTC)


def signed(
    url: str = "https://cloud.test/api/things/lamp",
    method: str = "POST",
    body: bytes = BODY,
    *,
    service: str = "iot",
    presigned: int = 0,
    headers: dict[str, str] | None = None,
    token: str | None = None,
) -> Request:
    """Sign a request as botocore does, and read it as a server would."""
    credentials = Credentials(KEY, SECRET, token)
    request = AWSRequest(method, url, data=body, headers={"Host": urlsplit(url).netloc, **(headers or {})})
    if presigned:
        SigV4QueryAuth(credentials, service, "us-east-1", expires=presigned).add_auth(request)
    else:
        SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    parts = urlsplit(request.url)
    return Request(
        method,
        parts.path,
        parts.query,
        {name.lower(): str(value) for name, value in request.headers.items()},
        hashlib.sha256(body).hexdigest(),
    )


def refusal(request: Request, secret: str | None = SECRET, now: datetime | None = None) -> str:
    """Answer the name under which a request is refused, empty where it is accepted."""
    try:
        signatures.check(request, signatures.read(request), secret, now or datetime.now(UTC))
    except SignatureError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    "url",
    [
        "https://cloud.test/api/things/lamp",
        "https://cloud.test/api/things/a%2Fb%20c",
        "https://cloud.test/api/attached-policies/arn:aws:iot:us-east-1:123456789012:cert/01",
        "https://cloud.test/api/topics/%E2%82%AC?qos=1&retain=true",
        "https://cloud.test/api/things?maxResults=3&nextToken=a%2Bb%3D%3D&empty=",
        "https://cloud.test/api/topics/a//b",
        "https://cloud.test/api/topics/a/../b/./c",
        "https://cloud.test/api/things/~tilde-._",
        "https://cloud.test/",
    ],
)
def test_what_botocore_signs_is_accepted(url: str) -> None:
    assert refusal(signed(url)) == ""
    assert refusal(signed(url, "GET", b"", presigned=60)) == ""


def test_blanks_in_headers_are_folded() -> None:
    assert refusal(signed(headers={"X-Amz-Tagging": "a   b ", "Content-Type": "application/json"})) == ""


def test_who_signed_for_what_is_read() -> None:
    read = signatures.read(signed(service="iotdata"))
    assert (read.access_key_id, read.region, read.service, read.presigned) == (KEY, "us-east-1", "iotdata", False)
    assert signatures.read(signed(presigned=77)).expires == 77


@pytest.mark.parametrize(
    "change",
    [
        {"method": "PUT"},
        {"path": "/api/things/other"},
        {"query": "expectedVersion=1"},
        {"body_digest": "0" * 64},
    ],
)
def test_an_altered_request_is_refused(change: dict[str, str]) -> None:
    assert refusal(replace(signed(), **change)) == "InvalidSignatureException"  # type: ignore[arg-type]  # names of fields
    assert refusal(signed(), "another secret") == "InvalidSignatureException"


def test_an_unsigned_payload_is_accepted_where_it_was_signed_as_one() -> None:
    request = signed(headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert refusal(replace(request, body_digest="0" * 64)) == ""
    pretended = {**signed().headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    assert refusal(replace(signed(), headers=pretended)) == "InvalidSignatureException"


def test_a_body_that_is_not_the_one_of_its_digest_is_refused() -> None:
    request = signed(headers={"X-Amz-Content-SHA256": "0" * 64})
    assert refusal(request) == "InvalidSignatureException"


def test_an_unknown_key_is_refused_by_another_name() -> None:
    assert refusal(signed(), None) == "UnrecognizedClientException"


@pytest.mark.parametrize("minutes", [6, 4, -4, -6])
def test_five_minutes_of_skew_are_allowed(minutes: int) -> None:
    name = "InvalidSignatureException" if abs(minutes) > 5 else ""
    assert refusal(signed(), now=datetime.now(UTC) + timedelta(minutes=minutes)) == name


def test_a_presigned_request_ends() -> None:
    request = signed(method="GET", body=b"", presigned=60)
    assert refusal(request, now=datetime.now(UTC) + timedelta(seconds=50)) == ""
    assert refusal(request, now=datetime.now(UTC) + timedelta(seconds=70)) == "InvalidSignatureException"
    assert refusal(request, now=datetime.now(UTC) - timedelta(minutes=6)) == "InvalidSignatureException"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("", "MissingAuthenticationTokenException"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request", "IncompleteSignatureException"),
        ("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=x", "IncompleteSignatureException"),
        (
            "AWS4-HMAC-SHA256 Credential=a/20260101/r/iot/aws4_request, SignedHeaders=x-amz-date, Signature=x",
            "InvalidSignatureException",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/19990101/r/iot/aws4_request, SignedHeaders=host, Signature=x",
            "InvalidSignatureException",
        ),
    ],
)
def test_an_incomplete_signature_is_told_as_such(header: str, name: str) -> None:
    headers = {"host": "cloud.test", "x-amz-date": "20260101T000000Z", **({"authorization": header} if header else {})}
    assert refusal(Request("GET", "/", "", headers, "")) == name


@pytest.mark.parametrize("left_out", ["X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"])
def test_an_incomplete_query_is_told_as_such(left_out: str) -> None:
    request = signed(method="GET", body=b"", presigned=60)
    pairs = [pair for pair in request.query.split("&") if not pair.startswith(left_out)]
    assert refusal(replace(request, query="&".join(pairs))) == "IncompleteSignatureException"


def test_a_session_token_is_found_in_header_and_query() -> None:
    assert signatures.session_token(signed(token="t/o=k")) == "t/o=k"
    assert signatures.session_token(signed(method="GET", body=b"", presigned=60, token="t/o=k")) == "t/o=k"
    assert signatures.session_token(signed()) == ""


def test_a_websocket_may_add_its_session_token_after_signing() -> None:
    request = signed("https://cloud.test/mqtt", "GET", b"", service="iotdevicegateway", presigned=60)
    assert refusal(replace(request, query=f"{request.query}&X-Amz-Security-Token=later")) == ""
