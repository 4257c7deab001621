"""A client of the broker: connect, publish until the PUBACK, subscribe, close. The only file that imports gmqtt.

gmqtt's publish answers nothing, so its outgoing store is replaced by one that resolves a future when a packet is
acknowledged, and resolves it as lost when the broker has lost the session; a lost message is sent again. A semaphore
below the broker's Receive Maximum keeps gmqtt from raising OverflowError. gmqtt acknowledges a QoS 1 message only
where its handler is a coroutine function that answers 0, and it does not subscribe again by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote, urlsplit

import gmqtt
from gmqtt.storage import PersistentStorage

from iot.core.message import STAMP_KEY, Message, Properties, Sender, decode_stamp, encode_stamp

log = logging.getLogger(__name__)
logging.getLogger("gmqtt").setLevel(logging.ERROR)

KEEP_ALIVE = 30
IN_FLIGHT = 500
CONNECT_TIMEOUT = 15.0
PUBLISH_TIMEOUT = 30.0
RETRY_SECONDS = 0.5
Handler = Callable[[Message], Awaitable[None]]


class NotPublished(Exception):
    """The broker did not acknowledge a message in time."""


class NotConnected(Exception):
    """The broker cannot be reached, or refuses us."""


class _Store(PersistentStorage):  # type: ignore[misc]  # gmqtt has no types
    """The outgoing packets, each with a future that tells whether it was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.futures: dict[int, asyncio.Future[bool]] = {}
        self.last: asyncio.Future[bool] | None = None

    def push_message(self, mid: int, raw_package: Any) -> None:
        super().push_message(mid, raw_package)
        self.last = self.futures[mid] = asyncio.get_running_loop().create_future()

    def remove_message_by_mid(self, mid: int) -> None:
        super().remove_message_by_mid(mid)
        self._resolve(mid, acknowledged=True)

    def clear(self) -> None:
        super().clear()
        for mid in list(self.futures):
            self._resolve(mid, acknowledged=False)

    def _resolve(self, mid: int, *, acknowledged: bool) -> None:
        future = self.futures.pop(mid, None)
        if future is not None and not future.done():
            future.set_result(acknowledged)


class Client:
    """One MQTT 5 connection to the broker at `url` (mqtt://user:password@host:port), reconnecting by itself.

    `session_expiry` is in seconds; with 0 the session ends with the connection. A message is acknowledged to the
    broker when `on_message` returns, so that it should return only after its work is done.
    """

    def __init__(
        self,
        url: str,
        client_id: str,
        *,
        session_expiry: int = 0,
        receive_maximum: int = 100,
        on_message: Handler | None = None,
        on_connected: Callable[[bool], None] | None = None,
        will: Message | None = None,
    ) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 1883
        self._store = _Store()
        self._filters: dict[str, int] = {}
        self._handler = on_message
        self._on_connected = on_connected
        self._slots = asyncio.Semaphore(IN_FLIGHT)
        self._connected = asyncio.Event()
        self._granted: dict[int, asyncio.Future[tuple[int, ...]]] = {}
        self._client = gmqtt.Client(
            client_id,
            clean_session=session_expiry == 0,
            optimistic_acknowledgement=False,
            persistent_storage=self._store,
            session_expiry_interval=session_expiry,
            receive_maximum=receive_maximum,
            will_message=None if will is None else gmqtt.Message(will.topic, will.payload, will.qos, will.retain),
        )
        self._client.set_config({"reconnect_retries": gmqtt.constants.UNLIMITED_RECONNECTS, "reconnect_delay": 1})
        if parts.username:
            self._client.set_auth_credentials(unquote(parts.username), unquote(parts.password or ""))
        self._client.on_message = self._receive
        self._client.on_connect = self._connect
        self._client.on_disconnect = self._disconnect
        self._client.on_subscribe = self._subscribed

    @property
    def is_connected(self) -> bool:
        return self._connected.is_set()

    async def connect(self) -> None:
        """Connect. Raises NotConnected."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._client.connect(self._host, self._port, keepalive=KEEP_ALIVE)
        except (OSError, TimeoutError, gmqtt.mqtt.handler.MQTTConnectError) as error:
            raise NotConnected(f"The broker at {self._host}:{self._port} cannot be reached: {error}") from None

    async def publish(self, message: Message, *, timeout: float = PUBLISH_TIMEOUT) -> None:
        """Publish; returns when the broker has acknowledged (QoS 1). Raises NotPublished after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._slots:
                while True:
                    await self._connected.wait()
                    acknowledgement = self._send(message)
                    if acknowledgement is None or await acknowledgement:
                        return
        except TimeoutError:
            raise NotPublished(f"The broker did not acknowledge {message.topic} within {timeout} s") from None

    async def subscribe(self, *filters: str, qos: int = 1) -> tuple[int, ...]:
        """Subscribe, now and after every reconnect; answers the broker's reason codes."""
        if not filters:
            return ()
        for topic_filter in filters:
            self._filters[topic_filter] = qos
        await self._connected.wait()
        mid = self._client.subscribe([gmqtt.Subscription(topic_filter, qos=qos) for topic_filter in filters])
        granted = self._granted[mid] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await granted

    async def unsubscribe(self, *filters: str) -> None:
        """End subscriptions."""
        for topic_filter in filters:
            self._filters.pop(topic_filter, None)
            if self._connected.is_set():
                self._client.unsubscribe(topic_filter)

    async def close(self) -> None:
        """Disconnect; what is not acknowledged by then is not sent again."""
        self._connected.clear()
        if self._client._connection is not None:
            await self._client.disconnect()

    def _send(self, message: Message) -> asyncio.Future[bool] | None:
        self._store.last = None
        self._client.publish(
            gmqtt.Message(message.topic, message.payload, message.qos, message.retain, **_outgoing(message))
        )
        return self._store.last if message.qos else None

    async def _receive(self, client: Any, topic: str, payload: bytes, qos: int, properties: dict[str, Any]) -> int:
        if self._handler is not None:
            try:
                await self._handler(_incoming(topic, payload, qos, properties))
            except Exception:
                log.exception("A message on %s could not be handled", topic)
        return 0

    def _connect(self, client: Any, flags: int, code: int, properties: Any) -> None:
        self._connected.set()
        if self._filters and not flags & 1:
            self._client.subscribe([gmqtt.Subscription(one, qos=qos) for one, qos in self._filters.items()])
        if self._on_connected is not None:
            self._on_connected(bool(flags & 1))

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


def _outgoing(message: Message) -> dict[str, Any]:
    properties = message.properties
    found: dict[str, Any] = {
        "content_type": properties.content_type,
        "response_topic": properties.response_topic,
        "correlation_data": properties.correlation_data,
        "payload_format_id": properties.payload_format,
        "message_expiry_interval": properties.message_expiry,
    }
    pairs = list(properties.user_properties)
    if message.sender is not None:
        pairs.append((STAMP_KEY, encode_stamp(message.sender)))
    found["user_property"] = pairs or None
    return {key: value for key, value in found.items() if value is not None}


def _incoming(topic: str, payload: bytes, qos: int, properties: dict[str, Any]) -> Message:
    sender: Sender | None = None
    pairs = []
    for key, value in properties.get("user_property", ()):
        if key == STAMP_KEY:
            sender = decode_stamp(value)
        else:
            pairs.append((key, value))
    correlation = _first(properties, "correlation_data")
    return Message(
        topic,
        bytes(payload),
        qos,
        bool(properties.get("retain", 0)),
        Properties(
            content_type=_first(properties, "content_type"),
            response_topic=_first(properties, "response_topic"),
            correlation_data=correlation.encode() if isinstance(correlation, str) else correlation,
            payload_format=_first(properties, "payload_format_id"),
            message_expiry=_first(properties, "message_expiry_interval"),
            user_properties=tuple(pairs),
        ),
        sender,
    )


def _first(properties: dict[str, Any], name: str) -> Any:
    found = properties.get(name)
    return found[0] if isinstance(found, list) and found else found
