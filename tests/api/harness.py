"""A real boto3 client that calls the API in this process: what it signs and sends reaches the view as over HTTP."""

from typing import Any
from urllib.parse import urlsplit

import boto3
import orjson
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from django.contrib.auth.models import User

from iot.api import asgi, authentication
from iot.models import Membership, Role
from iot.services import access, rates, registry_events

URL = "http://cloud.test:8000/api"
ACCOUNT = "123456789012"
REGION = "us-east-1"


class _Raw:
    """What botocore reads a body from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        yield self._body

    def read(self, amount: int | None = None) -> bytes:
        body, self._body = self._body, b""
        return body


def forget() -> None:
    """Forget what the API remembers between requests."""
    authentication._cache.clear()
    rates.forget()
    registry_events.forget_switches()


def send(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", query: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Call the API with a request as it is; answers status, headers (in lower case) and body."""
    wire = {"host": "cloud.test:8000", **{name.lower(): value for name, value in (headers or {}).items()}}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in wire.items()],
        "client": ("192.0.2.7", 50000),
        "server": ("cloud.test", 8000),
        "scheme": "http",
    }
    response = asgi.respond(scope, body)
    return response.status_code, {name.lower(): value for name, value in response.items()}, response.content


def client(
    service: str = "iot",
    *,
    key: tuple[str, str] | None = None,
    token: str | None = None,
    region: str = REGION,
    **config: Any,
) -> Any:
    """Make a boto3 client whose requests are answered in this process, signed with a new admin's key unless told."""
    key_id, secret = key or new_key()
    made = boto3.client(
        service,
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"max_attempts": 0}, **config),
    )
    made.meta.events.register("before-send", _answer)
    return made


def new_key(role: str = Role.ADMIN, *, account: str = ACCOUNT, policy: str = "") -> tuple[str, str]:
    """Make a user with an access key."""
    user = new_user(role, account=account)
    return access.create_access_key(user, account=account, role=role, policy=policy)


def new_user(role: str = Role.ADMIN, *, account: str = ACCOUNT) -> User:
    """Make a user who cannot log in: hashing a password takes longer than most tests."""
    user = User.objects.create(username=f"{role}-{User.objects.count()}")
    Membership.objects.create(user=user, account=account, role=role)
    return user


def _answer(request: Any, **kwargs: Any) -> AWSResponse:
    parts = urlsplit(request.url)
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value) for name, value in request.headers.items()
    }
    headers["host"] = parts.netloc
    body = request.body or b""
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
    status, found, answered = send(request.method, parts.path, headers, content, parts.query)
    return AWSResponse(request.url, status, found, _Raw(answered))


def call(token: str, method: str, path: str, query: str = "", body: Any = None) -> tuple[int, Any]:
    """Call an operation of our own with a bearer token; answers the status and the parsed body."""
    content = b"" if body is None else orjson.dumps(body)
    status, _, answered = send(method, f"/api{path}", {"authorization": f"Bearer {token}"}, content, query)
    return status, orjson.loads(answered)


def new_token(role: str = Role.ADMIN, *, policy: str = "") -> str:
    """Make a user with a bearer token."""
    return access.create_bearer_token(new_user(role), account=ACCOUNT, role=role, policy=policy)[0]
