"""A client of the broker: connect, publish until the PUBACK, subscribe, close. The only file that imports gmqtt.

gmqtt keeps the connection: handshake, keep-alive, reconnecting, packet identifiers, the store of what is in flight.
Three things it does not do as we need them. Its publish answers nothing and its PUBACK's reason is thrown away; it
starts a task for each message that arrives and writes to the socket for each acknowledgement; and a handler that
fails keeps the message, and its place in the window, until the next reconnect. So PUBLISH and PUBACK are taken out of
its table of packet handlers into ours: what arrives is handed over as a Delivery that acknowledges when its work is
done, and all that is written during one turn of the event loop leaves as one write.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import gmqtt
from gmqtt.storage import PersistentStorage

from iot.bridge.packets import Malformed, decode_publish, encode_publish
from iot.core.message import Message, fault_of

log = logging.getLogger(__name__)
logging.getLogger("gmqtt").setLevel(logging.CRITICAL)

KEEP_ALIVE = 30
RECONNECT_DELAY = 0.2
IN_FLIGHT = 500
RESERVED_IDS = 10
CONNECT_TIMEOUT = 15.0
PUBLISH_TIMEOUT = 30.0
UNSENT_BYTES = 4 * 1024 * 1024
UNSENT_MESSAGES = 10_000
NOT_SENT = 0xFF
UNSENDABLE = 0x81  # MQTT 5's reason code for a malformed packet
_PUBLISH, _PUBACK = 0x30, 0x40

Handler = Callable[[Message], Awaitable[None]]
Done = Callable[[int], None]


class NotPublished(Exception):
    """The broker did not acknowledge a message in time, or refused it."""


class NotConnected(Exception):
    """The broker cannot be reached, or refuses us."""


class Delivery:
    """A message that arrived; it is acknowledged to the broker when every part of its work is released.

    There is one part at the beginning; whoever starts more work on the message holds it first.
    """

    __slots__ = ("_client", "_parts", "link", "message", "packet_id")

    def __init__(self, client: "Client", message: Message, packet_id: int, link: int) -> None:
        self._client = client
        self._parts = 1
        self.message = message
        self.packet_id = packet_id
        self.link = link

    def hold(self) -> None:
        self._parts += 1

    def release(self) -> None:
        self._parts -= 1
        if self._parts == 0 and self.packet_id:
            self._client._finish(self)


class _Store(PersistentStorage):  # type: ignore[misc]  # gmqtt has no types
    """gmqtt's store of outgoing packets; when the broker has lost the session, what was in flight is given back."""

    def __init__(self, lost: Callable[[], None]) -> None:
        super().__init__()
        self._lost = lost

    def clear(self) -> None:
        super().clear()
        self._lost()


class Client:
    """One MQTT 5 connection to the broker at `url` (mqtt://user:password@host:port), reconnecting by itself.

    `session_expiry` is in seconds; with 0 the session ends with the connection. A message is acknowledged to the
    broker when `on_message` returns, so that it should return only after its work is done; `on_delivery`, called in
    the order of arrival, is for those who work in batches.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        session_expiry: int = 0,
        receive_maximum: int = 100,
        on_message: Handler | None = None,
        on_delivery: Callable[[Delivery], None] | None = None,
        on_connected: Callable[[bool], None] | None = None,
        will: Message | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 1883
        self._filters: dict[str, tuple[int, bool]] = {}
        self._on_delivery = on_delivery or partial(self._start, on_message)
        self._on_connected = on_connected
        self._connected = asyncio.Event()
        self._granted: dict[int, asyncio.Future[tuple[int, ...]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._window = IN_FLIGHT
        self._link = 0
        self._running: dict[int, Delivery] = {}
        self._flying: dict[int, tuple[Message, Done]] = {}
        self._unsent: deque[tuple[Message, Done]] = deque()
        self._out: list[bytes] = []
        self._store = _Store(self._give_back)
        self._client = gmqtt.Client(
            client_id,
            clean_session=session_expiry == 0,
            optimistic_acknowledgement=False,
            persistent_storage=self._store,
            session_expiry_interval=session_expiry,
            receive_maximum=receive_maximum,
            will_message=None if will is None else gmqtt.Message(will.topic, will.payload, will.qos, will.retain),
        )
        self._client.set_config(
            {"reconnect_retries": gmqtt.constants.UNLIMITED_RECONNECTS, "reconnect_delay": RECONNECT_DELAY}
        )
        if parts.username:
            self._client.set_auth_credentials(unquote(parts.username), unquote(parts.password or ""))
        self._ids = self._client._package_handler.id_generator
        self._client._package_handler._handler_cache.update({_PUBLISH: self._arrived, _PUBACK: self._acknowledged})
        self._client.on_connect = self._connect
        self._client.on_disconnect = self._disconnect
        self._client.on_subscribe = self._subscribed

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def wait_connected(self) -> None:
        """Wait for the broker."""
        await self._connected.wait()

    async def connect(self) -> None:
        """Connect. Raises NotConnected."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._client.connect(self._host, self._port, keepalive=KEEP_ALIVE)
        except (OSError, TimeoutError, gmqtt.mqtt.handler.MQTTConnectError) as error:
            await self.close()  # else gmqtt goes on by itself, with a socket that nobody closes
            raise NotConnected(f"The broker at {self._host}:{self._port} cannot be reached: {error}") from None

    async def publish(self, message: Message, *, timeout: float = PUBLISH_TIMEOUT) -> None:
        """Publish; returns when the broker has acknowledged (QoS 1). Raises NotPublished after `timeout` seconds."""
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.post(message, partial(_resolve, future))
        try:
            async with asyncio.timeout(timeout):
                code = await future
        except TimeoutError:
            raise NotPublished(f"The broker did not acknowledge {message.topic} within {timeout} s") from None
        if code >= 0x80:
            raise NotPublished(f"The broker refused {message.topic} with reason code 0x{code:02X}")

    async def publish_all(self, messages: list[Message], *, timeout: float = PUBLISH_TIMEOUT) -> None:
        """Publish messages in order; returns when the broker has acknowledged them all. Raises NotPublished."""
        if not messages:
            return
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        left = len(messages)

        def done(code: int) -> None:
            nonlocal left
            left -= 1
            if code >= 0x80 or left == 0:
                _resolve(future, code)

        for message in messages:
            self.post(message, done)
        try:
            async with asyncio.timeout(timeout):
                code = await future
        except TimeoutError:
            raise NotPublished(f"The broker left {left} messages unacknowledged for {timeout} s") from None
        if code >= 0x80:
            raise NotPublished(f"The broker refused a message with reason code 0x{code:02X}")

    def post(self, message: Message, done: Done) -> None:
        """Publish without waiting; `done` hears the PUBACK's reason code once, for QoS 0 as soon as it is written.

        What waits for the broker waits here; of QoS 0 only so much, the rest is told as NOT_SENT. What would end the
        connection is not sent, and told as UNSENDABLE.
        """
        if fault := fault_of(message):
            log.error("A message on %r cannot be published: %s", message.topic[:100], fault)
            done(UNSENDABLE)
            return
        if message.qos == 0 and self._is_congested():
            done(NOT_SENT)
            return
        self._unsent.append((message, done))
        self._pump()

    async def subscribe(self, *filters: str, qos: int = 1, retained: bool = True) -> tuple[int, ...]:
        """Subscribe, now and after every reconnect; answers the broker's reason codes.

        `retained` says whether retained messages are wanted at once.
        """
        if not filters:
            return ()
        self._filters.update(dict.fromkeys(filters, (qos, retained)))
        await self._connected.wait()
        mid = self._client.subscribe(self._subscriptions(filters, 0))
        granted: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
        self._granted[mid] = granted
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await granted

    def _subscriptions(self, filters: Iterable[str], handling: int) -> list[gmqtt.Subscription]:
        """Make what gmqtt sends; `handling` is MQTT 5's retain handling where retained messages are wanted."""
        return [
            gmqtt.Subscription(one, qos=qos, retain_handling_options=handling if retained else 2)
            for one in filters
            for qos, retained in (self._filters[one],)
        ]

    async def unsubscribe(self, *filters: str) -> None:
        """End subscriptions."""
        for topic_filter in filters:
            self._filters.pop(topic_filter, None)
            if self._connected.is_set():
                self._client.unsubscribe(topic_filter)

    def pause_reading(self) -> None:
        """Read nothing more from the broker until `resume_reading`; for messages of QoS 0, which have no window."""
        if self._connected.is_set():
            self._client._connection._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._connected.is_set():
            self._client._connection._transport.resume_reading()

    async def close(self) -> None:
        """Disconnect; what is not acknowledged by then is not sent again."""
        self._flush()
        self._connected.clear()
        if self._client._connection is not None:
            with contextlib.suppress(OSError):
                await self._client.disconnect()
            # One turn of the loop, in which the transport closes its socket and gmqtt's task of reconnecting ends.
            await asyncio.sleep(0)

    # What goes out

    def _is_congested(self) -> bool:
        if not self._connected.is_set() or len(self._unsent) >= UNSENT_MESSAGES:
            return len(self._unsent) >= UNSENT_MESSAGES
        return bool(self._client._connection._transport.get_write_buffer_size() > UNSENT_BYTES)

    def _pump(self) -> None:
        while self._unsent and self._connected.is_set() and len(self._flying) < self._window:
            message, done = self._unsent.popleft()
            if message.qos == 0:
                self._write(encode_publish(message, 0))
                done(0)
                continue
            packet_id = self._ids.next_id()
            packet = encode_publish(message, packet_id)
            self._flying[packet_id] = (message, done)
            self._store.push_message(packet_id, packet)
            self._write(packet)

    def _write(self, packet: bytes) -> None:
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(packet)

    def _flush(self) -> None:
        packets, self._out = self._out, []
        if packets and self._connected.is_set():
            self._client._connection.send_package(b"".join(packets))

    def _acknowledged(self, command: int, body: bytes) -> None:
        packet_id = body[0] << 8 | body[1]
        self._ids.free_id(packet_id)
        self._store.remove_message_by_mid(packet_id)
        found = self._flying.pop(packet_id, None)
        if found is not None:
            found[1](body[2] if len(body) > 2 else 0)
        if self._unsent:
            self._pump()

    def _give_back(self) -> None:
        """The broker knows nothing of what was in flight: send it again, before everything else, in its order."""
        for packet_id in self._flying:
            self._ids.free_id(packet_id)
        self._unsent.extendleft(reversed(self._flying.values()))
        self._flying.clear()

    # What comes in

    def _arrived(self, command: int, body: bytes) -> None:
        try:
            message, packet_id = decode_publish(command & 0x0F, body)
        except Malformed as error:
            log.error("The broker sent a PUBLISH that cannot be read: %s", error)
            return
        delivery = Delivery(self, message, packet_id, self._link)
        if packet_id:
            running = self._running.get(packet_id)
            if running is not None and command & 0x08 and running.message == message:
                # Sent again after a reconnect while its work goes on: that work acknowledges on the new connection.
                running.link = self._link
                return
            self._running[packet_id] = delivery
        try:
            self._on_delivery(delivery)
        except Exception:
            log.exception("A message on %s could not be handled", message.topic)
            delivery.release()

    def _finish(self, delivery: Delivery) -> None:
        if self._running.get(delivery.packet_id) is delivery:
            del self._running[delivery.packet_id]
            if delivery.link == self._link:
                self._write(b"\x40\x02" + delivery.packet_id.to_bytes(2, "big"))

    def _start(self, handler: Handler | None, delivery: Delivery) -> None:
        if handler is None:
            delivery.release()
            return
        task = asyncio.get_running_loop().create_task(self._handle(handler, delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, handler: Handler, delivery: Delivery) -> None:
        try:
            await handler(delivery.message)
        except Exception:
            log.exception("A message on %s could not be handled", delivery.message.topic)
        delivery.release()

    # What gmqtt reports

    def _connect(self, client: Any, flags: int, code: int, properties: dict[str, Any]) -> None:
        self._link += 1
        self._out.clear()
        self._window = max(1, min(IN_FLIGHT, self._ids._max - RESERVED_IDS))
        self._connected.set()
        if not flags & 1:
            self._running.clear()
        self._client.subscriptions.clear()
        if self._filters:
            # Also in a session that is still there: a broker that was killed may remember one that lacks the newest.
            self._client.subscribe(self._subscriptions(self._filters, 1))
        if self._on_connected is not None:
            self._on_connected(bool(flags & 1))
        self._pump()

    def _disconnect(self, client: Any, packet: Any) -> None:
        self._connected.clear()
        for future in self._granted.values():
            if not future.done():
                future.set_result(())
        self._granted.clear()

    def _subscribed(self, client: Any, mid: int, codes: tuple[int, ...], properties: Any) -> None:
        future = self._granted.pop(mid, None)
        if future is not None and not future.done():
            future.set_result(tuple(codes))


def _resolve(future: "asyncio.Future[int]", code: int) -> None:
    if not future.done():
        future.set_result(code)
