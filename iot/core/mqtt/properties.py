"""The properties of MQTT 5: which packet may carry which, and their bytes [MQTT5 2.2.2]."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode
from iot.core.mqtt.wire import Reader, encode_binary, encode_text, encode_variable

# Packet types as the fixed header numbers them; the will inside CONNECT has properties of its own and takes the free 0.
WILL, CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(8, 16)
_ACKNOWLEDGEMENTS = frozenset({PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK, UNSUBACK})
_EVERYWHERE = _ACKNOWLEDGEMENTS | {WILL, CONNECT, CONNACK, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT, AUTH}


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of one packet under the names of the standard; None or an empty tuple means absent."""

    payload_format_indicator: int | None = None
    message_expiry_interval: int | None = None
    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    subscription_identifier: tuple[int, ...] = ()
    session_expiry_interval: int | None = None
    assigned_client_identifier: str | None = None
    server_keep_alive: int | None = None
    authentication_method: str | None = None
    authentication_data: bytes | None = None
    request_problem_information: int | None = None
    will_delay_interval: int | None = None
    request_response_information: int | None = None
    response_information: str | None = None
    server_reference: str | None = None
    reason_string: str | None = None
    receive_maximum: int | None = None
    topic_alias_maximum: int | None = None
    topic_alias: int | None = None
    maximum_qos: int | None = None
    retain_available: int | None = None
    user_property: tuple[tuple[str, str], ...] = ()
    maximum_packet_size: int | None = None
    wildcard_subscription_available: int | None = None
    subscription_identifier_available: int | None = None
    shared_subscription_available: int | None = None


NO_PROPERTIES = Properties()


@dataclass(frozen=True, slots=True)
class _Kind:
    read: Callable[[Reader], Any]
    write: Callable[[Any], bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of property: its name in `Properties`, its type, which packets may carry it, which values it may have."""

    identifier: int
    name: str
    kind: _Kind
    packets: frozenset[int]
    allowed: Callable[[Any], bool] = bool
    reason_code: ReasonCode = ReasonCode.PROTOCOL_ERROR

    @property
    def repeats(self) -> bool:
        return self.name in ("user_property", "subscription_identifier")


def _number(size: int) -> _Kind:
    return _Kind(lambda reader: reader.number(size), lambda value: value.to_bytes(size, "big"))


_BYTE, _TWO, _FOUR = _number(1), _number(2), _number(4)
_VARIABLE = _Kind(Reader.variable, encode_variable)
_TEXT = _Kind(Reader.text, encode_text)
_BINARY = _Kind(Reader.binary, encode_binary)
_PAIR = _Kind(lambda reader: (reader.text(), reader.text()), lambda pair: encode_text(pair[0]) + encode_text(pair[1]))


def _any(value: object) -> bool:
    return True


def _flag(value: int) -> bool:
    return value < 2


def _topic_name(value: str) -> bool:
    return "+" not in value and "#" not in value  # [MQTT-3.3.2-14]


_MESSAGE = frozenset({PUBLISH, WILL})
_TABLE = (
    Entry(0x01, "payload_format_indicator", _BYTE, _MESSAGE, _flag),
    Entry(0x02, "message_expiry_interval", _FOUR, _MESSAGE, _any),
    Entry(0x03, "content_type", _TEXT, _MESSAGE, _any),
    Entry(0x08, "response_topic", _TEXT, _MESSAGE, _topic_name),
    Entry(0x09, "correlation_data", _BINARY, _MESSAGE, _any),
    Entry(0x0B, "subscription_identifier", _VARIABLE, frozenset({PUBLISH, SUBSCRIBE})),
    Entry(0x11, "session_expiry_interval", _FOUR, frozenset({CONNECT, CONNACK, DISCONNECT}), _any),
    Entry(0x12, "assigned_client_identifier", _TEXT, frozenset({CONNACK}), _any),
    Entry(0x13, "server_keep_alive", _TWO, frozenset({CONNACK}), _any),
    Entry(0x15, "authentication_method", _TEXT, frozenset({CONNECT, CONNACK, AUTH}), _any),
    Entry(0x16, "authentication_data", _BINARY, frozenset({CONNECT, CONNACK, AUTH}), _any),
    Entry(0x17, "request_problem_information", _BYTE, frozenset({CONNECT}), _flag),
    Entry(0x18, "will_delay_interval", _FOUR, frozenset({WILL}), _any),
    Entry(0x19, "request_response_information", _BYTE, frozenset({CONNECT}), _flag),
    Entry(0x1A, "response_information", _TEXT, frozenset({CONNACK}), _any),
    Entry(0x1C, "server_reference", _TEXT, frozenset({CONNACK, DISCONNECT}), _any),
    Entry(0x1F, "reason_string", _TEXT, _ACKNOWLEDGEMENTS | {CONNACK, DISCONNECT, AUTH}, _any),
    Entry(0x21, "receive_maximum", _TWO, frozenset({CONNECT, CONNACK})),
    Entry(0x22, "topic_alias_maximum", _TWO, frozenset({CONNECT, CONNACK}), _any),
    Entry(0x23, "topic_alias", _TWO, frozenset({PUBLISH}), bool, ReasonCode.TOPIC_ALIAS_INVALID),
    Entry(0x24, "maximum_qos", _BYTE, frozenset({CONNACK}), _flag),
    Entry(0x25, "retain_available", _BYTE, frozenset({CONNACK}), _flag),
    Entry(0x26, "user_property", _PAIR, _EVERYWHERE, _any),
    Entry(0x27, "maximum_packet_size", _FOUR, frozenset({CONNECT, CONNACK})),
    Entry(0x28, "wildcard_subscription_available", _BYTE, frozenset({CONNACK}), _flag),
    Entry(0x29, "subscription_identifier_available", _BYTE, frozenset({CONNACK}), _flag),
    Entry(0x2A, "shared_subscription_available", _BYTE, frozenset({CONNACK}), _flag),
)
_BY_IDENTIFIER = {entry.identifier: entry for entry in _TABLE}


def decode_properties(reader: Reader, packet: int) -> Properties:
    """Read the properties of a packet, their length first; raises ProtocolError."""
    size = reader.variable()
    if not size:
        return NO_PROPERTIES
    inner = Reader(reader.data, reader.position, reader.position + size)
    reader.take(size)
    found: dict[str, Any] = {}
    for _, entry, value, _ in walk_properties(inner, packet):
        if entry.repeats:
            value = (*found.get(entry.name, ()), value)
        elif entry.name in found:
            raise ProtocolError(ReasonCode.PROTOCOL_ERROR, f"{entry.name} is there twice")
        found[entry.name] = value
    if packet == SUBSCRIBE and len(found.get("subscription_identifier", ())) > 1:
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "subscription_identifier is there twice")
    return Properties(**found)


def walk_properties(reader: Reader, packet: int) -> Iterator[tuple[int, Entry, Any, int]]:
    """Read properties one by one to the reader's end: where each begins, what it is, its value, where it ends."""
    while reader.left:
        begin = reader.position
        entry = _BY_IDENTIFIER.get(reader.variable())
        if entry is None or packet not in entry.packets:
            raise ProtocolError(ReasonCode.MALFORMED_PACKET, "a property does not belong into its packet")
        value = entry.kind.read(reader)
        if not entry.allowed(value):
            raise ProtocolError(entry.reason_code, f"{entry.name} has a value that is not allowed")
        yield begin, entry, value, reader.position


def encode_properties(properties: Properties) -> bytes:
    """Write properties, their length first."""
    if properties is NO_PROPERTIES:
        return b"\0"
    fields = encode_fields(properties)
    return encode_variable(len(fields)) + fields


def encode_fields(properties: Properties) -> bytes:
    """Write properties without their length."""
    return b"".join(_encode_one(entry, getattr(properties, entry.name)) for entry in _TABLE)


def _encode_one(entry: Entry, value: Any) -> bytes:
    if value is None:
        return b""
    values = value if entry.repeats else (value,)
    return b"".join(bytes((entry.identifier,)) + entry.kind.write(one) for one in values)
