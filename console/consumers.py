"""WebSockets. Each viewer has its own connection to the broker, which ends with its socket."""

import asyncio
import contextlib
import logging
import time
import uuid
from typing import Any
from urllib.parse import parse_qs

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from console import live, live_activity, live_start
from console.languages import language_of_scope
from iot.bridge.client import Client, NotConnected
from iot.core import errors
from iot.core.message import Message
from iot.services import access, things, tutorials
from iot.services.call import call

log = logging.getLogger(__name__)

BATCH_SECONDS = 0.1
DRAIN_SECONDS = 0.02
ASK_SECONDS = 1.0
FULL_MESSAGES = 1_000
FULL_BYTES = 16 * 1024 * 1024
FORBIDDEN, NOWHERE, BROKEN = 4403, 4404, 1011


class NowhereConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """Closes a socket of an unknown path with 4404."""

    async def connect(self) -> None:
        await self.close(code=NOWHERE)


class Listener(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    """A socket with a subscription of its own: `opened` says to what, `on_message` takes in, `flush` gives out."""

    client: Client | None = None
    ticker: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        user = self.scope.get("user")
        self.role = None
        translation.activate(language_of_scope(self.scope))
        if user is not None and user.is_authenticated:
            self.role = await call(access.role_of, user, settings.ACCOUNT_ID)
        if self.role is None:
            await self.close(code=FORBIDDEN)
            return
        self.query = parse_qs(self.scope["query_string"].decode(), keep_blank_values=True)
        await self.accept()
        client = Client(settings.BROKER_URL, f"$web-{uuid.uuid4().hex[:20]}", on_message=self.on_message)
        try:
            await client.connect()
            self.client = client
            await self.opened(client)
        except (NotConnected, TimeoutError) as error:
            await self.tell({"broken": str(error) or _("The broker does not answer")})
            await self._end()
            await self.close(code=BROKEN)
            return
        except errors.AwsError as error:
            await self.tell({"broken": error.message})
            await self._end()
            await self.close(code=NOWHERE)
            return
        self.ticker = asyncio.get_running_loop().create_task(self._tick())

    async def disconnect(self, code: int) -> None:
        if self.ticker is not None:
            self.ticker.cancel()
        await self._end()

    async def _end(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            await client.close()

    async def opened(self, client: Client) -> None:
        raise NotImplementedError

    async def on_message(self, message: Message) -> None:
        raise NotImplementedError

    async def flush(self) -> bool:
        """Give out what waits; answers whether there is more to come at once."""
        raise NotImplementedError

    async def tell(self, body: Any) -> None:
        await self.send(text_data=orjson.dumps(body).decode())

    async def _tick(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                more = await self.flush()
                await asyncio.sleep(DRAIN_SECONDS if more else BATCH_SECONDS)


class LiveConsumer(Listener):
    """The live viewer: `?filter=` (perhaps more than one, perhaps `1:filter` for QoS 1) says what it watches.

    The page gets `{"granted": […]}` once, then `{"rows": […], "counts": {…}}`. It may send `{"do": "pause"}`,
    `{"do": "resume"}`, and `{"do": "full", "n": 12}` for a payload that was cut.
    """

    async def opened(self, client: Client) -> None:
        self.watches = live.read_watches(
            self.query.get("filter", ()),
            may_see_reserved=access.may_change(self.role or ""),
            secret_group=settings.BRIDGE_GROUP,
        )
        self.stream = live.Stream(self.watches)
        self.kept: dict[int, bytes] = {}
        self.kept_bytes = 0
        self.was_connected = True
        granted = []
        for watch in self.watches:
            granted.append(await self._subscribe(client, watch))
        await self.tell({"granted": granted})

    async def _subscribe(self, client: Client, watch: live.Watch) -> dict[str, Any]:
        answer: dict[str, Any] = {"filter": watch.topic_filter, "qos": watch.qos, "refused": watch.refusal}
        if not watch.refusal:
            codes = await client.subscribe(watch.topic_filter, qos=watch.qos)
            if not codes or codes[0] >= 0x80:
                answer["refused"] = _("The broker refused it with reason code 0x%(code)02X") % {
                    "code": codes[0] if codes else 0x80
                }
            else:
                answer["granted"] = codes[0]
        return answer

    async def on_message(self, message: Message) -> None:
        self.stream.add(message, int(time.time() * 1000))

    async def flush(self) -> bool:
        batch = self.stream.take()
        body: dict[str, Any] = {}
        if batch:
            body["rows"] = [live.row(one) for one in batch]
            for one in batch:
                self._keep(one)
        counts = self.stream.counts()
        if counts is not None:
            body["counts"] = counts
        connected = self.client is not None and self.client.is_connected
        if connected != self.was_connected:
            body["broker"] = self.was_connected = connected
        if body:
            await self.tell(body)
        return self.stream.draining

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.ticker is None:
            return
        asked = _object(text_data)
        if asked.get("do") == "pause":
            self.stream.pause()
        elif asked.get("do") == "resume":
            self.stream.resume()
        elif asked.get("do") == "full":
            await self._full(asked.get("n"))

    def _keep(self, arrival: live.Arrival) -> None:
        """Keep what was cut for whoever opens it, within limits."""
        if len(arrival.message.payload) <= live.SHOWN_BYTES:
            return
        self.kept[arrival.number] = arrival.message.payload
        self.kept_bytes += len(arrival.message.payload)
        while len(self.kept) > FULL_MESSAGES or self.kept_bytes > FULL_BYTES:
            self.kept_bytes -= len(self.kept.pop(next(iter(self.kept))))

    async def _full(self, number: Any) -> None:
        payload = self.kept.get(number) if isinstance(number, int) else None
        if payload is not None:
            await self.tell({"full": number, **live.written_payload(payload, len(payload))})


class ActivityConsumer(Listener):
    """What happens to one thing (`?thing=NAME`), one client (`?client=ID`) or to all, as HTML for htmx to swap in."""

    async def opened(self, client: Client) -> None:
        self.lines: list[live_activity.Line] = []
        self.left_out = 0
        self.subjects: frozenset[str] = frozenset(self.query.get("client", ()))
        name = self.query.get("thing", [""])[0]
        if name:
            self.subjects = frozenset({name}) | await self._principals(name)
        await client.subscribe(*live_activity.filters(name), qos=0)
        if name:
            await client.subscribe("$aws/events/presence/+/+", "$aws/events/subscriptions/+/+", qos=0)
        await self.send(text_data=render_to_string("console/live/_activity.html", {"lines": ()}))

    async def _principals(self, name: str) -> frozenset[str]:
        return await call(principals_of, name)

    async def on_message(self, message: Message) -> None:
        line = live_activity.read(message)
        if line is None or not live_activity.concerns(line, self.subjects, _object(message.payload)):
            return
        if len(self.lines) >= live.BATCH_ROWS:
            self.left_out += 1
            return
        self.lines.append(line)

    async def flush(self) -> bool:
        if self.lines:
            lines, self.lines = self.lines[::-1], []
            context = {"lines": lines, "left_out": self.left_out}
            await self.send(text_data=render_to_string("console/live/_activity.html", context))
        return False


class StartConsumer(Listener):
    """The tutorial's ear: listens for the event that proves `?step=`, and says what it has seen when nothing comes."""

    async def opened(self, client: Client) -> None:
        self.step = self.query.get("step", [""])[0]
        state = await call(tutorials.find, settings.SCOPE, self.scope["user"])
        if state is None or self.step not in tutorials.STEPS:
            raise errors.ResourceNotFoundException(_("There is no such step under way"))
        self.proof = live_start.Proof(self.step, state.thing_name, state.certificate_id, state.wish)
        self.began = time.monotonic()
        self.told = ""
        self.done = self.asks = False
        self.ask_at = 0.0
        self.wide = False
        await client.subscribe(*live_start.filters(self.step, state.thing_name), qos=0)

    async def on_message(self, message: Message) -> None:
        if message.topic.startswith("$changed/"):
            self.asks = True
        else:
            self.proof.take(message)

    async def flush(self) -> bool:
        if self.done:
            return False
        if self.asks or time.monotonic() >= self.ask_at:
            self.asks, self.ask_at = False, time.monotonic() + ASK_SECONDS
            self.proof.found(await call(already_proven, self.scope["user"], self.step))
        waited = time.monotonic() - self.began
        if self.proof.proven is not None:
            self.done = True
            await call(tutorials.mark, settings.SCOPE, self.scope["user"], step=self.step)
        elif waited >= live_start.PATIENCE and self.step == "message" and not self.wide and self.client is not None:
            self.wide = True
            await self.client.subscribe("#", qos=0)
        context = {
            "step": self.step,
            "proof": self.proof,
            "late": waited >= live_start.PATIENCE,
            "seen": self.proof.seen() if waited >= live_start.PATIENCE else (),
        }
        html = render_to_string("console/start/_proof.html", context)
        if html != self.told:
            self.told = html
            await self.send(text_data=html)
        return False


def already_proven(user: Any, step: str) -> bool:
    """Say whether a step's event came before its page listened."""
    row = tutorials.find(settings.SCOPE, user)
    return row is not None and tutorials.already_proven(settings.SCOPE, row, step=step)


def principals_of(thing_name: str) -> frozenset[str]:
    """Answer the ids of a thing's certificates. Raises ResourceNotFoundException."""
    rows = things.thing_principals(settings.SCOPE, thing_name=thing_name)
    return frozenset(row.principal.rpartition("/")[2] for row in rows)


def _object(text: str | bytes | None) -> dict[str, Any]:
    try:
        body = orjson.loads(text or b"")
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
