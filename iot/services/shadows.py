"""Device shadows: read, updated and deleted over MQTT and HTTP by the same code, one transaction a call or a batch.

A batch reads the shadows that it concerns once, applies its requests in order in memory, writes each shadow once, and
commits once. Rows are locked for the transaction (PostgreSQL), or the transaction is the only writer (SQLite), so that
no update is lost whichever way it came.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from iot.bridge.outbox import emit
from iot.core import errors
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.shadow import document as documents
from iot.core.shadow import responses
from iot.core.shadow.document import Document, Limits
from iot.models import Shadow
from iot.services.paging import paginate

Key = tuple[str, str]
_ERRORS: dict[int, type[errors.AwsError]] = {
    400: errors.InvalidRequestException,
    404: errors.ResourceNotFoundException,
    409: errors.ConflictException,
    413: errors.RequestEntityTooLargeException,
    415: errors.UnsupportedDocumentEncodingException,
}


@dataclass(frozen=True, slots=True)
class ShadowRequest:
    """A request of a batch: `operation` is get, update or delete; the classic shadow has no name."""

    operation: str
    thing_name: str
    shadow_name: str
    payload: bytes


@dataclass(slots=True)
class _Entry:
    """A shadow during a batch: its row, its document, and whether it must be written."""

    row: Shadow | None
    document: Document | None
    last_version: int = 0
    changed: bool = False


def topic_prefix(thing_name: str, shadow_name: str) -> str:
    """Answer what the topics of a shadow begin with."""
    name = f"/name/{shadow_name}" if shadow_name else ""
    return f"$aws/things/{thing_name}/shadow{name}"


def answer(scope: Scope, requests: Sequence[ShadowRequest]) -> list[Message]:
    """Carry out requests in order, commit once, and answer all messages to publish, those of a request together."""
    now = int(time.time())
    messages: list[Message] = []
    with transaction.atomic():
        entries = _read(scope, {(one.thing_name, one.shadow_name) for one in requests}, now)
        for request in requests:
            messages += _answer(entries[request.thing_name, request.shadow_name], request, now)
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


def update_thing_shadow(scope: Scope, *, thing_name: str, shadow_name: str = "", payload: bytes) -> bytes:
    """Apply an update and publish what it causes; answers the accepted document. Raises AWS's shadow errors."""
    now = int(time.time())
    request = ShadowRequest("update", thing_name, shadow_name, payload)
    with transaction.atomic():
        entries = _read(scope, {(thing_name, shadow_name)}, now)
        entry = entries[thing_name, shadow_name]
        outcome = _update(entry, request, now)
        if isinstance(outcome, responses.Rejected):
            raise _error(outcome)
        _write(scope, entries, now)
        if scope == settings.SCOPE:
            emit(*_update_messages(request, outcome))
    return outcome.accepted


def delete_thing_shadow(scope: Scope, *, thing_name: str, shadow_name: str = "") -> bytes:
    """Delete a shadow; its version goes on counting for 48 hours. Raises ResourceNotFoundException."""
    now = int(time.time())
    request = ShadowRequest("delete", thing_name, shadow_name, b"")
    with transaction.atomic():
        entries = _read(scope, {(thing_name, shadow_name)}, now)
        outcome = _delete(entries[thing_name, shadow_name], request, now)
        if isinstance(outcome, responses.Rejected):
            raise _error(outcome)
        _write(scope, entries, now)
        if scope == settings.SCOPE:
            emit(_message(request, "delete/accepted", outcome.accepted))
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
    wanted = Q()
    if len(keys) == 1:
        ((thing_name, name),) = keys
        wanted = Q(thing_name=thing_name, name=name)
    else:
        wanted = Q(thing_name__in={thing_name for thing_name, _ in keys}, name__in={name for _, name in keys})
    rows = Shadow.objects.filter(wanted, account=scope.account, region=scope.region).order_by("pk")
    found = {(row.thing_name, row.name): row for row in (rows.select_for_update() if lock else rows)}
    return {key: _entry(found.get(key), now) for key in keys}


def _entry(row: Shadow | None, now: float) -> _Entry:
    if row is None:
        return _Entry(None, None)
    if row.deleted_at is not None:
        return _Entry(row, None, responses.surviving_version(row.version, row.deleted_at, now))
    return _Entry(row, documents.load(row.document, row.version))


def _write(scope: Scope, entries: dict[Key, _Entry], now: float) -> None:
    fresh, known = [], []
    for (thing_name, name), entry in entries.items():
        if not entry.changed:
            continue
        row = entry.row or Shadow(account=scope.account, region=scope.region, thing_name=thing_name, name=name)
        row.updated_at = now
        if entry.document is None:
            row.document, row.version, row.deleted_at = "", entry.last_version, now
        else:
            row.document = documents.dump(entry.document).decode()
            row.version, row.deleted_at = entry.document.version, None
        (known if entry.row else fresh).append(row)
    if fresh:
        Shadow.objects.bulk_create(fresh)
    if len(known) == 1:
        known[0].save(update_fields=["document", "version", "deleted_at", "updated_at"])
    elif known:
        Shadow.objects.bulk_update(known, ["document", "version", "deleted_at", "updated_at"], batch_size=200)


def _answer(entry: _Entry, request: ShadowRequest, now: int) -> list[Message]:
    if request.operation == "update":
        updated = _update(entry, request, now)
        if isinstance(updated, responses.Rejected):
            return [_message(request, "update/rejected", updated.body)]
        return _update_messages(request, updated)
    if request.operation == "get":
        found = responses.get(
            entry.document, request.payload, now, shadow_name=request.shadow_name or request.thing_name
        )
    else:
        found = _delete(entry, request, now)
    if isinstance(found, responses.Rejected):
        return [_message(request, f"{request.operation}/rejected", found.body)]
    return [_message(request, f"{request.operation}/accepted", found.accepted)]


def _update(entry: _Entry, request: ShadowRequest, now: int) -> responses.Updated | responses.Rejected:
    limits = Limits(document_bytes=settings.SHADOW_BYTES, depth=settings.SHADOW_DEPTH)
    outcome = responses.update(entry.document, request.payload, now, last_version=entry.last_version, limits=limits)
    if isinstance(outcome, responses.Updated):
        entry.document, entry.changed = outcome.document, True
    return outcome


def _delete(entry: _Entry, request: ShadowRequest, now: int) -> responses.Answered | responses.Rejected:
    name = request.shadow_name or request.thing_name
    outcome = responses.delete(entry.document, request.payload, now, shadow_name=name)
    if isinstance(outcome, responses.Answered) and entry.document is not None:
        entry.last_version, entry.document, entry.changed = entry.document.version, None, True
    return outcome


def _update_messages(request: ShadowRequest, outcome: responses.Updated) -> list[Message]:
    """The delta goes out before accepted: a device SDK drops one whose version is not above the accepted one's."""
    messages = [] if outcome.delta is None else [_message(request, "update/delta", outcome.delta)]
    messages.append(_message(request, "update/accepted", outcome.accepted))
    messages.append(_message(request, "update/documents", outcome.documents))
    return messages


def _message(request: ShadowRequest, suffix: str, body: bytes) -> Message:
    return Message(f"{topic_prefix(request.thing_name, request.shadow_name)}/{suffix}", body, qos=1)


def _error(rejected: responses.Rejected) -> errors.AwsError:
    message: Any = rejected.message
    if message == "Invalid JSON":
        message = "Payload contains invalid json"
    return _ERRORS[rejected.code](message)
