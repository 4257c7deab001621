"""One device's two streams around the proxy: bytes in, bytes out, and what the proxy's events ask for.

Reading from the device is held back for several reasons: the broker or the device does not take more, the proxy wants a
pause, the broker has just gone, or the device sends more bytes a second than it may. Who the device is and what it may
do is its `standing`.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from iot.bridge.client import NotPublished
from iot.core.message import Message, encode_stamp
from iot.core.mqtt.events import (
    Cause,
    Connected,
    ConnectRequested,
    Delivered,
    Ended,
    Event,
    PublishRefused,
    ReceiveRefused,
    Retained,
    Subscribed,
    SubscribeRefused,
    Unsubscribed,
)
from iot.core.mqtt.packets import Connect
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.proxy import Proxy
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.authenticate import Authenticate
from iot.gateway.behalf import retained_copy, retained_message, will_message
from iot.gateway.holds import (
    BROKER_FULL,
    BROKER_GONE,
    DEVICE_FULL,
    PROXY_WAITS,
    TOO_MANY_BYTES,
    TOO_MANY_MESSAGES,
    Hold,
)
from iot.gateway.limits import Bucket
from iot.gateway.presence import Session
from iot.gateway.principals import Principal
from iot.gateway.session_facts import describe, flow
from iot.gateway.shared import Shared
from iot.gateway.standing import Standing, Unwelcome
from iot.gateway.stream import Stream
from iot.gateway.upstream import Upstream

log = logging.getLogger(__name__)

PARTIAL_SECONDS = 60.0
TAKEN_SECONDS = 0.25
_tasks: set[asyncio.Task[None]] = set()


class Device:
    """A device that speaks MQTT on a stream."""

    __slots__ = (
        "__weakref__",
        "_broker_hold",
        "_bytes",
        "_confirming",
        "_counted",
        "_ended",
        "_heard",
        "_hold",
        "_loop",
        "_packets",
        "_partial_since",
        "_proxy",
        "_session",
        "_shared",
        "_standing",
        "_stream",
        "_task",
        "_timer",
        "_upstream",
    )

    def __init__(self, shared: Shared, stream: Stream, authenticate: Authenticate) -> None:
        self._shared = shared
        self._stream = stream
        self._standing = Standing(shared, stream, authenticate)
        self._loop = asyncio.get_running_loop()
        self._proxy = Proxy(shared.proxy)
        self._bytes = Bucket(shared.limits.bytes, shared.limits.bytes * shared.limits.burst_seconds)
        self._confirming: dict[int, Callable[[], None]] = {}
        self._upstream: Upstream | None = None
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._ended: Ended | None = None
        self._heard = self._loop.time()
        self._partial_since = 0.0
        self._packets = 0
        self._counted = (0, 0)
        self._hold = Hold(stream)
        self._broker_hold = Hold()
        shared.clients.add(self)

    # What the streams tell

    def data_received(self, data: bytes) -> None:
        wait = self._bytes.spend(len(data))
        if wait > 0:
            self._throttle(wait)
        self._proxy.feed_device(data)
        self._hear()
        self._pump()

    def connection_lost(self, error: Exception | None) -> None:
        self._proxy.device_lost()
        self._pump()

    def pause_writing(self) -> None:
        self._hold.set(DEVICE_FULL, True)
        self._broker_hold.set(DEVICE_FULL, True)

    def resume_writing(self) -> None:
        self._hold.set(DEVICE_FULL, False)
        self._broker_hold.set(DEVICE_FULL, False)

    def broker_received(self, data: bytes) -> None:
        self._proxy.feed_broker(data)
        self._pump()
        judge = self._standing.judge
        if judge is not None and judge.debt > 0:
            self._broker_hold.set(TOO_MANY_MESSAGES, True)
            self._loop.call_later(judge.debt, self._broker_hold.set, TOO_MANY_MESSAGES, False)
            judge.debt = 0.0

    def broker_closed(self) -> None:
        """A broker that closes without a word has perhaps given the client id away: wait a moment for that news."""
        self._upstream = self._broker_hold.side = None
        if self._session is None or self._ended is not None:
            self._broker_gone()
            return
        self._hold.set(BROKER_GONE, True)
        self._timer = self._loop.call_later(TAKEN_SECONDS, self._broker_gone)

    def pause_broker_writing(self) -> None:
        self._hold.set(BROKER_FULL, True)

    def resume_broker_writing(self) -> None:
        self._hold.set(BROKER_FULL, False)

    # What the gateway tells

    def check(self, now: float) -> None:
        """Look at the deadlines; called every second or so."""
        self._count()
        if self._session is None:
            return
        if self._partial_since and now - self._partial_since > PARTIAL_SECONDS:
            self.end(ReasonCode.PROTOCOL_ERROR, Cause.CLIENT_ERROR, detail="A packet was not finished in time")
        elif self._proxy.keep_alive and now - self._heard > 1.5 * self._proxy.keep_alive:
            self._proxy.keep_alive_expired()
            self._pump()
        elif (why := self._standing.run_out(now)) is not None:
            self._oust(why)
        elif self._standing.is_due(now):
            self._spawn(self._renew())

    def end(
        self, code: ReasonCode, cause: Cause, *, will: bool = True, clear_session: bool = False, detail: str = ""
    ) -> None:
        """End the connection from our side."""
        self._proxy.end(code, cause, will=will, clear_session=clear_session, detail=detail)
        self._pump()

    def taken(self, *, clean_start: bool) -> None:
        """The client id has connected again, here or elsewhere.

        A broker does not send the will when the session goes on; AWS and MQTT 5 do.
        """
        due = self._upstream is None and not clean_start
        self.end(ReasonCode.SESSION_TAKEN_OVER, Cause.DUPLICATE_CLIENTID)
        will = self._ended.will if self._ended is not None else None
        if due and will is not None and self._session is not None:
            self._publish(will_message(will, self._standing.sender))

    def deliver(
        self, topic: str, payload: bytes, qos: int, properties: Properties, confirmed: Callable[[], None] | None = None
    ) -> bool:
        """Send a direct message, if the device may receive on that topic; says whether it was sent.

        `confirmed` is called when the device has acknowledged it, with QoS 1.
        """
        judge = self._standing.judge
        if self._session is None or judge is None:
            return False
        refused = judge.authority.may_receive(topic)
        if refused is not None:
            self._standing.teller.refused(refused)
            return False
        sent = self._proxy.deliver(topic, payload, qos=qos, properties=properties)
        if confirmed is not None and sent > 0:
            self._confirming[sent] = confirmed
        self._pump()
        return sent >= 0

    def reauthorize(self, principal: Principal | None) -> None:
        """Decide anew, because the principal has changed or is gone."""
        if self._ended is None:
            self._oust(self._standing.reauthorize(principal, self._proxy.subscriptions))

    @property
    def session(self) -> Session | None:
        """The session that events tell of, once the device is connected."""
        return self._session

    def flow(self) -> dict[str, int | None]:
        """Count what is under way."""
        return flow(self._proxy)

    # Between proxy and streams

    def _pump(self) -> None:
        proxy = self._proxy
        while True:
            if out := proxy.to_broker():
                self._to_broker(out)
            if out := proxy.to_device():
                self._stream.write(out)
            events = proxy.events()
            if not events:
                break
            for event in events:
                self._handle(event)
        if self._ended is not None:
            self._close()
            return
        if proxy.tired:
            self._loop.call_soon(self._take_turn)
        if proxy.wants_pause != self._hold.has(PROXY_WAITS):
            self._hold.set(PROXY_WAITS, proxy.wants_pause)
        if proxy.wants_broker_pause != self._broker_hold.has(PROXY_WAITS):
            self._broker_hold.set(PROXY_WAITS, proxy.wants_broker_pause)

    def _hear(self) -> None:
        """Renew the keep-alive with packets, and begin the deadline of one that has begun."""
        proxy = self._proxy
        if proxy.packets_in != self._packets:
            self._packets = proxy.packets_in
            self._heard = self._loop.time()
            self._partial_since = self._heard if proxy.partial else 0.0
        elif proxy.partial and not self._partial_since:
            self._partial_since = self._loop.time()

    def _take_turn(self) -> None:
        self._proxy.take_turn()
        self._hear()
        self._pump()

    def _count(self) -> None:
        counted = (self._proxy.publishes_in, self._proxy.publishes_out)
        if counted != self._counted:
            self._shared.counters.add("PublishIn.Success", counted[0] - self._counted[0])
            self._shared.counters.add("PublishOut.Success", counted[1] - self._counted[1])
            self._counted = counted

    def _to_broker(self, data: bytes) -> None:
        if self._upstream is not None:
            self._upstream.write(data)

    def _handle(self, event: Event) -> None:
        match event:
            case ConnectRequested():
                self._task = self._loop.create_task(self._admit(event.connect))
            case Connected():
                self._connected()
            case Ended():
                self._ended = event
            case PublishRefused() | SubscribeRefused() | ReceiveRefused():
                if self._standing.judge is not None:
                    self._shared.counters.add(self._standing.teller.event(event, self._standing.judge.authority))
            case Subscribed() if self._session is not None:
                self._shared.counters.add("Subscribe.Success", len(event.granted))
                self._shared.presence.subscribed(self._session, [name for name, _ in event.granted])
            case Delivered() if (confirmed := self._confirming.pop(event.packet_id, None)) is not None:
                confirmed()
            case Retained() if self._session is not None:
                self._publish(retained_message(event, self._standing.sender))
            case Unsubscribed() if self._session is not None:
                self._shared.counters.add("Unsubscribe.Success", len(event.topic_filters))
                self._shared.presence.unsubscribed(self._session, event.topic_filters)

    async def _admit(self, connect: Connect) -> None:
        try:
            await self._standing.enter(connect, self._bind)
            await self._open(connect)
        except Unwelcome as error:
            self._proxy.refuse(error.code, error.cause, detail=error.detail)
        except (OSError, TimeoutError) as error:
            log.warning("The broker cannot be reached: %s", error)
            self._shared.counters.add("Connect.ServerError")
            self._proxy.broker_lost()
        except Exception:
            log.exception("A device could not be admitted")
            self._proxy.refuse(ReasonCode.SERVER_UNAVAILABLE, Cause.SERVER_ERROR)
        self._task = None
        self._pump()

    def _bind(self, principal: str) -> None:
        self._shared.clients.bind_principal(self, principal)

    async def _renew(self) -> None:
        self._oust(await self._standing.renew(self._proxy.subscriptions))

    def _oust(self, why: Unwelcome | None) -> None:
        if why is not None:
            self.end(why.code, why.cause, detail=why.detail)

    async def _open(self, connect: Connect) -> None:
        shared, standing = self._shared, self._standing
        before = shared.clients.bind_client(self, standing.client_id)
        session = standing.open_session()
        if before is not None:
            before.taken(clean_start=connect.clean_start)
        shared.tell_taken(session, connect.clean_start)
        upstream = await shared.broker.connect(self)
        if self._ended is not None or standing.judge is None:
            upstream.finish()
            return
        self._upstream = self._broker_hold.side = upstream
        self._session = session
        sender, thing = standing.sender, standing.thing
        self._proxy.accept(
            standing.judge,
            encode_stamp(sender),
            will_stamp=encode_stamp(replace(sender, protocol="will")),
            user_properties=thing.propagated if thing is not None else (),
            client_id=standing.client_id,
            broker_username=shared.broker.username,
            broker_password=shared.broker.password,
        )

    def _connected(self) -> None:
        if self._session is not None:
            self._stream.establish()
            self._shared.counters.add("Connect.Success")
            self._session.details = self._details()
            self._shared.presence.connected(self._session)

    def _details(self) -> dict[str, Any]:
        """Answer what GetConnection tells beside the event."""
        connect, thing = self._standing.connect, self._standing.thing
        if connect is None:
            return {}
        return describe(
            connect,
            self._proxy,
            source_port=self._stream.peer.port,
            thing_name=None if thing is None else thing.name,
        )

    def _throttle(self, seconds: float) -> None:
        if not self._hold.has(TOO_MANY_BYTES):
            self._shared.counters.add("BytesIn.Throttle")
            self._hold.set(TOO_MANY_BYTES, True)
            self._loop.call_later(seconds, self._hold.set, TOO_MANY_BYTES, False)

    def _broker_gone(self) -> None:
        self._timer = None
        self._proxy.broker_lost()
        self._pump()

    def _close(self) -> None:
        ended, upstream, session = self._ended, self._upstream, self._session
        if ended is None or self not in self._shared.clients.all:
            return
        self._count()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        self._shared.clients.remove(self, self._standing.client_id, self._standing.principal)
        self._stream.close()
        self._upstream = self._broker_hold.side = None
        if upstream is not None:
            upstream.finish()
        if self._timer is not None:
            self._timer.cancel()
        if session is not None and ended.was_connected:
            self._shared.presence.disconnected(session, ended.cause)
            if ended.will is not None and ended.will.retain and not ended.will.properties.will_delay_interval:
                self._publish(retained_copy(will_message(ended.will, self._standing.sender)))
        elif ended.cause is Cause.CLIENT_ERROR:
            self._shared.counters.add("Connect.ClientError")
        log.debug("%s ended: %s %s", self._standing.client_id, ended.cause, ended.detail)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = self._loop.create_task(work)

    def _publish(self, message: Message) -> None:
        """Publish something that outlives the connection."""
        task = self._loop.create_task(_publish(self._shared, message))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


async def _publish(shared: Shared, message: Message) -> None:
    try:
        await shared.publish(message)
    except NotPublished as error:
        log.warning("A message is lost: %s", error)
