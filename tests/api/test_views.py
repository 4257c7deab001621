"""What the view does for every call: ids, limits, errors, the audit."""

from typing import Any

import orjson
import pytest
from django.test import Client

from iot.api import registry
from iot.core.arn import Scope
from iot.models import AuditEntry
from iot.services import access, audit
from tests.api import harness

pytestmark = pytest.mark.django_db
SCOPE = Scope(harness.ACCOUNT, harness.REGION)


@pytest.fixture
def token() -> str:
    return access.create_bearer_token(harness.new_user(), account=harness.ACCOUNT, role="admin")[0]


def call(token: str, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], Any]:
    status, found, content = harness.send(method, path, {"authorization": f"Bearer {token}", **headers}, body)
    return status, found, orjson.loads(content) if content else None


def test_every_answer_has_an_id_and_is_not_stored(token: str) -> None:
    ids = set()
    for method, path in (("GET", "/api/things"), ("GET", "/api/things/nobody"), ("GET", "/api/nothing")):
        _, headers, _ = call(token, method, path)
        assert headers["cache-control"] == "no-store"
        ids.add(headers["x-amzn-requestid"])
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("method", "path", "status", "name"),
    [
        ("GET", "/api/nothing/here", 404, "UnknownOperationException"),
        ("PUT", "/api/things/lamp", 405, "MethodNotAllowedException"),
        ("GET", "/api/things/lamp", 404, "ResourceNotFoundException"),
        ("GET", "/api/things?maxResults=9999", 400, "InvalidRequestException"),
        ("POST", "/api/transfer-certificate", 404, "UnknownOperationException"),
    ],
)
def test_errors_have_awss_names(token: str, method: str, path: str, status: int, name: str) -> None:
    path, _, query = path.partition("?")
    answered, headers, content = harness.send(method, path, {"authorization": f"Bearer {token}"}, b"", query)
    assert (answered, headers["x-amzn-errortype"]) == (status, name)
    assert orjson.loads(content)["message"]


def test_what_is_not_served_says_so_by_name(token: str) -> None:
    assert ("iot", "TransferCertificate") in registry.unserved()
    status, headers, body = call(token, "PATCH", f"/api/transfer-certificate/{'0' * 64}")
    assert (status, headers["x-amzn-errortype"]) == (501, "NotImplementedException")
    assert "TransferCertificate" in body["message"]


def test_a_body_that_is_too_large_is_refused(token: str) -> None:
    status, headers, _ = call(token, "POST", "/api/things/lamp", b'"' + b"x" * 1024 * 1024 + b'"')
    assert (status, headers["x-amzn-errortype"]) == (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b'{"a": "\\ud800"}', b'{"thingTypeName": "\\u0000"}', b'{"a": 1e999}', b"{" * 5000, b"null", b"[]"],
)
def test_odd_bodies_are_the_callers_fault(token: str, body: bytes) -> None:
    status, _, _ = call(token, "POST", "/api/things/lamp", body)
    assert status in (200, 400, 404)


@pytest.mark.parametrize(
    "path", ["/api/things/%00", "/api/things/%ff", "/api/things/" + "x" * 5000, "/api//", "/api/%2e%2e/things", "/api/"]
)
def test_odd_paths_are_the_callers_fault(token: str, path: str) -> None:
    assert 400 <= call(token, "GET", path)[0] < 500


def test_a_bug_of_ours_is_answered_without_its_traceback(
    token: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setitem(registry.served(), ("iot", "ListThings"), broken)
    status, headers, body = call(token, "GET", "/api/things")
    assert (status, headers["x-amzn-errortype"]) == (500, "InternalFailureException")
    assert "secret detail" not in body["message"]
    assert headers["x-amzn-requestid"] in body["message"]
    assert "secret detail" in caplog.text


def test_every_changing_call_leaves_a_row_and_no_reading_one(token: str) -> None:
    call(token, "POST", "/api/things/lamp", b"{}")
    call(token, "GET", "/api/things/lamp")
    call(token, "POST", "/api/things/lamp", b'{"thingTypeName": "nobody"}')
    call(token, "POST", "/api/things/lamp/shadow", b'{"state": {}}')
    rows = [(row.operation, row.resource, row.outcome) for row in reversed(audit.entries(SCOPE))]
    assert rows == [
        ("CreateThing", "lamp", "ok"),
        ("CreateThing", "lamp", "ResourceNotFoundException"),
    ]
    row = AuditEntry.objects.first()
    assert row is not None
    assert (row.actor, row.channel, row.address) == ("admin-0", "api", "192.0.2.7")
    assert row.request_id


def test_the_data_plane_is_audited_where_that_is_wanted(token: str, settings: Any) -> None:
    settings.AUDIT_DATA_PLANE = True
    call(token, "POST", "/api/things/lamp/shadow", b'{"state": {}}')
    assert [row.operation for row in audit.entries(SCOPE)] == ["UpdateThingShadow"]


def test_no_row_holds_a_secret(token: str) -> None:
    _, _, body = call(token, "POST", "/api/keys-and-certificate")
    row = AuditEntry.objects.get()
    assert body["keyPair"]["PrivateKey"] not in str(row.__dict__)


def test_a_call_over_its_quota_is_throttled(token: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.QUOTA_FACTOR = 1
    monkeypatch.setattr("iot.services.rates.time.monotonic", lambda: 100.0)
    answers = [call(token, "GET", "/api/policies") for _ in range(40)]
    refused = [headers["x-amzn-errortype"] for status, headers, _ in answers if status != 200]
    assert len(refused) == 20
    assert set(refused) == {"ThrottlingException"}
    assert {status for status, _, _ in answers} == {200, 400}


def test_django_serves_the_same_view(token: str, client: Client) -> None:
    answered = client.get("/api/things", headers={"authorization": f"Bearer {token}"})
    assert (answered.status_code, answered.json()) == (200, {"things": []})
    made = client.post(
        "/api/things/lamp", b"{}", content_type="application/json", headers={"authorization": f"Bearer {token}"}
    )
    assert made.status_code == 200


def test_a_nul_is_refused_before_a_database_sees_it(token: str) -> None:
    body = orjson.dumps({"policyDocument": '{"a": "\0"}'})
    status, headers, _ = call(token, "POST", "/api/policies/p", body)
    assert (status, headers["x-amzn-errortype"]) == (400, "InvalidRequestException")
    assert call(token, "GET", "/api/policies/a%00b")[0] == 400
