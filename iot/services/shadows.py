"""Device shadows: read, updated and deleted over MQTT and HTTP by the same code, one transaction a call or a batch.

A batch reads the shadows that it concerns once, applies its requests in order in memory, writes each shadow once, and
commits once. Rows are locked for the transaction (PostgreSQL), or the transaction is the only writer (SQLite), so that
no update is lost whichever way it came.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction

from iot.bridge.outbox import emit
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.shadow import document as documents
from iot.core.shadow import responses
from iot.core.shadow.document import Document, Limits
from iot.models import Shadow
from iot.models.prepared import insert_many, read_many, update_many
from iot.models.turns import turn
from iot.services import index_changes, shadow_history
from iot.services.paging import paginate
from iot.services.rates import spend
from iot.services.shadow_history import Past

Key = tuple[str, str]
_ERRORS: dict[int, type[errors.AwsError]] = {
    400: errors.InvalidRequestException,
    404: errors.ResourceNotFoundException,
    409: errors.ConflictException,
    413: errors.RequestEntityTooLargeException,
    415: errors.UnsupportedDocumentEncodingException,
    429: errors.ThrottlingException,
}
_THING_NAME = re.compile(r"[a-zA-Z0-9:_-]{1,128}")
_SHADOW_NAME = re.compile(r"[$a-zA-Z0-9:_-]{1,64}")
RATE = 20
ATTEMPTS = 5
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ShadowRequest:
    """A request of a batch: `operation` is get, update or delete; the classic shadow has no name.

    `actor` is who asks, for the history: a principal or a client id.
    """

    operation: str
    thing_name: str
    shadow_name: str
    payload: bytes
    actor: str = ""


@dataclass(slots=True)
class _Entry:
    """A shadow during a batch: the id of its row, its document, and whether it must be written."""

    row: int | None
    document: Document | None
    last_version: int = 0
    changed: bool = False
    text: bytes = b""
    past: list[Past] = field(default_factory=list)


class _Raced(Exception):
    """Another writer has made the shadow that was to be made here."""


def topic_prefix(thing_name: str, shadow_name: str) -> str:
    """Answer what the topics of a shadow begin with."""
    name = f"/name/{shadow_name}" if shadow_name else ""
    return f"$aws/things/{thing_name}/shadow{name}"


def answer(scope: Scope, requests: Sequence[ShadowRequest]) -> list[Message]:
    """Carry out requests in order, commit once, and answer all messages to publish, those of a request together."""
    return _retried(lambda: _answer_all(scope, requests))


def _answer_all(scope: Scope, requests: Sequence[ShadowRequest]) -> list[Message]:
    now = int(time.time())
    messages: list[Message] = []
    with turn(), transaction.atomic():
        entries = _read(scope, {(one.thing_name, one.shadow_name) for one in requests}, now)
        for request in requests:
            messages += _answer(scope, entries[request.thing_name, request.shadow_name], request, now)
        _write(scope, entries, now)
    return messages


def get_thing_shadow(scope: Scope, *, thing_name: str, shadow_name: str = "") -> bytes:
    """Answer a shadow's document as JSON. Raises ResourceNotFoundException."""
    now = int(time.time())
    entry = _read(scope, {(thing_name, shadow_name)}, now, lock=False)[thing_name, shadow_name]
    found = responses.get(entry.document, b"", now, shadow_name=shadow_name or thing_name)
    if isinstance(found, responses.Rejected):
        raise _error(found)
    return found.accepted


def update_thing_shadow(
    scope: Scope, *, thing_name: str, shadow_name: str = "", payload: bytes, actor: str = ""
) -> bytes:
    """Apply an update and publish what it causes; answers the accepted document. Raises AWS's shadow errors."""
    request = ShadowRequest("update", thing_name, shadow_name, payload, actor)
    return _retried(lambda: _carry_out(scope, request))


def delete_thing_shadow(scope: Scope, *, thing_name: str, shadow_name: str = "") -> bytes:
    """Delete a shadow; its version goes on counting for 48 hours. Raises ResourceNotFoundException."""
    request = ShadowRequest("delete", thing_name, shadow_name, b"")
    return _retried(lambda: _carry_out(scope, request))


def _carry_out(scope: Scope, request: ShadowRequest) -> bytes:
    """Do one update or deletion that came over HTTP."""
    now, key = int(time.time()), (request.thing_name, request.shadow_name)
    with transaction.atomic():
        entries = _read(scope, {key}, now)
        update = request.operation == "update"
        outcome = _update(scope, entries[key], request, now) if update else _delete(entries[key], request, now)
        if isinstance(outcome, responses.Rejected):
            raise _error(outcome)
        _write(scope, entries, now)
        if scope == settings.SCOPE:
            emit(*_messages(request, outcome))
    return outcome.accepted


def list_named_shadows_for_thing(
    scope: Scope, *, thing_name: str, next_token: str | None = None, page_size: int = 25
) -> tuple[list[str], str | None]:
    """List the named shadows of a thing; an unknown thing has none."""
    rows = Shadow.objects.filter(
        account=scope.account, region=scope.region, thing_name=thing_name, deleted_at__isnull=True
    ).exclude(name="")
    page, token = paginate(rows, scope=scope, kind="shadows", token=next_token, limit=page_size)
    return [row.name for row in page], token


def find_shadow(scope: Scope, *, thing_name: str, shadow_name: str = "") -> tuple[Document, float] | None:
    """Answer a shadow's document and when it was last updated, for people to look at."""
    row = Shadow.objects.filter(
        account=scope.account, region=scope.region, thing_name=thing_name, name=shadow_name, deleted_at__isnull=True
    ).first()
    return None if row is None else (documents.load(row.document, row.version), row.updated_at)


def _read(scope: Scope, keys: set[Key], now: float, *, lock: bool = True) -> dict[Key, _Entry]:
    wanted = {
        "account": [scope.account],
        "region": [scope.region],
        "thing_name": list({thing_name for thing_name, _ in keys}),
        "name": list({name for _, name in keys}),
    }
    rows = read_many(Shadow, ("thing_name", "name", "id", "document", "version", "deleted_at"), wanted, lock=lock)
    found = {(thing_name, name): row for thing_name, name, *row in rows}
    return {key: _entry(found.get(key), now) for key in keys}


def _entry(row: list[Any] | None, now: float) -> _Entry:
    if row is None:
        return _Entry(None, None)
    key, text, version, deleted_at = row
    if deleted_at is not None:
        return _Entry(key, None, responses.surviving_version(version, deleted_at, now))
    return _Entry(key, documents.load(text, version))


def _write(scope: Scope, entries: dict[Key, _Entry], now: float) -> None:
    fresh, known, past = [], [], []
    for (thing_name, name), entry in entries.items():
        if not entry.changed:
            continue
        if entry.document is None:
            values = {"document": "", "version": entry.last_version, "deleted_at": now}
        else:
            values = {"document": entry.text.decode(), "version": entry.document.version, "deleted_at": None}
        values["updated_at"] = now
        if entry.row is None:
            key = {"account": scope.account, "region": scope.region, "thing_name": thing_name, "name": name}
            fresh.append({**key, **values})
        else:
            known.append(({"id": entry.row}, values))
        past += shadow_history.rows(scope, thing_name, name, entry.past)
    if insert_many(Shadow, fresh) < len(fresh):
        raise _Raced
    update_many(Shadow, known)
    index_changes.shadows_changed(scope, [thing_name for (thing_name, _), entry in entries.items() if entry.changed])
    shadow_history.write(past)


def _retried(work: Callable[[], R]) -> R:
    """Do work again when another writer has made the same shadow in between: only a database without a lock lets it."""
    for _ in range(ATTEMPTS):
        try:
            return work()
        except _Raced:
            continue
    raise errors.ConflictException("The shadow is being made by many at once")


def _is_named(request: ShadowRequest) -> bool:
    """A topic may name what no column would take; one such request must not spoil its batch."""
    if request.shadow_name and not _SHADOW_NAME.fullmatch(request.shadow_name):
        return False
    return _THING_NAME.fullmatch(request.thing_name) is not None


def _answer(scope: Scope, entry: _Entry, request: ShadowRequest, now: int) -> list[Message]:
    if not _is_named(request):
        refused = responses.reject(400, "Invalid thing or shadow name", now, responses.token_of(request.payload))
        return [_message(request, f"{request.operation}/rejected", refused.body)]
    if request.operation == "update":
        updated = _update(scope, entry, request, now)
        if isinstance(updated, responses.Rejected):
            return [_message(request, "update/rejected", updated.body)]
        return _messages(request, updated)
    if request.operation == "get":
        found = responses.get(
            entry.document, request.payload, now, shadow_name=request.shadow_name or request.thing_name
        )
    else:
        found = _delete(entry, request, now)
    if isinstance(found, responses.Rejected):
        return [_message(request, f"{request.operation}/rejected", found.body)]
    return [_message(request, f"{request.operation}/accepted", found.accepted)]


def _update(scope: Scope, entry: _Entry, request: ShadowRequest, now: int) -> responses.Updated | responses.Rejected:
    where = f"{scope.account}/{scope.region}/{request.thing_name}/{request.shadow_name}"
    if not spend(where, RATE * settings.QUOTA_FACTOR):
        return responses.reject(429, "Too many requests", now, responses.token_of(request.payload))
    limits = Limits(document_bytes=settings.SHADOW_BYTES, depth=settings.SHADOW_DEPTH)
    outcome = responses.update(entry.document, request.payload, now, last_version=entry.last_version, limits=limits)
    if isinstance(outcome, responses.Updated):
        entry.document, entry.changed, entry.text = outcome.document, True, outcome.text
        entry.past.append(Past(outcome.document.version, now, request.actor, outcome.state, outcome.text))
    return outcome


def _delete(entry: _Entry, request: ShadowRequest, now: int) -> responses.Answered | responses.Rejected:
    name = request.shadow_name or request.thing_name
    outcome = responses.delete(entry.document, request.payload, now, shadow_name=name)
    if isinstance(outcome, responses.Answered) and entry.document is not None:
        entry.last_version, entry.document, entry.changed = entry.document.version, None, True
    return outcome


def _messages(request: ShadowRequest, outcome: responses.Updated | responses.Answered) -> list[Message]:
    """The delta goes out before accepted: a device SDK drops one whose version is not above the accepted one's."""
    if isinstance(outcome, responses.Answered):
        return [_message(request, f"{request.operation}/accepted", outcome.accepted)]
    prefix = f"{topic_prefix(request.thing_name, request.shadow_name)}/update/"
    messages = [] if outcome.delta is None else [Message(f"{prefix}delta", outcome.delta, 1)]
    messages.append(Message(f"{prefix}accepted", outcome.accepted, 1))
    messages.append(Message(f"{prefix}documents", outcome.documents, 1))
    return messages


def _message(request: ShadowRequest, suffix: str, body: bytes) -> Message:
    return Message(f"{topic_prefix(request.thing_name, request.shadow_name)}/{suffix}", body, qos=1)


def _error(rejected: responses.Rejected) -> errors.AwsError:
    message: Any = rejected.message
    if message == "Invalid JSON":
        message = "Payload contains invalid json"
    return _ERRORS[rejected.code](message)
