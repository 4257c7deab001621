"""Lifecycle events: who connected, left, subscribed, and why; in order, on the topics that AWS uses.

A session's identifier begins with its gateway's, so that the sessions of a gateway that died can be told, and ended by
another. The version number grows with each connection of a client and begins anew after an hour away.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from iot.bridge.client import NotPublished
from iot.core.arn import Scope
from iot.core.message import NO_PROPERTIES, Message, Properties
from iot.core.mqtt.events import Cause
from iot.services import gateway_clients
from iot.services.call import call
from iot.services.connections import DETAILS_KEY

log = logging.getLogger(__name__)

PREFIX = "$aws/events/"
AWAY_SECONDS = 3600
REMEMBERED = 50_000
WAITING = 200_000
BATCH = 500

Publish = Callable[[Message], Awaitable[None]]


@dataclass(slots=True)
class Session:
    """One connection of a client as its events describe it; its version is known when its first event goes out."""

    client_id: str
    principal: str
    address: str
    thing_name: str | None
    identifier: str
    version: int | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_told_of(self) -> bool:
        """AWS sends no events for client ids that would be wildcards in their topics."""
        return "+" not in self.client_id and "#" not in self.client_id


@dataclass(frozen=True, slots=True)
class _Event:
    session: Session
    group: str
    kind: str
    at: int
    members: dict[str, Any] = field(default_factory=dict)


class Presence:
    """The events of one gateway; `start` and `stop` belong around everything else."""

    def __init__(self, scope: Scope, publish: Publish) -> None:
        self.gateway_id = secrets.token_hex(4)
        self._scope = scope
        self._publish = publish
        self._events: asyncio.Queue[_Event] = asyncio.Queue(WAITING)
        self._versions: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self, seconds: float = 1.0) -> None:
        """Send what is left, for at most some seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._events.join()
        except TimeoutError:
            log.warning("%d presence events could not be sent", self._events.qsize())
        if self._task is not None:
            self._task.cancel()

    def open_session(self, client_id: str, principal: str, address: str, thing_name: str | None = None) -> Session:
        """Begin a session without telling of it."""
        return Session(client_id, principal, address, thing_name, self.gateway_id + secrets.token_hex(12))

    def connected(self, session: Session) -> None:
        self._tell(session, "presence", "connected", {"ipAddress": session.address})

    def disconnected(self, session: Session, cause: Cause) -> None:
        initiated = cause is Cause.CLIENT_INITIATED_DISCONNECT
        self._tell(
            session,
            "presence",
            "disconnected",
            {"clientInitiatedDisconnect": initiated, "disconnectReason": cause.value},
        )

    def connect_failed(self, session: Session) -> None:
        self._tell(
            session,
            "presence",
            "connect_failed",
            {"connectFailureReason": "AUTHORIZATION_FAILED", "ipAddress": session.address},
        )

    def subscribed(self, session: Session, topics: Sequence[str]) -> None:
        self._tell(session, "subscriptions", "subscribed", {"topics": list(topics)})

    def unsubscribed(self, session: Session, topics: Sequence[str]) -> None:
        self._tell(session, "subscriptions", "unsubscribed", {"topics": list(topics)})

    async def end_orphans(self, living: set[str]) -> None:
        """Tell of the end of sessions whose gateway died without telling."""
        for orphan in await call(gateway_clients.orphans, self._scope, {*living, self.gateway_id}):
            session = Session(orphan.client_id, orphan.principal, "", None, orphan.session, orphan.version)
            self.disconnected(session, Cause.SERVER_ERROR)

    def _tell(self, session: Session, group: str, kind: str, members: dict[str, Any]) -> None:
        if not session.is_told_of:
            return
        log.info("%s %s %s", session.client_id, kind, members)
        try:
            self._events.put_nowait(_Event(session, group, kind, int(time.time() * 1000), members))
        except asyncio.QueueFull:
            log.error("Too many presence events wait for the broker; one of %s is lost", session.client_id)

    async def _run(self) -> None:
        while True:
            events = [await self._events.get()]
            while len(events) < BATCH and not self._events.empty():
                events.append(self._events.get_nowait())
            try:
                await self._number(events)
                await asyncio.gather(*(self._publish(_message(event)) for event in events))
            except NotPublished as error:
                log.warning("Presence events are lost: %s", error)
            except Exception:
                log.exception("Presence events are lost")
            finally:
                for _ in events:
                    self._events.task_done()

    async def _number(self, events: list[_Event]) -> None:
        unnumbered = {event.session.client_id for event in events if event.session.version is None}
        unknown = unnumbered - self._versions.keys()
        if unknown:
            await self._recall(unknown)
        now = time.monotonic()
        for event in events:
            session = event.session
            last, seen = self._versions.get(session.client_id, (-1, now))
            if session.version is None:
                session.version = last + 1 if now - seen < AWAY_SECONDS else 0
            if event.kind in ("connected", "disconnected"):
                self._remember(session.client_id, max(last, session.version), now)

    async def _recall(self, client_ids: set[str]) -> None:
        found = await call(gateway_clients.last_connections, self._scope, client_ids)
        now, clock = time.monotonic(), time.time()
        for client_id, last in found.items():
            away = 0.0 if last.ended_at is None else clock - last.ended_at / 1000
            self._remember(client_id, last.version, now - away)

    def _remember(self, client_id: str, version: int, seen: float) -> None:
        self._versions[client_id] = (version, seen)
        self._versions.move_to_end(client_id)
        while len(self._versions) > REMEMBERED:
            self._versions.popitem(last=False)


def _message(event: _Event) -> Message:
    session = event.session
    body: dict[str, Any] = {"clientId": session.client_id}
    if session.thing_name is not None and event.group == "presence":
        body["thingName"] = session.thing_name
    body |= {"timestamp": event.at, "eventType": event.kind, "sessionIdentifier": session.identifier}
    body["principalIdentifier"] = session.principal
    if event.group == "presence" and event.kind != "connect_failed":
        body["versionNumber"] = session.version
    topic = f"{PREFIX}{event.group}/{event.kind}/{session.client_id}"
    properties = NO_PROPERTIES
    if event.kind == "connected" and session.details:
        properties = Properties(user_properties=((DETAILS_KEY, orjson.dumps(session.details).decode()),))
    return Message(topic, orjson.dumps(body | event.members), qos=1, properties=properties)
