"""The socket of a trace: follows a client, a topic or a rule for a while, and tells what became of each message."""

import time
from collections import deque
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from console import live, live_activity
from console.consumers import Listener
from console.live_activity import Line
from iot.bridge.client import Client
from iot.core import errors
from iot.core.arn import parse_arn
from iot.core.message import Message
from iot.core.topic import RULES_PREFIX, matches
from iot.services import access, topic_rules
from iot.services.call import call
from iot.services.traces import trace

KINDS = ("client", "topic", "rule")
LASTS_SECONDS = 600
SETTLE_SECONDS = 1.0
A_SECOND = 5
RULE_TOLD = "$seen/rule/"


class TraceConsumer(Listener):
    """`?client=ID`, `?topic=FILTER` or `?rule=NAME`; HTML for htmx to swap in.

    A message waits a second, so that what its actions failed at is known. Of more than five a second the rest is
    counted. After ten minutes the trace ends.
    """

    async def opened(self, client: Client) -> None:
        if not access.may_change(self.role or ""):
            raise errors.InvalidRequestException(_("Traces see all messages; they are for operators and admins."))
        self.kind = next((kind for kind in KINDS if self.query.get(kind, [""])[0]), "")
        self.name = self.query.get(self.kind, [""])[0]
        self.waiting: deque[tuple[float, Message]] = deque()
        self.lines: list[Line] = []
        self.second, self.taken, self.left_out = 0, 0, 0
        self.ends = time.monotonic() + LASTS_SECONDS
        self.topic_filter = self.name
        await client.subscribe(*await self._filters(), live_activity.REFUSED, qos=0)
        await self._show([], [])

    async def _filters(self) -> list[str]:
        if self.kind == "client":
            return ["#", "$aws/#"]
        if self.kind == "rule":
            row = await call(topic_rules.find_topic_rule, settings.SCOPE, self.name)
            self.topic_filter = topic_rules.pattern_of(row) or f"{RULES_PREFIX}{self.name}/#"
            return [self.topic_filter, f"{RULES_PREFIX}{self.name}/#", f"{RULE_TOLD}{self.name}"]
        (watch,) = live.read_watches([self.name], may_see_reserved=True, secret_group=settings.BRIDGE_GROUP)
        if watch.refusal:
            raise errors.InvalidRequestException(watch.refusal)
        return [self.name]

    async def on_message(self, message: Message) -> None:
        if message.topic.startswith(("$seen/", "$aws/events/")) and message.sender is None:
            line = told(message)
            if line is not None and self._concerns(line, message):
                self.lines.append(line)
            return
        if self.kind == "client" and (message.sender is None or message.sender.client_id != self.name):
            return
        now = time.time()
        if int(now) != self.second:
            self.second, self.taken = int(now), 0
        self.taken += 1
        if self.taken > A_SECOND:
            self.left_out += 1
        else:
            self.waiting.append((now, message))

    def _concerns(self, line: Line, message: Message) -> bool:
        if self.kind == "client":
            return bool(line.subject == self.name)
        if self.kind == "rule":
            return message.topic == f"{RULE_TOLD}{self.name}"
        arn = parse_arn(line.resource)
        return bool(arn is not None and matches(self.name, arn.name, parent=False))

    async def flush(self) -> bool:
        due = []
        while self.waiting and self.waiting[0][0] <= time.time() - SETTLE_SECONDS:
            due.append(self.waiting.popleft())
        if time.monotonic() >= self.ends:
            await self._show([], self.lines, ended=True)
            await self.close()
            return False
        if due or self.lines:
            lines, self.lines = self.lines[: live.BATCH_ROWS], []
            found = [(at, await call(trace, settings.SCOPE, message)) for at, message in due]
            await self._show(found, lines)
        return False

    async def _show(self, found: list[Any], lines: list[Line], *, ended: bool = False) -> None:
        context = {"traces": found[::-1], "lines": lines[::-1], "left_out": self.left_out, "ended": ended}
        await self.send(text_data=render_to_string("console/live/_traces.html", context))


def told(message: Message) -> Line | None:
    """Read what the gateway or the bridge tells as a line."""
    if not message.topic.startswith(RULE_TOLD):
        return live_activity.read(message)
    body = live_activity.object_of(message.payload)
    outcome = str(body.get("outcome", ""))
    tone = "ok" if outcome == "success" else "danger"
    return Line(
        live_activity.moment_of(body.get("at")),
        "rule",
        tone,
        str(body.get("rule", "")),
        outcome,
        str(body.get("reason", "")),
    )
