"""The gateway's own connection to the broker: notices of change, orders to end connections, direct messages.

Topics: `$changed/<kind>/<name>`, `$gateway/disconnect/<client>`, `$gateway/direct/<client>`, `$gateway/flow/<client>`
(what is under way? answered on the topic that the question names), and among gateways `$gateway/taken/<client>` (a
client id has come here), `$gateway/hello` (who lives?) and `$gateway/here/<gateway>`.
"""

import asyncio
import base64
import binascii
import logging
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import orjson

from iot.bridge import outbox
from iot.bridge.client import Client, NotConnected
from iot.core.arn import Scope
from iot.core.message import Message
from iot.core.mqtt.events import Cause
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.clients import Clients
from iot.gateway.connection import Device
from iot.gateway.presence import Presence, Session
from iot.gateway.principals import Principals
from iot.services import gateway_principals
from iot.services.call import call

log = logging.getLogger(__name__)

POLL_SECONDS = 2.0
WINDOW_SECONDS = 15.0
PRUNE_SECONDS = 600.0
HELLO_SECONDS = 3.0
RETRY_SECONDS = 0.5
FILTERS = ("$changed/#", "$gateway/#")


Listener = Callable[[str], Coroutine[Any, Any, None]]


class Control:
    """One per gateway process."""

    def __init__(self, scope: Scope, url: str, clients: Clients) -> None:
        self._scope = scope
        self._clients = clients
        self._url = url
        self._client: Client | None = None
        self._principals: Principals | None = None
        self._presence: Presence | None = None
        self._living: set[str] = set()
        self._seen: dict[int, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listeners: dict[str, Listener] = {}

    def listen(self, kind: str, listener: Listener) -> None:
        """Tell a listener what has changed of a kind, by name; by an empty one after a gap in the notices."""
        self._listeners[kind] = listener

    async def start(self, principals: Principals, presence: Presence) -> None:
        """Connect, however long the broker takes, and begin to listen and to poll."""
        self._principals, self._presence = principals, presence
        self._client = Client(
            self._url,
            f"$gateway-{presence.gateway_id}",
            on_message=self._receive,
            on_connected=self._on_connected,
        )
        while True:
            try:
                await self._client.connect()
                break
            except NotConnected as error:
                log.warning("%s", error)
                await asyncio.sleep(RETRY_SECONDS)
        await self._client.subscribe(*FILTERS)
        outbox.attach(self._client, asyncio.get_running_loop())
        self._spawn(self._poll())
        self._spawn(self._sweep())

    async def stop(self) -> None:
        outbox.detach()
        for task in self._tasks:
            task.cancel()
        if self._client is not None:
            await self._client.close()

    async def publish(self, message: Message) -> None:
        """Publish on the gateway's own behalf. Raises NotPublished."""
        if self._client is not None:
            await self._client.publish(message)

    def tell_taken(self, session: Session, clean_start: bool) -> None:
        """Tell the other gateways that a client id has come here."""
        body = {"session": session.identifier, "cleanStart": clean_start}
        topic = f"$gateway/taken/{_encode(session.client_id)}"
        if self._client is not None and self._client.is_connected:
            self._spawn(self.publish(Message(topic, orjson.dumps(body))))

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_connected(self, session_present: bool) -> None:
        if self._principals is not None:
            self._principals.reload_all()
        for listener in self._listeners.values():
            self._spawn(listener(""))

    async def _receive(self, message: Message) -> None:
        area, _, rest = message.topic.partition("/")
        kind, _, name = rest.partition("/")
        text = _decode(name)
        if text is None:
            return
        if area == "$changed":
            self._changed(kind, text)
            return
        try:
            body = orjson.loads(message.payload or b"{}")
        except orjson.JSONDecodeError:
            return
        if isinstance(body, dict):
            self._ordered(kind, text, body, message)

    def _changed(self, kind: str, name: str) -> None:
        if self._principals is not None:
            self._principals.apply(kind, name)
        if (listener := self._listeners.get(kind)) is not None:
            self._spawn(listener(name))

    def _ordered(self, kind: str, name: str, body: dict[str, Any], message: Message) -> None:
        device = self._clients.with_client_id(name)
        if kind == "hello" and self._presence is not None:
            self._spawn(self.publish(Message(f"$gateway/here/{_encode(self._presence.gateway_id)}", b"{}")))
        elif kind == "here":
            self._living.add(name)
        elif kind == "taken" and device is not None:
            session = str(body.get("session", ""))
            if self._presence is not None and not session.startswith(self._presence.gateway_id):
                device.taken(clean_start=bool(body.get("cleanStart")))
        elif kind == "disconnect" and device is not None:
            device.end(
                ReasonCode.ADMINISTRATIVE_ACTION,
                Cause.API_INITIATED_DISCONNECT,
                will=not body.get("preventWill", False),
                clear_session=bool(body.get("clean", False)),
            )
        elif kind == "direct" and device is not None:
            self._direct(device, body, message.properties.response_topic)
        elif kind == "flow" and device is not None and message.properties.response_topic:
            self._answer(message.properties.response_topic, device.flow())

    def _direct(self, device: Device, body: dict[str, Any], answer_to: str | None) -> None:
        """Deliver a message of SendDirectMessage; whoever waits for it hears of its PUBACK, or that it may not go."""
        topic, payload, properties = _message(body)
        if answer_to is None:
            device.deliver(topic, payload, int(bool(body.get("qos"))), properties)
        elif not device.deliver(topic, payload, 1, properties, partial(self._answer, answer_to, {"delivered": True})):
            self._answer(answer_to, {"delivered": False})

    def _answer(self, topic: str, body: dict[str, Any]) -> None:
        self._spawn(self.publish(Message(topic, orjson.dumps(body))))

    async def _poll(self) -> None:
        """Find changes whose notices were lost, and certificates that have run out."""
        pruned = time.time()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self._look()
                if time.time() - pruned > PRUNE_SECONDS:
                    pruned = time.time()
                    await call(gateway_principals.prune_notices)
            except Exception:
                log.exception("Changes could not be polled")

    async def _look(self) -> None:
        now = time.time()
        notices = await call(gateway_principals.notices_since, self._scope, now - WINDOW_SECONDS)
        for notice in notices:
            if notice.id not in self._seen:
                self._changed(notice.kind, notice.name)
            self._seen[notice.id] = now
        self._seen = {one: at for one, at in self._seen.items() if now - at < 2 * WINDOW_SECONDS}
        if self._principals is not None:
            self._principals.forget_expired()

    async def _sweep(self) -> None:
        """Ask which gateways live, and end the sessions of those that do not answer."""
        await self.publish(Message("$gateway/hello", b"{}"))
        await asyncio.sleep(HELLO_SECONDS)
        if self._presence is not None:
            await self._presence.end_orphans(self._living)


def _message(body: dict[str, Any]) -> tuple[str, bytes, Properties]:
    """Read topic, payload and properties of a direct message, as services.connections writes them."""
    pairs = tuple((str(key), str(value)) for key, value in body.get("userProperties") or ())
    correlation = body.get("correlationData")
    properties = Properties(
        content_type=body.get("contentType"),
        response_topic=body.get("responseTopic"),
        correlation_data=None if correlation is None else base64.b64decode(correlation),
        payload_format_indicator=body.get("payloadFormat"),
        user_property=pairs,
    )
    return str(body["topic"]), base64.b64decode(body["payload"]), properties


def _encode(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _decode(name: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(name.encode()).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
