"""Bytes to packets, strictly: every form that the standards forbid is a ProtocolError with its reason code."""

from collections.abc import Callable

from iot.core.mqtt import packets, properties
from iot.core.mqtt.packets import MQTT_3, MQTT_5, Packet
from iot.core.mqtt.properties import NO_PROPERTIES, Properties, decode_properties
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode
from iot.core.mqtt.wire import Reader, malformed, read_length

_REASON_CODES = {
    properties.CONNACK: frozenset({0x00, *range(0x80, 0x8B), 0x8C, 0x90, 0x95, 0x97, *range(0x99, 0x9E), 0x9F}),
    properties.PUBACK: frozenset({0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}),
    properties.PUBREC: frozenset({0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}),
    properties.PUBREL: frozenset({0x00, 0x92}),
    properties.PUBCOMP: frozenset({0x00, 0x92}),
    properties.SUBACK: frozenset({0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2}),
    properties.UNSUBACK: frozenset({0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91}),
    properties.DISCONNECT: frozenset({0, 4, *range(0x80, 0x84), 0x87, 0x89, *range(0x8B, 0x91), *range(0x93, 0xA3)}),
    properties.AUTH: frozenset({0x00, 0x18, 0x19}),
}
_FLAGS = {properties.PUBREL: 2, properties.SUBSCRIBE: 2, properties.UNSUBSCRIBE: 2}


def decode(data: bytes, version: int = MQTT_5) -> Packet:
    """Read one whole packet; raises ProtocolError. A CONNECT knows its own version."""
    found = read_length(data, 1)
    if not data or found is None or found[0] != len(data) - found[1]:
        raise malformed("the packet is not as long as it says")
    return decode_body(data, 0, found[1], len(data), version)


def decode_body(data: bytes, start: int, body: int, end: int, version: int) -> Packet:
    """Read the packet whose fixed header is at `start` and whose body is between `body` and `end`."""
    kind, flags = data[start] >> 4, data[start] & 15
    if kind not in _DECODERS or (kind == properties.AUTH and version != MQTT_5):
        raise malformed("there is no such packet")
    reader = Reader(data, body, end)
    if kind == properties.PUBLISH:
        return _publish(reader, flags, version)
    if flags != _FLAGS.get(kind, 0):  # [MQTT-2.1.3-1]
        raise malformed("the flags of the fixed header are not allowed")
    packet = _DECODERS[kind](reader, version)
    reader.finish()
    return packet


def _connect(reader: Reader, _: int) -> packets.Connect:
    if reader.binary() != b"MQTT":  # [MQTT-3.1.2-1]
        raise malformed("the protocol's name is not MQTT")
    version = reader.number(1)
    if version not in (MQTT_3, MQTT_5):  # [MQTT-3.1.2-2]
        raise ProtocolError(ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "the protocol's version is neither 4 nor 5")
    flags = reader.number(1)
    _check_connect_flags(flags, version)
    keep_alive = reader.number(2)
    own = _properties(reader, properties.CONNECT, version)
    if own.authentication_data is not None and own.authentication_method is None:
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "authentication data without a method")
    client_id = reader.text()
    will = _will(reader, flags, version) if flags & 0x04 else None
    username = reader.text() if flags & 0x80 else None
    password = reader.binary() if flags & 0x40 else None
    return packets.Connect(client_id, version, bool(flags & 0x02), keep_alive, username, password, will, own)


def _check_connect_flags(flags: int, version: int) -> None:
    if flags & 0x01:  # [MQTT-3.1.2-3]
        raise malformed("the reserved flag of CONNECT is set")
    if flags & 0x18 == 0x18:  # [MQTT-3.1.2-12]
        raise malformed("the will has QoS 3")
    if not flags & 0x04 and flags & 0x38:  # [MQTT-3.1.2-11, MQTT-3.1.2-13]
        raise malformed("a QoS or retain flag of a will without a will")
    if version == MQTT_3 and flags & 0x40 and not flags & 0x80:  # [MQTT-3.1.2-22] of MQTT 3.1.1
        raise malformed("a password without a user name")


def _will(reader: Reader, flags: int, version: int) -> packets.Will:
    own = _properties(reader, properties.WILL, version)
    topic = reader.text()
    _check_topic_name(topic)
    return packets.Will(topic, reader.binary(), flags >> 3 & 3, bool(flags & 0x20), own)


def _connack(reader: Reader, version: int) -> packets.ConnAck:
    flags, reason_code = reader.number(1), reader.number(1)
    if flags > 1:  # [MQTT-3.2.2-1]
        raise malformed("a reserved flag of CONNACK is set")
    if version == MQTT_3 and reason_code > 5:
        raise malformed("there is no such return code")
    if version == MQTT_5:
        _check_reason_code(reason_code, properties.CONNACK)
    if flags and reason_code:  # [MQTT-3.2.2-6]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a session is present in a refusal")
    return packets.ConnAck(bool(flags), reason_code, _properties(reader, properties.CONNACK, version))


def _publish(reader: Reader, flags: int, version: int) -> packets.Publish:
    qos, dup = flags >> 1 & 3, bool(flags & 8)
    if qos == 3:  # [MQTT-3.3.1-4]
        raise malformed("a PUBLISH has QoS 3")
    if dup and not qos:  # [MQTT-3.3.1-2]
        raise malformed("a PUBLISH of QoS 0 is marked as a duplicate")
    topic = reader.text()
    packet_id = _packet_id(reader) if qos else 0
    own = _properties(reader, properties.PUBLISH, version)
    if topic or own.topic_alias is None:
        _check_topic_name(topic)
    return packets.Publish(topic, reader.rest(), qos, bool(flags & 1), dup, packet_id, own)


def _check_topic_name(topic: str) -> None:
    if not topic:  # [MQTT-4.7.3-1]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a topic name is empty")
    if "+" in topic or "#" in topic:  # [MQTT-3.3.2-2]
        raise ProtocolError(ReasonCode.TOPIC_NAME_INVALID, "a topic name contains a wildcard")


def _acknowledgement(
    make: type[packets.Acknowledgement], kind: int
) -> Callable[[Reader, int], packets.Acknowledgement]:
    def read(reader: Reader, version: int) -> packets.Acknowledgement:
        return make(_packet_id(reader), *_reason(reader, kind, version))

    return read


def _subscribe(reader: Reader, version: int) -> packets.Subscribe:
    packet_id = _packet_id(reader)
    own = _properties(reader, properties.SUBSCRIBE, version)
    found = []
    while reader.left:
        found.append(_subscription(reader.text(), reader.number(1), version))
    if not found:  # [MQTT-3.8.3-2]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a SUBSCRIBE without a filter")
    return packets.Subscribe(packet_id, tuple(found), own)


def _subscription(topic_filter: str, options: int, version: int) -> packets.Subscription:
    if options & (0xC0 if version == MQTT_5 else 0xFC):  # [MQTT-3.8.3-5]
        raise malformed("a reserved bit of the subscription options is set")
    if options & 3 == 3:
        raise malformed("a subscription has QoS 3")
    if options & 0x30 == 0x30:
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a subscription has retain handling 3")
    return packets.Subscription(topic_filter, options & 3, bool(options & 4), bool(options & 8), options >> 4 & 3)


def _suback(reader: Reader, version: int) -> packets.SubAck:
    packet_id = _packet_id(reader)
    own = _properties(reader, properties.SUBACK, version)
    codes = tuple(reader.rest())
    for code in codes:
        _check_reason_code(code, properties.SUBACK)
    if version == MQTT_3 and any(code > 2 and code != 0x80 for code in codes):  # [MQTT-3.9.3-2] of MQTT 3.1.1
        raise malformed("there is no such return code")
    return packets.SubAck(packet_id, codes, own)


def _unsubscribe(reader: Reader, version: int) -> packets.Unsubscribe:
    packet_id = _packet_id(reader)
    own = _properties(reader, properties.UNSUBSCRIBE, version)
    found = []
    while reader.left:
        found.append(reader.text())
    if not found:  # [MQTT-3.10.3-2]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "an UNSUBSCRIBE without a filter")
    return packets.Unsubscribe(packet_id, tuple(found), own)


def _unsuback(reader: Reader, version: int) -> packets.UnsubAck:
    packet_id = _packet_id(reader)
    own = _properties(reader, properties.UNSUBACK, version)
    codes = tuple(reader.rest()) if version == MQTT_5 else ()
    for code in codes:
        _check_reason_code(code, properties.UNSUBACK)
    return packets.UnsubAck(packet_id, codes, own)


def _disconnect(reader: Reader, version: int) -> packets.Disconnect:
    return packets.Disconnect(*_reason(reader, properties.DISCONNECT, version))


def _auth(reader: Reader, version: int) -> packets.Auth:
    return packets.Auth(*_reason(reader, properties.AUTH, version))


def _reason(reader: Reader, kind: int, version: int) -> tuple[int, Properties]:
    """Read what may be left out at the end of an acknowledgement, DISCONNECT or AUTH [MQTT5 3.4.2.1]."""
    if version != MQTT_5 or not reader.left:
        return 0, NO_PROPERTIES
    reason_code = reader.number(1)
    _check_reason_code(reason_code, kind)
    return reason_code, decode_properties(reader, kind) if reader.left else NO_PROPERTIES


def _check_reason_code(reason_code: int, kind: int) -> None:
    if reason_code not in _REASON_CODES[kind]:
        raise malformed(f"the packet may not carry the reason code 0x{reason_code:02x}")


def _properties(reader: Reader, kind: int, version: int) -> Properties:
    return decode_properties(reader, kind) if version == MQTT_5 else NO_PROPERTIES


def _packet_id(reader: Reader) -> int:
    packet_id = reader.number(2)
    if not packet_id:  # [MQTT-2.2.1-3]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a packet identifier is zero")
    return packet_id


_DECODERS: dict[int, Callable[[Reader, int], Packet]] = {
    properties.CONNECT: _connect,
    properties.CONNACK: _connack,
    properties.PUBLISH: lambda reader, version: _publish(reader, 0, version),
    properties.PUBACK: _acknowledgement(packets.PubAck, properties.PUBACK),
    properties.PUBREC: _acknowledgement(packets.PubRec, properties.PUBREC),
    properties.PUBREL: _acknowledgement(packets.PubRel, properties.PUBREL),
    properties.PUBCOMP: _acknowledgement(packets.PubComp, properties.PUBCOMP),
    properties.SUBSCRIBE: _subscribe,
    properties.SUBACK: _suback,
    properties.UNSUBSCRIBE: _unsubscribe,
    properties.UNSUBACK: _unsuback,
    properties.PINGREQ: lambda reader, version: packets.PingReq(),
    properties.PINGRESP: lambda reader, version: packets.PingResp(),
    properties.DISCONNECT: _disconnect,
    properties.AUTH: _auth,
}
