"""The messages of a change: written with it in one transaction, published once it is committed, never before.

The process publishes through the client that `attach` gave it. What a process without a client has left, or one that
died, the bridge publishes (`take_leftovers`). A row is deleted after the broker has acknowledged all of its messages.
"""

import asyncio
import base64
import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import orjson
from django.db import connection, transaction

from iot.bridge.client import UNSENDABLE, Client
from iot.bridge.crash import crash_point
from iot.core.arn import Scope
from iot.core.message import Message, Properties, Sender
from iot.models import ChangeNotice, OutboxRow
from iot.models.prepared import insert
from iot.models.turns import turn

log = logging.getLogger(__name__)

CHANGED_PREFIX = "$changed/"
POLLED_KINDS = frozenset({"certificates", "policies", "groups", "authorizers", "cacertificates"})
LEFTOVER_SECONDS = 3.0
LEFTOVER_BATCH = 100
FORGET_SECONDS = 0.05


class _Attached:
    client: Client | None = None
    loop: asyncio.AbstractEventLoop | None = None
    published: list[int] = []


def attach(client: Client, loop: asyncio.AbstractEventLoop) -> None:
    """Publish this process's messages through a client that runs in a loop."""
    _Attached.client, _Attached.loop = client, loop


def detach() -> None:
    """Publish nothing more from this process; what comes is left for the bridge."""
    _Attached.client = _Attached.loop = None


def emit(*messages: Message) -> None:
    """Publish messages when the transaction around this call is committed, and surely even if this process dies."""
    if not connection.in_atomic_block:
        with transaction.atomic():
            emit(*messages)
        return
    key = insert(OutboxRow, "id", messages=pack(messages), created_at=time.time())
    transaction.on_commit(partial(_publish, key, messages))


def announce(kind: str, name: str, scope: Scope) -> None:
    """Tell all processes that something has changed, when the transaction is committed: `$changed/<kind>/<name>`.

    What decides on access has a row too, which every gateway polls, so that a notice lost with its process takes
    effect all the same.
    """
    if kind in POLLED_KINDS:
        ChangeNotice.objects.create(
            account=scope.account, region=scope.region, kind=kind, name=name[:255], at=time.time()
        )
    body = orjson.dumps({"account": scope.account, "region": scope.region, "name": name})
    message = Message(f"{CHANGED_PREFIX}{kind}/{base64.urlsafe_b64encode(name.encode()).decode()}", body, qos=1)
    transaction.on_commit(partial(_publish, None, (message,)))


def take_leftovers() -> list[tuple[int, list[Message]]]:
    """Answer rows that have waited too long, with their messages, oldest first."""
    before = time.time() - LEFTOVER_SECONDS
    rows = OutboxRow.objects.filter(created_at__lt=before).order_by("id")[:LEFTOVER_BATCH]
    return [(row.pk, unpack(bytes(row.messages))) for row in rows]


def forget(*keys: int) -> None:
    """Delete rows whose messages are published."""
    with turn():
        OutboxRow.objects.filter(pk__in=keys).delete()


def pack(messages: Sequence[Message]) -> bytes:
    """Write messages as one blob."""
    return orjson.dumps([_packed(message) for message in messages])


def unpack(blob: bytes) -> list[Message]:
    """Read messages as `pack` wrote them."""
    return [_unpacked(record) for record in orjson.loads(blob)]


def _publish(key: int | None, messages: Sequence[Message]) -> None:
    crash_point("after-commit")
    client, loop = _Attached.client, _Attached.loop
    if client is None or loop is None or loop.is_closed():
        return
    loop.call_soon_threadsafe(_start, client, key, messages)


def _start(client: Client, key: int | None, messages: Sequence[Message]) -> None:
    pending = _Pending(key, len(messages))
    for message in messages:
        client.post(message, pending.done)


class _Pending:
    """The messages of one row on their way; when the broker has them all, the row may go."""

    __slots__ = ("_failed", "_key", "_left")

    def __init__(self, key: int | None, left: int) -> None:
        self._key, self._left, self._failed = key, left, False

    def done(self, code: int) -> None:
        # What can never be sent must not be tried at each start.
        self._failed = self._failed or (code >= 0x80 and code != UNSENDABLE)
        self._left -= 1
        if self._left == 0 and self._key is not None and not self._failed:
            _forget_soon(self._key)


def _forget_soon(key: int) -> None:
    """Rows are deleted many at a time, because every commit waits for the disk."""
    _Attached.published.append(key)
    if len(_Attached.published) == 1:
        asyncio.get_running_loop().call_later(FORGET_SECONDS, _forget_published)


def _forget_published() -> None:
    keys, _Attached.published = _Attached.published, []
    task = asyncio.get_running_loop().run_in_executor(None, forget, *keys)
    task.add_done_callback(_told_of_failure)


def _told_of_failure(task: asyncio.Future[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.warning("Published rows of the outbox could not be deleted: %s", task.exception())


def _packed(message: Message) -> list[Any]:
    p, s = message.properties, message.sender
    return [
        message.topic,
        base64.b64encode(message.payload).decode(),
        message.qos,
        message.retain,
        [
            p.content_type,
            p.response_topic,
            None if p.correlation_data is None else base64.b64encode(p.correlation_data).decode(),
            p.payload_format,
            p.message_expiry,
            p.user_properties,
        ],
        None if s is None else [s.client_id, s.principal, s.address, s.hops, s.protocol],
    ]


def _unpacked(record: list[Any]) -> Message:
    topic, payload, qos, retain, (content, response, correlation, form, expiry, pairs), sender = record
    properties = Properties(
        content,
        response,
        None if correlation is None else base64.b64decode(correlation),
        form,
        expiry,
        tuple((key, value) for key, value in pairs),
    )
    return Message(
        topic, base64.b64decode(payload), qos, retain, properties, None if sender is None else Sender(*sender)
    )
