"""What is known of one conversation between a device and the broker, and how it ends. `proxy` says how it runs."""

from dataclasses import replace
from enum import Enum, auto

from iot.core.mqtt.barrier import Barrier
from iot.core.mqtt.events import Cause, Ended, Event, Judge, ProxyConfig
from iot.core.mqtt.packets import (
    MQTT_5,
    ConnAck,
    Connect,
    Disconnect,
    PubAck,
    PubRec,
    SubAck,
    UnsubAck,
    Will,
    encode,
)
from iot.core.mqtt.properties import NO_PROPERTIES, Properties
from iot.core.mqtt.reason_codes import ReasonCode, to_connack_3


class State(Enum):
    """Where a conversation stands; the table is in `proxy`."""

    AWAIT_CONNECT = auto()
    AWAIT_DECISION = auto()
    AWAIT_CONNACK = auto()
    OPEN = auto()
    ENDED = auto()


LONGEST_REASON = 256  # characters
Answer = ConnAck | Disconnect | PubAck | PubRec | SubAck | UnsubAck

# Reasons that only a DISCONNECT may carry, and what a CONNACK says instead [MQTT5 table 3-1].
_CONNACK_CODES = {
    ReasonCode.SERVER_SHUTTING_DOWN: ReasonCode.SERVER_UNAVAILABLE,
    ReasonCode.ADMINISTRATIVE_ACTION: ReasonCode.NOT_AUTHORIZED,
    ReasonCode.KEEP_ALIVE_TIMEOUT: ReasonCode.UNSPECIFIED_ERROR,
    ReasonCode.SESSION_TAKEN_OVER: ReasonCode.SERVER_BUSY,
    ReasonCode.RECEIVE_MAXIMUM_EXCEEDED: ReasonCode.QUOTA_EXCEEDED,
    ReasonCode.TOPIC_ALIAS_INVALID: ReasonCode.PROTOCOL_ERROR,
    ReasonCode.MAXIMUM_CONNECT_TIME: ReasonCode.NOT_AUTHORIZED,
}


# In units of about a microsecond: how much of the dearer packets is handled before others have their turn.
MOST_EFFORT = 3000


class Conversation:
    """The state that both directions share; `up` and `down` collect what goes to the broker and to the device."""

    __slots__ = (
        "aliases",
        "answered",
        "barrier",
        "bytes_in",
        "bytes_out",
        "client_id",
        "config",
        "connect",
        "delivering",
        "device_packet_limit",
        "device_window",
        "down",
        "effort",
        "forwarded",
        "held",
        "in_flight",
        "judge",
        "keep_alive",
        "known_fields",
        "known_stamped",
        "known_stripped",
        "last_broker_id",
        "local_ids",
        "maximum_qos",
        "packets_in",
        "pending_subscribes",
        "pending_unsubscribes",
        "publishes_in",
        "publishes_out",
        "queue",
        "reading",
        "refusals",
        "session_expiry",
        "stamp",
        "stamp_block",
        "state",
        "subscriptions",
        "tired",
        "up",
        "version",
        "waiting",
        "wants_reasons",
        "will",
        "window",
    )

    judge: Judge

    def __init__(self, config: ProxyConfig) -> None:
        self.config = config
        self.state = State.AWAIT_CONNECT
        self.up: list[bytes] = []
        self.down: list[bytes] = []
        self.barrier = Barrier() if config.barrier else None
        self.queue: list[Event] = []
        self.reading = True  # packets of the device may be handled now
        # The next packet of the device waits, for room in the broker's window or, being tired, for others' turn
        self.held = self.tired = False
        self.effort = 0  # what the packets of this read have cost so far
        self.version = MQTT_5
        self.client_id = ""
        self.keep_alive = 0
        self.session_expiry = 0
        self.connect: Connect | None = None  # until the broker has answered it
        self.will: Will | None = None
        self.stamp = b""
        self.stamp_block = b""
        self.known_fields = b""  # properties of the device's last PUBLISH that were found in order
        self.known_stamped = b""  # properties of the broker's last PUBLISH, and what is left of them for the device
        self.known_stripped = b"\0"
        self.aliases: dict[int, str] = {}
        self.subscriptions: dict[str, int] = {}
        self.pending_subscribes: dict[int, list[tuple[str, int | None]]] = {}
        self.pending_unsubscribes: dict[int, tuple[str, ...]] = {}
        self.in_flight = 0  # QoS 1 and 2 publishes of the device that the broker has not acknowledged
        self.forwarded = 0  # such publishes so far, and the PUBACK and PUBREC that the broker gave for them
        self.answered = 0
        self.refusals: list[tuple[int, bytes]] = []  # our own answers, each behind how many of the broker's it belongs
        self.window = config.receive_maximum
        self.maximum_qos = 1 if config.strict else 2
        self.device_packet_limit = 0  # 0 is none
        self.wants_reasons = False  # reason strings, not codes alone
        self.device_window = 65_535  # how many messages of QoS 1 and 2 it takes without having acknowledged them
        self.delivering = 0
        self.waiting: list[tuple[bytes, ...]] = []  # PUBLISH packets above that window
        self.local_ids: list[int] = []
        self.last_broker_id = 0
        self.packets_in = 0
        self.publishes_in = self.publishes_out = 0
        self.bytes_in = self.bytes_out = 0

    def write(self, packet: Answer, reason: str = "") -> bytes:
        """Write an answer of ours, with its reason where the device wants it; empty if it takes none so large."""
        forms = [packet]
        if reason and self.wants_reasons:
            properties = replace(packet.properties, reason_string=reason[:LONGEST_REASON])
            forms.insert(0, replace(packet, properties=properties))
        for form in forms:
            data = encode(form, self.version)
            if not self.device_packet_limit or len(data) <= self.device_packet_limit:  # [MQTT-3.1.2-24]
                return data
        return b""

    def answer(self, packet: Answer, reason: str = "") -> None:
        """Send an answer that the device waits for."""
        if data := self.write(packet, reason):
            self.down.append(data)
        else:
            self.finish(Cause.CLIENT_ERROR, ReasonCode.PACKET_TOO_LARGE, detail="an answer is larger than allowed")

    def spend(self, effort: int) -> None:
        """Count what a packet costs that is dearer than most; after too many in one read others have their turn."""
        self.effort += effort
        if self.effort > MOST_EFFORT:
            self.held, self.tired, self.reading = True, True, False

    def finish(
        self,
        cause: Cause,
        reason_code: int,
        *,
        to_device: bool = True,
        to_broker: bool = True,
        will: bool = True,
        disconnect: Disconnect | None = None,
        clear_session: bool = False,
        detail: str = "",
    ) -> None:
        """End: tell the sides that can still hear it, once. `disconnect` is what the device itself said."""
        if self.state is State.ENDED:
            return
        was_connected = self.state is State.OPEN
        if was_connected and self.barrier is not None:
            self.barrier.give_up(self.down)
        if to_device:
            self.down.append(self._farewell(reason_code, "" if cause is Cause.SERVER_ERROR else detail))
        will = will and was_connected
        if to_broker and self.state in (State.AWAIT_CONNACK, State.OPEN):
            code = ReasonCode.DISCONNECT_WITH_WILL if will else ReasonCode.SUCCESS
            properties = Properties(session_expiry_interval=0) if clear_session else NO_PROPERTIES
            self.up.append(encode(disconnect or Disconnect(code, properties)))
        self.state = State.ENDED
        self.reading = self.held = self.tired = False
        due = self.will if will else None
        self.queue.append(Ended(cause, reason_code, was_connected, disconnect is not None, due, detail))

    def _farewell(self, reason_code: int, reason: str) -> bytes:
        if self.state is State.OPEN and self.version == MQTT_5:
            return self.write(Disconnect(reason_code), reason)
        if self.state in (State.AWAIT_DECISION, State.AWAIT_CONNACK):
            code = _CONNACK_CODES.get(ReasonCode(reason_code), reason_code)
            code = code if self.version == MQTT_5 else to_connack_3(code)
            return self.write(ConnAck(False, code), reason)
        return b""  # [MQTT-3.14.0-1]: nothing before CONNACK, and MQTT 3.1.1 has no DISCONNECT of the server
