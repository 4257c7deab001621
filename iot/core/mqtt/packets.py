"""The control packets of MQTT 3.1.1 and 5: a frozen dataclass each, and their bytes. `decoding` reads them back."""

from collections.abc import Iterable
from dataclasses import dataclass

from iot.core.mqtt.properties import NO_PROPERTIES, Properties, encode_properties
from iot.core.mqtt.wire import encode_binary, encode_packet, encode_text

MQTT_3, MQTT_5 = 4, 5


@dataclass(frozen=True, slots=True)
class Will:
    """What a CONNECT asks to be published when the connection ends badly [MQTT5 3.1.2.5]."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Connect:
    """CONNECT; `version` is 4 (MQTT 3.1.1) or 5, `clean_start` is MQTT 3.1.1's clean session."""

    client_id: str
    version: int = MQTT_5
    clean_start: bool = True
    keep_alive: int = 0
    username: str | None = None
    password: bytes | None = None
    will: Will | None = None
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class ConnAck:
    """CONNACK; for MQTT 3.1.1 `reason_code` is its return code, 0 to 5."""

    session_present: bool = False
    reason_code: int = 0
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Publish:
    """PUBLISH; `packet_id` is 0 with QoS 0."""

    topic: str
    payload: bytes = b""
    qos: int = 0
    retain: bool = False
    dup: bool = False
    packet_id: int = 0
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class _Acknowledgement:
    packet_id: int
    reason_code: int = 0
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class PubAck(_Acknowledgement):
    """PUBACK, the answer to a PUBLISH of QoS 1."""


@dataclass(frozen=True, slots=True)
class PubRec(_Acknowledgement):
    """PUBREC, the first answer to a PUBLISH of QoS 2."""


@dataclass(frozen=True, slots=True)
class PubRel(_Acknowledgement):
    """PUBREL, the answer to PUBREC."""


@dataclass(frozen=True, slots=True)
class PubComp(_Acknowledgement):
    """PUBCOMP, the answer to PUBREL."""


Acknowledgement = PubAck | PubRec | PubRel | PubComp


@dataclass(frozen=True, slots=True)
class Subscription:
    """One filter of a SUBSCRIBE with its options; MQTT 3.1.1 has only the QoS."""

    topic_filter: str
    qos: int = 0
    no_local: bool = False
    retain_as_published: bool = False
    retain_handling: int = 0


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SUBSCRIBE."""

    packet_id: int
    subscriptions: tuple[Subscription, ...]
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class SubAck:
    """SUBACK: a code for each filter, in order."""

    packet_id: int
    reason_codes: tuple[int, ...]
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """UNSUBSCRIBE."""

    packet_id: int
    topic_filters: tuple[str, ...]
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class UnsubAck:
    """UNSUBACK: a code for each filter, in order; MQTT 3.1.1 has none."""

    packet_id: int
    reason_codes: tuple[int, ...] = ()
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class PingReq:
    """PINGREQ."""


@dataclass(frozen=True, slots=True)
class PingResp:
    """PINGRESP."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """DISCONNECT; MQTT 3.1.1 has no reason."""

    reason_code: int = 0
    properties: Properties = NO_PROPERTIES


@dataclass(frozen=True, slots=True)
class Auth:
    """AUTH, of MQTT 5 only."""

    reason_code: int = 0
    properties: Properties = NO_PROPERTIES


Packet = (
    Connect
    | ConnAck
    | Publish
    | Acknowledgement
    | Subscribe
    | SubAck
    | Unsubscribe
    | UnsubAck
    | PingReq
    | PingResp
    | Disconnect
    | Auth
)

_ACKNOWLEDGEMENTS: dict[type, int] = {PubAck: 0x40, PubRec: 0x50, PubRel: 0x62, PubComp: 0x70}


def encode(packet: Packet, version: int = MQTT_5) -> bytes:
    """Write a packet in the given version; a CONNECT knows its own."""
    match packet:
        case Connect():
            return encode_packet(0x10, _connect(packet))
        case ConnAck():
            head = bytes((packet.session_present, packet.reason_code))
            return encode_packet(0x20, head + _properties(packet.properties, version))
        case Publish():
            first = 0x30 | packet.dup << 3 | packet.qos << 1 | packet.retain
            identifier = packet.packet_id.to_bytes(2, "big") if packet.qos else b""
            head = encode_text(packet.topic) + identifier + _properties(packet.properties, version)
            return encode_packet(first, head + packet.payload)
        case PubAck() | PubRec() | PubRel() | PubComp():
            head = packet.packet_id.to_bytes(2, "big")
            return encode_packet(_ACKNOWLEDGEMENTS[type(packet)], head + _reason(packet, version))
        case Subscribe() | SubAck() | Unsubscribe() | UnsubAck():
            return _encode_subscription_packet(packet, version)
        case _:
            return _encode_bare(packet, version)


def _encode_subscription_packet(packet: Subscribe | SubAck | Unsubscribe | UnsubAck, version: int) -> bytes:
    head = packet.packet_id.to_bytes(2, "big") + _properties(packet.properties, version)
    match packet:
        case Subscribe():
            return encode_packet(0x82, head + _join(map(_subscription, packet.subscriptions)))
        case SubAck():
            return encode_packet(0x90, head + bytes(packet.reason_codes))
        case Unsubscribe():
            return encode_packet(0xA2, head + _join(map(encode_text, packet.topic_filters)))
        case _:
            return encode_packet(0xB0, head + (bytes(packet.reason_codes) if version == MQTT_5 else b""))


def _encode_bare(packet: PingReq | PingResp | Disconnect | Auth, version: int) -> bytes:
    match packet:
        case PingReq():
            return b"\xc0\0"
        case PingResp():
            return b"\xd0\0"
        case Disconnect():
            return encode_packet(0xE0, _reason(packet, version))
        case _:
            return encode_packet(0xF0, _reason(packet, version))


def _connect(packet: Connect) -> bytes:
    will = packet.will
    flags = (
        (packet.username is not None) << 7
        | (packet.password is not None) << 6
        | (will.retain << 5 | will.qos << 3 | 0x04 if will else 0)
        | packet.clean_start << 1
    )
    parts = [
        b"\0\4MQTT",
        bytes((packet.version, flags)),
        packet.keep_alive.to_bytes(2, "big"),
        _properties(packet.properties, packet.version),
        encode_text(packet.client_id),
    ]
    if will:
        parts += [_properties(will.properties, packet.version), encode_text(will.topic), encode_binary(will.payload)]
    if packet.username is not None:
        parts.append(encode_text(packet.username))
    if packet.password is not None:
        parts.append(encode_binary(packet.password))
    return _join(parts)


def _subscription(wanted: Subscription) -> bytes:
    options = wanted.retain_handling << 4 | wanted.retain_as_published << 3 | wanted.no_local << 2 | wanted.qos
    return encode_text(wanted.topic_filter) + bytes((options,))


def _reason(packet: Acknowledgement | Disconnect | Auth, version: int) -> bytes:
    if version != MQTT_5 or (packet.reason_code == 0 and packet.properties == NO_PROPERTIES):
        return b""
    if packet.properties == NO_PROPERTIES:
        return bytes((packet.reason_code,))
    return bytes((packet.reason_code,)) + encode_properties(packet.properties)


def _properties(properties: Properties, version: int) -> bytes:
    return encode_properties(properties) if version == MQTT_5 else b""


def _join(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)
