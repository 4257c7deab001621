"""One device's conversation: bytes of the device and of the broker in, bytes to both and events out.

The shell does five things in order: feed, take events, write, set the deadline, handle the events.

    proxy.feed_device(data)            # or feed_broker, device_lost, broker_lost, accept, refuse, end
    device.write(proxy.to_device()); broker.write(proxy.to_broker())
    for event in proxy.events(): ...
    read from the device unless proxy.wants_pause; read from neither while either cannot be written to
    when proxy.tired, let others have their turn, then proxy.take_turn()

How a conversation stands, and what moves it:

    state           device sends               broker sends           the shell says
    AWAIT_CONNECT   CONNECT → AWAIT_DECISION   (not connected yet)
    AWAIT_DECISION  (kept)                     (not connected yet)    accept → AWAIT_CONNACK, refuse → ENDED
    AWAIT_CONNACK   (kept)                     CONNACK 0 → OPEN,
                                               CONNACK ≥ 0x80 → ENDED
    OPEN            `upward` by packet type,   `downward` by type,
                    DISCONNECT → ENDED         DISCONNECT → ENDED
    ENDED           (ignored)                  (ignored)              (ignored)

In every state but ENDED: a packet that has no place in the table or cannot be read → ENDED; so do `end`,
`device_lost`, `broker_lost` and `keep_alive_expired`. Device packets that were kept are handled when the state becomes
OPEN, and so are those that a 3.1.1 device sent above the broker's receive maximum, as soon as there is room.

Towards the broker the protocol is always MQTT 5, towards the device its own: what has no word in MQTT 3.1.1 (a reason,
a property) is left out on the way down, and where it would say "no" the connection is closed.

No method raises for what a peer sent. Once `ended`, the shell writes what is left and closes both sides. It closes
the broker's side for writing only and reads (and throws away) until the broker closes, for at most a few seconds:
closing with unread acknowledgements makes the kernel reset the connection, and the broker would lose what it has not
read yet, DISCONNECT included.
"""

from collections.abc import Callable

from iot.core.mqtt import downward, opening, upward
from iot.core.mqtt.barrier import PINGREQ
from iot.core.mqtt.conversation import Conversation, State
from iot.core.mqtt.events import Cause, Event, Judge, ProxyConfig
from iot.core.mqtt.packets import MQTT_3, ConnAck, Publish, encode
from iot.core.mqtt.properties import NO_PROPERTIES, Properties, encode_fields
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode
from iot.core.mqtt.stamp import encode_stamp_property, stamp_block
from iot.core.mqtt.wire import malformed, read_length

Handlers = dict[int, Callable[[Conversation, bytes, int, int, int], None]]

MOST_WAITING = 32


_FIRST: Handlers = {0x10: opening.connect}  # [MQTT-3.1.0-1]
_ANSWER: Handlers = {0x20: opening.connack}
_NOTHING: Handlers = {}
_OPEN, _ENDED = State.OPEN, State.ENDED  # looking into an enum is slow, and these are asked for with every read


class Proxy(Conversation):
    """A device's conversation with the broker; what the shell may read is documented, the rest is between our modules.

    `publishes_in`, `publishes_out`, `bytes_in`, `bytes_out` count what passed, by the payloads; `packets_in` whole
    packets of the device (the shell renews the keep-alive when it has grown). `judge` may be replaced at any time.
    `version` (4 or 5) is valid once `ConnectRequested` came; `client_id`, `keep_alive` (seconds, 0 for none; the device
    is dead after 1.5 times that), `session_expiry` (seconds) once accepted. `subscriptions` are the filters granted on
    this connection, with their QoS.
    """

    __slots__ = ("_broker_buffer", "_broker_need", "_device_buffer", "_device_need")

    def __init__(self, config: ProxyConfig) -> None:
        super().__init__(config)
        self._device_buffer = bytearray()
        self._device_need = 2
        self._broker_buffer = bytearray()
        self._broker_need = 2

    @property
    def ended(self) -> bool:
        return self.state is _ENDED

    @property
    def wants_pause(self) -> bool:
        """Say whether the shell should not read from the device for now."""
        return self.held or (not self.reading and len(self._device_buffer) > self.config.maximum_packet)

    @property
    def wants_broker_pause(self) -> bool:
        """Say whether the shell should not read from the broker for now: the device has enough to acknowledge.

        Only a broker that does not keep to a client's receive maximum (Mosquitto before 2.0.13) lets this happen.
        """
        return len(self.waiting) > MOST_WAITING

    @property
    def partial(self) -> bool:
        """Say whether a packet of the device has begun and not ended; for the deadline of a dribbled packet."""
        return self.reading and bool(self._device_buffer)

    def feed_device(self, data: bytes) -> None:
        """Take bytes that the device sent."""
        if self.state is _ENDED:
            return
        if self._device_buffer or not self.reading:
            self._device_buffer += data
            self._read_buffered()
        else:
            self._read_device(data)

    def feed_broker(self, data: bytes) -> None:
        """Take bytes that the broker sent."""
        if self.state is _ENDED:
            return
        if self._broker_buffer:
            self._broker_buffer += data
            if len(self._broker_buffer) < self._broker_need:
                return
            data = bytes(self._broker_buffer)
            self._broker_buffer.clear()
        try:
            self._read_broker(data)
        except ProtocolError as error:
            self.finish(Cause.SERVER_ERROR, ReasonCode.UNSPECIFIED_ERROR, detail=f"the broker: {error}")
        if self.barrier is not None and self.state is _OPEN and self.barrier.seal(self.down):
            self.up.append(PINGREQ)
        self.take_turn()

    def take_turn(self) -> None:
        """Go on with packets of the device that had to wait; the shell calls it soon where the proxy is `tired`."""
        if self.held and (self.tired or self.in_flight < self.window):
            self.held, self.tired, self.reading = False, False, True
        self._read_buffered()

    def to_device(self) -> bytes:
        """Take the bytes to write to the device, in one write."""
        down = self.down if self.barrier is None else self.barrier.through(self.down)
        if not down:
            return b""
        data = b"".join(down)
        down.clear()
        return data

    def to_broker(self) -> bytes:
        """Take the bytes to write to the broker, in one write."""
        if not self.up:
            return b""
        data = b"".join(self.up)
        self.up.clear()
        return data

    def events(self) -> list[Event]:
        """Take what happened since the last call, in order."""
        if not self.queue:
            return []
        events = self.queue
        self.queue = []
        return events

    def accept(
        self,
        judge: Judge,
        stamp: str,
        *,
        will_stamp: str = "",
        user_properties: tuple[tuple[str, str], ...] = (),
        client_id: str = "",
        session_expiry: int | None = None,
        broker_username: str | None = None,
        broker_password: bytes | None = None,
    ) -> None:
        """Let the device in as far as we are concerned: begins the conversation with the broker.

        `stamp` is the value of the stamp (`core.message.encode_stamp`), `will_stamp` that of the will where it is
        another; `user_properties` are added to every PUBLISH of the device for all to see. `client_id` is the one to
        use upstream, by default the device's own; it is told to the device as assigned when its own was empty.
        `session_expiry` overrides what the device asked for within the limits.
        """
        connect = self.connect
        if self.state is not State.AWAIT_DECISION or connect is None:
            return
        self.judge = judge
        self.stamp = encode_stamp_property(stamp) + encode_fields(Properties(user_property=user_properties))
        self.stamp_block = stamp_block(self.stamp)
        self.client_id = client_id or connect.client_id
        self.keep_alive = opening.keep_alive(self.config, connect)
        self.session_expiry = opening.session_expiry(self.config, connect) if session_expiry is None else session_expiry
        self.device_window = connect.properties.receive_maximum or 65_535
        self.up.append(
            encode(opening.upstream_connect(self, connect, will_stamp or stamp, broker_username, broker_password))
        )
        self.state = State.AWAIT_CONNACK

    def refuse(self, reason_code: ReasonCode, cause: Cause = Cause.AUTH_ERROR, detail: str = "") -> None:
        """Answer CONNECT with a refusal, in the device's version of the protocol, and end."""
        self.finish(cause, reason_code, detail=detail)

    def end(
        self,
        reason_code: ReasonCode,
        cause: Cause = Cause.SERVER_INITIATED_DISCONNECT,
        *,
        will: bool = True,
        clear_session: bool = False,
        detail: str = "",
    ) -> None:
        """End the conversation from our side: DISCONNECT to an MQTT 5 device; the broker sends the will if `will`.

        `clear_session` makes the broker forget the session. Works in every state; does nothing once ended.
        """
        self.finish(cause, reason_code, will=will, clear_session=clear_session, detail=detail)

    def keep_alive_expired(self) -> None:
        """End because the device was silent for 1.5 times the keep-alive [MQTT-3.1.2-22]."""
        self.finish(Cause.MQTT_KEEP_ALIVE_TIMEOUT, ReasonCode.KEEP_ALIVE_TIMEOUT)

    def device_lost(self) -> None:
        """End because the device's connection is gone without DISCONNECT."""
        self.finish(Cause.CONNECTION_LOST, ReasonCode.UNSPECIFIED_ERROR, to_device=False)

    def broker_lost(self) -> None:
        """End because the broker's connection is gone or could not be made: 0x88 before CONNACK, 0x8B after it."""
        detail = "the broker is not there"
        self.finish(Cause.SERVER_ERROR, ReasonCode.SERVER_SHUTTING_DOWN, to_broker=False, detail=detail)

    def deliver(self, topic: str, payload: bytes, *, qos: int = 0, properties: Properties = NO_PROPERTIES) -> int:
        """Send an open device a message of our own (SendDirectMessage); answer its packet id, 0 for QoS 0.

        `Delivered` tells when the device has acknowledged it. Answers -1 if it was not sent: the device is not open,
        or takes no packet so large.
        """
        if self.state is not _OPEN:
            return -1
        packet_id = 0
        if qos:
            # Half the circle away from the broker's newest, which counts upwards and never has so many in flight.
            packet_id = (self.last_broker_id + 32_768 + len(self.local_ids)) % 65_535 + 1
        data = encode(Publish(topic, payload, min(qos, 1), packet_id=packet_id, properties=properties), self.version)
        if self.device_packet_limit and len(data) > self.device_packet_limit:  # [MQTT-3.1.2-24]
            return -1
        if packet_id:
            self.local_ids.append(packet_id)
        self.down.append(data)
        self.publishes_out += 1
        self.bytes_out += len(payload)
        return packet_id

    def _read_buffered(self) -> None:
        if self.reading and len(self._device_buffer) >= self._device_need:
            data = bytes(self._device_buffer)
            self._device_buffer.clear()
            self._read_device(data)

    def _read_device(self, data: bytes) -> None:
        self.effort = 0
        try:
            position = self._device_packets(data)
        except ProtocolError as error:
            self._fail(error)
            return
        if position < len(data) and self.state is not _ENDED:
            self._device_buffer += data[position:]

    def _device_packets(self, data: bytes) -> int:
        """Handle the whole packets at the beginning of the data; answer where the rest begins."""
        handlers = upward.HANDLERS if self.state is _OPEN else _FIRST
        position, size, limit = 0, len(data), self.config.maximum_packet
        self._device_need = 2
        if size > 4 and data[0] == 0x40 and self.state is _OPEN and upward.pubacks(self, data):
            return size
        while self.reading and size - position > 1:
            handler = handlers.get(data[position])
            if handler is None:  # at once: what is no MQTT at all may never be as long as it seems to say
                raise _misplaced(data[position], self.state)
            length, body = data[position + 1], position + 2
            if length > 127:
                found = read_length(data, position + 1)
                if found is None:
                    self._device_need = size - position + 1
                    break
                length, body = found
            end = body + length
            if end - position > limit:  # before any of it is kept
                raise ProtocolError(ReasonCode.PACKET_TOO_LARGE, f"a packet of {end - position} bytes")
            if end > size:
                self._device_need = end - position
                break
            handler(self, data, position, body, end)
            if self.held and not self.tired:
                break
            self.packets_in += 1
            position = end
        return position

    def _read_broker(self, data: bytes) -> None:
        handlers = downward.HANDLERS if self.state is _OPEN else _expected(self.state)
        position, size = 0, len(data)
        self._broker_need = 2
        if size > 5 and data[0] == 0x40 and self.state is _OPEN and downward.pubacks(self, data):
            return
        while size - position > 1:
            length, body = data[position + 1], position + 2
            if length > 127:
                found = read_length(data, position + 1)
                if found is None:
                    self._broker_need = size - position + 1
                    break
                length, body = found
            end = body + length
            if end > size:
                self._broker_need = end - position
                break
            handler = handlers.get(data[position])
            if handler is None:
                raise malformed(f"unexpected packet 0x{data[position]:02x}")
            handler(self, data, position, body, end)
            position = end
            if self.state is _ENDED:
                return
            handlers = downward.HANDLERS  # CONNACK may just have opened the conversation
        if position < size:
            self._broker_buffer += data[position:]

    def _fail(self, error: ProtocolError) -> None:
        if self.state is State.AWAIT_CONNECT and error.reason_code == ReasonCode.UNSUPPORTED_PROTOCOL_VERSION:
            self.version = MQTT_3
            self.down.append(encode(ConnAck(False, 1), MQTT_3))  # [MQTT-3.1.2-2]
        self.finish(Cause.CLIENT_ERROR, error.reason_code, detail=error.detail)


def _expected(state: State) -> Handlers:
    return _ANSWER if state is State.AWAIT_CONNACK else _NOTHING


def _misplaced(first: int, state: State) -> ProtocolError:
    """Make the error of a packet that has no place in the table of its state, or wrong flags [MQTT-2.1.3-1]."""
    if state is _OPEN and first >> 4 in (4, 5, 6, 7, 8, 10, 12, 14):
        return malformed(f"the flags of packet 0x{first:02x} are not allowed")
    return ProtocolError(ReasonCode.PROTOCOL_ERROR, f"packet 0x{first:02x} is not allowed here")
