"""What devices may do over HTTPS: publish, shadows, retained messages. Each checks the policy, then calls a service."""

import base64
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, unquote

import orjson

from iot.core import errors
from iot.core.message import STAMP_KEY, Message, Properties, Sender
from iot.gateway.authorize import Why
from iot.gateway.behalf import retained_copy
from iot.gateway.job_operations import (
    describe_job_execution,
    get_pending_job_executions,
    start_next_pending_job_execution,
    update_job_execution,
)
from iot.gateway.requests import Call, Forbidden
from iot.gateway.role_operations import assume_role_with_certificate
from iot.services import messages, shadows
from iot.services.call import call

_FORMATS = {"UNSPECIFIED_BYTES": 0, "UTF8_DATA": 1}
MAXIMUM_EXPIRY = 604_800
LONGEST_NUMBER = 10  # digits; Python takes no more than 4300


Operation = Callable[..., Awaitable[bytes]]


async def publish(request: Call, topic: str) -> bytes:
    qos = request.query.get("qos", "0")
    if qos not in ("0", "1"):
        raise errors.InvalidRequestException("qos must be 0 or 1")
    retain = request.query.get("retain", "").lower() in ("true", "1")
    messages.check_publishable(topic, request.body)
    refused = request.authority.may_publish(topic, retain)
    if refused is not None and refused.why is not Why.RESERVED:
        raise Forbidden(refused)
    if refused is not None:
        raise errors.InvalidRequestException("Invalid publish to restricted topic using HTTP")
    sender = Sender("n/a", request.principal.id, request.address, protocol="http")
    message = Message(topic, request.body, 1, retain, _properties(request), sender)
    await request.shared.publish(message)
    if retain:
        await request.shared.publish(retained_copy(message))
    request.shared.counters.add("PublishIn.Success")
    return orjson.dumps({"message": "OK", "traceId": str(uuid.uuid4())})


async def get_thing_shadow(request: Call, thing_name: str) -> bytes:
    name = request.query.get("name", "")
    request.demand("iot:GetThingShadow", "thing", _shadow(thing_name, name))
    return await call(shadows.get_thing_shadow, request.shared.scope, thing_name=thing_name, shadow_name=name)


async def update_thing_shadow(request: Call, thing_name: str) -> bytes:
    name = request.query.get("name", "")
    request.demand("iot:UpdateThingShadow", "thing", _shadow(thing_name, name))
    return await call(
        shadows.update_thing_shadow,
        request.shared.scope,
        thing_name=thing_name,
        shadow_name=name,
        payload=request.body,
    )


async def delete_thing_shadow(request: Call, thing_name: str) -> bytes:
    name = request.query.get("name", "")
    request.demand("iot:DeleteThingShadow", "thing", _shadow(thing_name, name))
    return await call(shadows.delete_thing_shadow, request.shared.scope, thing_name=thing_name, shadow_name=name)


async def list_named_shadows_for_thing(request: Call, thing_name: str) -> bytes:
    request.demand("iot:ListNamedShadowsForThing", "thing", thing_name)
    names, token = await call(
        shadows.list_named_shadows_for_thing,
        request.shared.scope,
        thing_name=thing_name,
        next_token=request.query.get("nextToken"),
        page_size=_number(request.query.get("pageSize", "25"), 1, 100),
    )
    found = {"results": names, "timestamp": int(time.time())}
    return orjson.dumps(found if token is None else {**found, "nextToken": token})


async def get_retained_message(request: Call, topic: str) -> bytes:
    request.demand("iot:GetRetainedMessage", "topic", topic)
    row = await call(messages.get_retained_message, request.shared.scope, topic=topic)
    pairs = orjson.dumps([{key: value} for key, value in row.user_properties])
    return orjson.dumps(
        {
            "topic": row.topic,
            "payload": base64.b64encode(bytes(row.payload)).decode(),
            "qos": row.qos,
            "lastModifiedTime": int(row.modified_at * 1000),
            "userProperties": base64.b64encode(pairs).decode(),
        }
    )


_ROUTES: tuple[tuple[str, re.Pattern[str], Operation], ...] = (
    ("POST", re.compile(r"/topics/(.+)", re.DOTALL), publish),
    ("GET", re.compile(r"/things/([^/]+)/shadow"), get_thing_shadow),
    ("POST", re.compile(r"/things/([^/]+)/shadow"), update_thing_shadow),
    ("DELETE", re.compile(r"/things/([^/]+)/shadow"), delete_thing_shadow),
    ("GET", re.compile(r"/api/things/shadow/ListNamedShadowsForThing/([^/]+)"), list_named_shadows_for_thing),
    ("GET", re.compile(r"/retainedMessage/(.+)", re.DOTALL), get_retained_message),
    ("GET", re.compile(r"/role-aliases/([^/]+)/credentials"), assume_role_with_certificate),
    ("GET", re.compile(r"/things/([^/]+)/jobs"), get_pending_job_executions),
    ("PUT", re.compile(r"/things/([^/]+)/jobs/(?:\$|%24)next"), start_next_pending_job_execution),
    ("GET", re.compile(r"/things/([^/]+)/jobs/([^/]+)"), describe_job_execution),
    ("POST", re.compile(r"/things/([^/]+)/jobs/([^/]+)"), update_job_execution),
)


def route(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    """Find an operation by method and raw path, with its decoded subjects. Raises AWS's errors."""
    known = False
    for wanted, pattern, operation in _ROUTES:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        known = True
        if wanted == method:
            try:
                return operation, tuple(unquote(subject, errors="strict") for subject in match.groups())
            except UnicodeDecodeError:
                raise errors.InvalidRequestException("The path is not UTF-8") from None
    if known:
        raise errors.MethodNotAllowedException(f"{method} is not allowed here")
    raise errors.ResourceNotFoundException(f"There is nothing at {path}")


def read_query(query: str) -> dict[str, str]:
    """Read a query string; of a name that comes twice the last counts."""
    return dict(parse_qsl(query, keep_blank_values=True))


def _properties(request: Call) -> Properties:
    form = request.headers.get("x-amz-mqtt5-payload-format-indicator")
    if form is not None and form not in _FORMATS:
        raise errors.InvalidRequestException(f"The payload format indicator is one of {', '.join(_FORMATS)}")
    expiry = request.query.get("messageExpiry")
    correlation = request.headers.get("x-amz-mqtt5-correlation-data")
    return Properties(
        content_type=request.query.get("contentType"),
        response_topic=request.query.get("responseTopic"),
        correlation_data=None if correlation is None else _decoded(correlation),
        payload_format=None if form is None else _FORMATS[form],
        message_expiry=None if expiry is None else max(1, _number(expiry, 0, MAXIMUM_EXPIRY)),
        user_properties=_pairs(request.headers.get("x-amz-mqtt5-user-properties")),
    )


def _pairs(header: str | None) -> tuple[tuple[str, str], ...]:
    if not header:
        return ()
    try:
        found = orjson.loads(_decoded(header))
        if isinstance(found, str):  # boto3 encodes JSON that is given as text once more
            found = orjson.loads(found)
        pairs = tuple((key, str(value)) for entry in found for key, value in entry.items())
    except (orjson.JSONDecodeError, AttributeError, TypeError):
        raise errors.InvalidRequestException("User properties are a JSON array of objects in base64") from None
    if any(key == STAMP_KEY for key, _ in pairs):
        raise errors.InvalidRequestException(f"The user property {STAMP_KEY} is not the sender's to set")
    return pairs


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise errors.InvalidRequestException("A header is not base64") from None


def _number(text: str, least: int, most: int) -> int:
    if not text.isdecimal() or len(text) > LONGEST_NUMBER or not least <= int(text) <= most:
        raise errors.InvalidRequestException(f"{text} must be a number between {least} and {most}")
    return int(text)


def _shadow(thing_name: str, shadow_name: str) -> str:
    return f"{thing_name}/{shadow_name}" if shadow_name else thing_name
