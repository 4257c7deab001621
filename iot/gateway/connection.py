"""One device's two streams around the proxy: bytes in, bytes out, and what the proxy's events ask for.

Reading from the device is held back for several reasons, each a bit of `_held`: the broker or the device does not take
more, the proxy wants a pause, the broker has just gone, or the device sends more bytes a second than it may. The bits
of `_broker_held` hold back reading from the broker.
"""

import asyncio
import logging
import secrets
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from iot.bridge.client import NotPublished
from iot.core.message import Message, Sender, encode_stamp
from iot.core.mqtt.events import (
    Cause,
    Connected,
    ConnectRequested,
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
from iot.gateway.authenticate import Admitted, Authenticate, NotAuthenticated
from iot.gateway.authorize import Authority, Refused, Will
from iot.gateway.behalf import retained_copy, retained_message, will_message
from iot.gateway.judge import DeviceJudge
from iot.gateway.limits import Bucket
from iot.gateway.presence import Session
from iot.gateway.principals import Principal
from iot.gateway.session_facts import describe, flow
from iot.gateway.shared import Shared
from iot.gateway.stream import Stream
from iot.gateway.told import Teller
from iot.gateway.upstream import Upstream

log = logging.getLogger(__name__)

PARTIAL_SECONDS = 60.0
TAKEN_SECONDS = 0.25
MAXIMUM_CLIENT_ID = 128
_tasks: set[asyncio.Task[None]] = set()

BROKER_FULL, PROXY_WAITS, TOO_MANY_BYTES, BROKER_GONE, DEVICE_FULL = 1, 2, 4, 8, 16


class Device:
    """A device that speaks MQTT on a stream."""

    __slots__ = (
        "__weakref__",
        "_admitted",
        "_authenticate",
        "_authority",
        "_broker_held",
        "_bytes",
        "_connect",
        "_counted",
        "_deadline",
        "_ended",
        "_heard",
        "_held",
        "_judge",
        "_loop",
        "_packets",
        "_partial_since",
        "_proxy",
        "_renew_at",
        "_session",
        "_shared",
        "_stream",
        "_task",
        "_teller",
        "_timer",
        "_upstream",
        "client_id",
        "principal",
    )

    def __init__(self, shared: Shared, stream: Stream, authenticate: Authenticate) -> None:
        self._shared = shared
        self._stream = stream
        self._authenticate = authenticate
        self._teller = Teller(shared.refusals, stream.peer.address)
        self._loop = asyncio.get_running_loop()
        self._proxy = Proxy(shared.proxy)
        self._bytes = Bucket(shared.limits.bytes, shared.limits.bytes * shared.limits.burst_seconds)
        self._upstream: Upstream | None = None
        self._authority: Authority | None = None
        self._judge: DeviceJudge | None = None
        self._admitted: Admitted | None = None
        self._connect: Connect | None = None
        self._session: Session | None = None
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._renew_at = 0.0
        self._ended: Ended | None = None
        self._heard = self._loop.time()
        self._partial_since = 0.0
        self._packets = 0
        self._counted = (0, 0)
        self._held = 0
        self._broker_held = 0
        self.client_id = ""
        self.principal = ""
        shared.clients.add(self)

    # What the streams tell

    def data_received(self, data: bytes) -> None:
        wait = self._bytes.spend(len(data))
        if wait > 0:
            self._throttle(wait)
        proxy = self._proxy
        proxy.feed_device(data)
        if proxy.packets_in != self._packets:
            self._packets = proxy.packets_in
            self._heard = self._loop.time()
            self._partial_since = self._heard if proxy.partial else 0.0
        elif proxy.partial and not self._partial_since:
            self._partial_since = self._loop.time()
        self._pump()

    def connection_lost(self, error: Exception | None) -> None:
        self._proxy.device_lost()
        self._pump()

    def pause_writing(self) -> None:
        self._hold(DEVICE_FULL, True)
        self._hold_broker(DEVICE_FULL, True)

    def resume_writing(self) -> None:
        self._hold(DEVICE_FULL, False)
        self._hold_broker(DEVICE_FULL, False)

    def broker_received(self, data: bytes) -> None:
        self._proxy.feed_broker(data)
        self._pump()

    def broker_closed(self) -> None:
        """A broker that closes without a word has perhaps given the client id away: wait a moment for that news."""
        self._upstream = None
        if self._session is None or self._ended is not None:
            self._broker_gone()
            return
        self._hold(BROKER_GONE, True)
        self._timer = self._loop.call_later(TAKEN_SECONDS, self._broker_gone)

    def pause_broker_writing(self) -> None:
        self._hold(BROKER_FULL, True)

    def resume_broker_writing(self) -> None:
        self._hold(BROKER_FULL, False)

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
        elif self._deadline and now > self._deadline and self._admitted is not None:
            self.end(ReasonCode.MAXIMUM_CONNECT_TIME, self._admitted.at_end, detail="The authentication has run out")
        elif self._renew_at and now > self._renew_at and self._admitted is not None:
            self._renew_at = 0.0
            self._spawn(self._renew(self._admitted))

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
            self._publish(will_message(will, self._sender(self._session)))

    def deliver(self, topic: str, payload: bytes, qos: int, properties: Properties) -> bool:
        """Send a direct message, if the device may receive on that topic; says whether it was sent."""
        if self._session is None or self._authority is None:
            return False
        refused = self._authority.may_receive(topic)
        if refused is not None:
            self._teller.refused(refused)
            return False
        self._proxy.deliver(topic, payload, qos=qos, properties=properties)
        self._pump()
        return True

    def reauthorize(self, principal: Principal | None) -> None:
        """Decide anew, because the principal has changed or is gone."""
        connect, admitted = self._connect, self._admitted
        if self._ended is not None or connect is None or admitted is None:
            return
        if principal is None:
            self.end(
                ReasonCode.ADMINISTRATIVE_ACTION, Cause.AUTH_ERROR, detail="The certificate is not active any more"
            )
            return
        self._admitted = replace(admitted, principal=principal)
        authority = self._make_authority(principal)
        refused = self._may_connect(authority, connect)
        for topic_filter in self._proxy.subscriptions:
            if refused is None:
                refused = authority.may_subscribe(topic_filter)
        self._authority = authority
        if refused is not None:
            self._teller.refused(refused)
            self.end(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, detail="Policies forbid the connection by now")
            return
        if self._judge is not None:
            self._judge.authority = authority

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
        if proxy.wants_pause != bool(self._held & PROXY_WAITS):
            self._hold(PROXY_WAITS, proxy.wants_pause)
        if proxy.wants_broker_pause != bool(self._broker_held & PROXY_WAITS):
            self._hold_broker(PROXY_WAITS, proxy.wants_broker_pause)

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
                self._connect = event.connect
                self._task = self._loop.create_task(self._admit(event.connect))
            case Connected():
                self._connected()
            case Ended():
                self._ended = event
            case PublishRefused() | SubscribeRefused() | ReceiveRefused():
                if self._authority is not None:
                    self._shared.counters.add(self._teller.event(event, self._authority))
            case Subscribed() if self._session is not None:
                self._shared.counters.add("Subscribe.Success", len(event.granted))
                self._shared.presence.subscribed(self._session, [name for name, _ in event.granted])
            case Retained() if self._session is not None:
                self._publish(retained_message(event, self._sender(self._session)))
            case Unsubscribed() if self._session is not None:
                self._shared.counters.add("Unsubscribe.Success", len(event.topic_filters))
                self._shared.presence.unsubscribed(self._session, event.topic_filters)

    async def _admit(self, connect: Connect) -> None:
        try:
            await self._enter(connect)
        except NotAuthenticated as error:
            self._turn_away(connect, error)
        except (OSError, TimeoutError) as error:
            log.warning("The broker cannot be reached: %s", error)
            self._shared.counters.add("Connect.ServerError")
            self._proxy.broker_lost()
        except Exception:
            log.exception("A device could not be admitted")
            self._proxy.refuse(ReasonCode.SERVER_UNAVAILABLE, Cause.SERVER_ERROR)
        self._task = None
        self._pump()

    async def _enter(self, connect: Connect) -> None:
        shared = self._shared
        self.client_id = self._teller.client_id = connect.client_id or f"auto-{secrets.token_hex(12)}"
        if not _is_usable(self.client_id):
            self._teller.note("iot:Connect", "The client id is not one that can be used")
            self._proxy.refuse(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, Cause.CLIENT_ERROR)
            return
        if not shared.admission.admit_client(self.client_id):
            shared.counters.add("Connect.ClientIDThrottle")
            self._teller.note("iot:Connect", "The client id connects too often")
            self._proxy.refuse(ReasonCode.QUOTA_EXCEEDED, Cause.THROTTLED)
            return
        admitted = await self._authenticate(connect, self._stream.peer)
        self._take(admitted)
        while not shared.principals.is_current(admitted.principal):
            admitted = await self._authenticate(connect, self._stream.peer)
            self._take(admitted)
        authority = self._authority = self._make_authority(admitted.principal)
        refused = self._may_connect(authority, connect)
        if refused is not None:
            self._forbid(refused)
            return
        await self._open(connect, admitted.principal)

    def _take(self, admitted: Admitted) -> None:
        if self._ended is not None:
            raise asyncio.CancelledError
        self._admitted = admitted
        self.principal = self._teller.principal = admitted.principal.id
        self._shared.clients.bind_principal(self, self.principal)
        if admitted.seconds is not None:
            self._deadline = self._loop.time() + admitted.seconds
        self._renew_at = self._loop.time() + admitted.renew_after if admitted.renew_after else 0.0

    async def _renew(self, admitted: Admitted) -> None:
        """Ask the authorizer anew; the connection's end stays where it was."""
        try:
            found = await admitted.renew() if admitted.renew is not None else admitted
        except NotAuthenticated as error:
            self.end(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, detail=str(error))
            return
        self._admitted = replace(found, at_end=admitted.at_end)
        self._renew_at = self._loop.time() + found.renew_after if found.renew_after else 0.0
        self.reauthorize(found.principal)

    async def _open(self, connect: Connect, principal: Principal) -> None:
        shared = self._shared
        before = shared.clients.bind_client(self, self.client_id)
        thing = principal.thing_for(self.client_id)
        session = shared.presence.open_session(
            self.client_id,
            principal.id,
            self._stream.peer.address,
            thing.name if thing is not None and thing.exclusive else None,
        )
        if before is not None:
            before.taken(clean_start=connect.clean_start)
        shared.tell_taken(session, connect.clean_start)
        upstream = await shared.broker.connect(self)
        if self._ended is not None or self._authority is None:
            upstream.finish()
            return
        self._upstream = upstream
        self._session = session
        rate = Bucket(shared.limits.publishes, shared.limits.publishes * shared.limits.burst_seconds)
        sender = self._sender(session)
        self._judge = DeviceJudge(self._authority, rate, strict=shared.strict)
        self._proxy.accept(
            self._judge,
            encode_stamp(sender),
            will_stamp=encode_stamp(replace(sender, protocol="will")),
            user_properties=thing.propagated if thing is not None else (),
            client_id=self.client_id,
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
        connect = self._connect
        if connect is None or self._admitted is None:
            return {}
        thing = self._admitted.principal.thing_for(self.client_id)
        return describe(
            connect,
            self._proxy,
            source_port=self._stream.peer.port,
            thing_name=None if thing is None else thing.name,
        )

    def _turn_away(self, connect: Connect, error: NotAuthenticated) -> None:
        self._teller.principal = error.principal
        self._shared.counters.add("Connect.AuthError")
        self._teller.note("iot:Connect", str(error))
        self._proxy.refuse(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, detail=str(error))

    def _forbid(self, refused: Refused) -> None:
        self._shared.counters.add("Connect.AuthError")
        self._teller.refused(refused)
        session = self._shared.presence.open_session(self.client_id, self.principal, self._stream.peer.address)
        self._shared.presence.connect_failed(session)
        self._proxy.refuse(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, detail=refused.why.value)

    def _make_authority(self, principal: Principal) -> Authority:
        return Authority(
            self._shared.scope,
            principal,
            client_id=self.client_id,
            address=self._stream.peer.address,
            own_groups=self._shared.own_groups,
        )

    def _may_connect(self, authority: Authority, connect: Connect) -> Refused | None:
        expiry = connect.properties.session_expiry_interval or 0
        persistent = expiry > 0 if connect.version == 5 else not connect.clean_start
        will = None if connect.will is None else Will(connect.will.topic, connect.will.retain)
        return authority.may_connect(self._stream.peer.address, self.client_id, persistent=persistent, will=will)

    def _hold(self, why: int, on: bool) -> None:
        before, self._held = self._held, self._held | why if on else self._held & ~why
        if bool(before) != bool(self._held):
            if self._held:
                self._stream.pause_reading()
            else:
                self._stream.resume_reading()

    def _hold_broker(self, why: int, on: bool) -> None:
        before, self._broker_held = self._broker_held, self._broker_held | why if on else self._broker_held & ~why
        if self._upstream is not None and bool(before) != bool(self._broker_held):
            if self._broker_held:
                self._upstream.pause_reading()
            else:
                self._upstream.resume_reading()

    def _throttle(self, seconds: float) -> None:
        if not self._held & TOO_MANY_BYTES:
            self._shared.counters.add("BytesIn.Throttle")
            self._hold(TOO_MANY_BYTES, True)
            self._loop.call_later(seconds, self._hold, TOO_MANY_BYTES, False)

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
        self._shared.clients.remove(self, self.client_id, self.principal)
        self._stream.close()
        self._upstream = None
        if upstream is not None:
            upstream.finish()
        if self._timer is not None:
            self._timer.cancel()
        if session is not None and ended.was_connected:
            self._shared.presence.disconnected(session, ended.cause)
            if ended.will is not None and ended.will.retain and not ended.will.properties.will_delay_interval:
                self._publish(retained_copy(will_message(ended.will, self._sender(session))))
        elif ended.cause is Cause.CLIENT_ERROR:
            self._shared.counters.add("Connect.ClientError")
        log.debug("%s ended: %s %s", self.client_id, ended.cause, ended.detail)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = self._loop.create_task(work)

    def _publish(self, message: Message) -> None:
        """Publish something that outlives the connection."""
        task = self._loop.create_task(_publish(self._shared, message))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    def _sender(self, session: Session) -> Sender:
        return Sender(session.client_id, session.principal, session.address)


async def _publish(shared: Shared, message: Message) -> None:
    try:
        await shared.publish(message)
    except NotPublished as error:
        log.warning("A message is lost: %s", error)


def _is_usable(client_id: str) -> bool:
    """AWS takes at most 128 bytes, and no `$` at the start; such ids are our own processes'."""
    return len(client_id.encode()) <= MAXIMUM_CLIENT_ID and not client_id.startswith("$") and client_id.isprintable()
