"""Refusals on their way to the console's page: gathered for a second, alike ones counted, a few kinds per client.

A client that is refused all the time costs a handful of rows a second at most; the rest is counted in its last entry.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from iot.bridge.client import NotPublished
from iot.core.arn import Scope
from iot.core.message import Message
from iot.gateway.authorize import Refused
from iot.services import refusals
from iot.services.call import call

log = logging.getLogger(__name__)

SEEN_TOPIC = "$seen/refused"
HANDSHAKE_TOPIC = "$seen/handshake"
INTERVAL = 1.0
KINDS_PER_CLIENT = 5
CLIENTS = 2_000
HANDSHAKES = 20

Publish = Callable[[Message], Awaitable[None]]


class RefusalLog:
    """Gathers refusals and failed handshakes; `start` and `stop` belong around everything else."""

    def __init__(self, scope: Scope, publish: Publish) -> None:
        self._scope = scope
        self._publish = publish
        self._entries: dict[str, dict[tuple[str, str, str], dict[str, Any]]] = {}
        self._handshakes: list[dict[str, Any]] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await self._flush()

    def refused(self, refused: Refused, *, client_id: str, principal: str, address: str) -> None:
        """Note what a policy or a reserved topic forbids."""
        statement = refused.statement
        self.note(
            client_id=client_id,
            principal=principal,
            address=address,
            action=refused.action,
            resource=refused.resource,
            reason=refused.why.value,
            policy="" if statement is None else statement.policy,
            statement_index=None if statement is None else statement.index,
            statement=None if statement is None else dict(statement.source),
        )

    def note(self, *, client_id: str, action: str, resource: str, reason: str, **members: Any) -> None:
        """Note any refusal."""
        log.info("%s was refused %s on %s: %s", client_id, action, resource, reason)
        now = time.time()
        kinds = self._kinds(client_id or members.get("address", ""))
        if kinds is None:
            return
        entry = kinds.get((action, resource, reason))
        if entry is None and len(kinds) >= KINDS_PER_CLIENT:
            entry = next(reversed(kinds.values()))
        if entry is not None:
            entry["count"] += 1
            entry["at"] = now
            return
        kinds[action, resource, reason] = {
            "client_id": client_id,
            "action": action,
            "resource": resource,
            "reason": reason,
            "count": 1,
            "first_at": now,
            "at": now,
            **members,
        }

    def handshake(self, address: str, reason: str) -> None:
        """Note a TLS handshake that failed."""
        if len(self._handshakes) < HANDSHAKES:
            self._handshakes.append({"address": address, "reason": reason, "at": time.time()})

    def _kinds(self, client: str) -> dict[tuple[str, str, str], dict[str, Any]] | None:
        kinds = self._entries.get(client)
        if kinds is None and len(self._entries) < CLIENTS:
            kinds = self._entries[client] = {}
        return kinds

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await self._flush()
            except Exception:
                log.exception("Refusals could not be written")

    async def _flush(self) -> None:
        entries = [entry for kinds in self._entries.values() for entry in kinds.values()]
        handshakes, self._handshakes = self._handshakes, []
        self._entries = {}
        if entries:
            await call(refusals.record, self._scope, entries)
        try:
            for entry in entries:
                await self._publish(Message(SEEN_TOPIC, json.dumps(entry).encode()))
            for failure in handshakes:
                await self._publish(Message(HANDSHAKE_TOPIC, json.dumps(failure).encode()))
        except NotPublished:
            return
