"""From the broker to the device: what each packet of the broker becomes.

The broker is trusted to speak MQTT 5; what it should not say ends the conversation as its fault.
"""

from collections.abc import Callable
from dataclasses import replace

from iot.core.mqtt.conversation import Conversation
from iot.core.mqtt.decoding import decode_body
from iot.core.mqtt.events import Cause, ReceiveRefused, Subscribed, SubscribeRefused, Unsubscribed
from iot.core.mqtt.packets import MQTT_5, Acknowledgement, Disconnect, PubAck, PubRec, SubAck, UnsubAck, encode
from iot.core.mqtt.properties import NO_PROPERTIES
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode
from iot.core.mqtt.stamp import strip_stamps
from iot.core.mqtt.upward import REMEMBERED, answer_subscribe
from iot.core.mqtt.wire import encode_head, encode_variable, malformed, read_length
from iot.core.topic import RULES_PREFIX

Handler = Callable[[Conversation, bytes, int, int, int], None]

_UNHEARD = bytes((ReasonCode.NO_MATCHING_SUBSCRIBERS,))
_CAUSES: dict[int, Cause] = {
    ReasonCode.SESSION_TAKEN_OVER: Cause.DUPLICATE_CLIENTID,
    ReasonCode.ADMINISTRATIVE_ACTION: Cause.SERVER_INITIATED_DISCONNECT,
    ReasonCode.MALFORMED_PACKET: Cause.CLIENT_ERROR,
    ReasonCode.PROTOCOL_ERROR: Cause.CLIENT_ERROR,
    ReasonCode.RECEIVE_MAXIMUM_EXCEEDED: Cause.CLIENT_ERROR,
    ReasonCode.PACKET_TOO_LARGE: Cause.CLIENT_ERROR,
    ReasonCode.MESSAGE_RATE_TOO_HIGH: Cause.THROTTLED,
    ReasonCode.QUOTA_EXCEEDED: Cause.THROTTLED,
}


def publish(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Deliver what may be received without its stamps; what may not is dropped, and acknowledged to the broker."""
    first = data[start]
    after = body + 2
    if after <= end:
        after += data[body] << 8 | data[body + 1]
    topic = data[body + 2 : after]
    if first & 6:
        after += 2
    if after >= end:
        raise malformed("a PUBLISH of the broker ends early")
    size, begin = data[after], after + 1
    if size > 127:
        size, begin = read_length(data, after) or (end, end)
    payload = begin + size
    if payload > end:
        raise malformed("a PUBLISH of the broker ends early")
    if first & 6:
        c.last_broker_id = data[after - 2] << 8 | data[after - 1]
    name = _name(topic)
    code = c.judge.may_receive(name, first >> 1 & 3)
    if code or name.startswith(RULES_PREFIX):
        _drop(c, name, code or ReasonCode.NOT_AUTHORIZED, first, data[after - 2 : after])
        return
    fields = b""
    if c.version == MQTT_5:
        fields = data[begin:payload]
        fields = c.known_stripped if fields == c.known_stamped else _strip(c, fields)
    _deliver(c, name, first, data[body:after], fields, data[payload:end])


def _deliver(c: Conversation, name: str, first: int, place: bytes, fields: bytes, payload: bytes) -> None:
    """Send a message; `place` is its topic and packet identifier."""
    length = len(place) + len(fields) + len(payload)
    head = encode_head(first, length)
    if c.device_packet_limit and len(head) + length > c.device_packet_limit:  # [MQTT-3.1.2-24]
        _drop(c, name, ReasonCode.PACKET_TOO_LARGE, first, place[-2:])
        return
    c.publishes_out += 1
    c.bytes_out += len(payload)
    if first & 6 and c.version == MQTT_5:  # old brokers do not keep to [MQTT-3.3.4-9]
        if c.delivering >= c.device_window:
            c.waiting.append((head, place, fields, payload))
            return
        c.delivering += 1
    c.down += (head, place, fields, payload)


def _name(topic: bytes) -> str:
    try:
        name = str(topic, "utf-8")
    except UnicodeDecodeError:
        raise malformed("a topic name of the broker is not UTF-8") from None
    if not name:
        raise malformed("a PUBLISH of the broker has no topic")
    return name


def _strip(c: Conversation, fields: bytes) -> bytes:
    """Answer the properties without stamps, with their length; most senders' are the same again and again."""
    left = strip_stamps(fields, 0, len(fields))
    left = encode_variable(len(left)) + left
    if len(fields) <= REMEMBERED:
        c.known_stamped, c.known_stripped = fields, left
    return left


def _drop(c: Conversation, name: str, code: int, first: int, identifier: bytes) -> None:
    """Leave out a message, and acknowledge it to the broker lest it waits for ever."""
    c.queue.append(ReceiveRefused(name, code))
    packet_id = int.from_bytes(identifier, "big")
    if first & 6 == 2:
        c.up.append(encode(PubAck(packet_id)))
    elif first & 6:
        c.up.append(encode(PubRec(packet_id, code)))


def pubacks(c: Conversation, data: bytes) -> bool:
    """Handle a read that is nothing but successful PUBACKs of one length, as a fast publisher is answered.

    Answers whether it was one; if not, nothing has happened.
    """
    size = 2 + data[1]
    count, rest = divmod(len(data), size)
    if rest or c.refusals or data[::size] != b"\x40" * count or data[1::size] != data[1:2] * count:
        return False
    if size == 5 and data[4::5] == _UNHEARD * count:
        short = bytearray(b"\x40\x02\0\0" * count)
        short[2::4], short[3::4] = data[2::5], data[3::5]
        data = bytes(short)
    elif size != 4:
        return False
    c.down.append(data)
    c.answered += count
    c.in_flight = max(0, c.in_flight - count)
    return True


def acknowledge(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward an acknowledgement; a 3.1.1 device gets its two bytes, and cannot be told of a failure."""
    first = data[start]
    code = 0
    if end - body == 2:
        c.down.append(data[start:end])
    elif first == 0x40 and data[body + 2 : end] == _UNHEARD:  # AWS answers 0x00 without subscribers
        c.down.append(b"\x40\x02" + data[body : body + 2])
    else:
        packet = decode_body(data, start, body, end, MQTT_5)
        assert isinstance(packet, Acknowledgement)
        code = packet.reason_code
        _acknowledge_with_reason(c, data, start, end, packet)
    if first == 0x40 or first == 0x50:
        c.answered += 1
        while c.refusals and c.refusals[0][0] <= c.answered:
            c.down.append(c.refusals.pop(0)[1])
    if c.in_flight and (first == 0x40 or first == 0x70 or (first == 0x50 and code > 127)):
        c.in_flight -= 1


def _acknowledge_with_reason(c: Conversation, data: bytes, start: int, end: int, packet: Acknowledgement) -> None:
    failed = packet.reason_code >= ReasonCode.UNSPECIFIED_ERROR
    if c.version == MQTT_5 and packet.reason_code != ReasonCode.NO_MATCHING_SUBSCRIBERS:
        c.down.append(data[start:end])
    elif failed and isinstance(packet, PubAck | PubRec):
        c.finish(Cause.SERVER_ERROR, packet.reason_code, detail="the broker refused a publish")
    else:
        c.down.append(encode(replace(packet, reason_code=0, properties=NO_PROPERTIES)))


def suback(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Put the broker's codes between our own, in the order of the filters."""
    packet = decode_body(data, start, body, end, MQTT_5)
    assert isinstance(packet, SubAck)
    asked = c.pending_subscribes.pop(packet.packet_id, None)
    if asked is None or sum(code is None for _, code in asked) != len(packet.reason_codes):
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a SUBACK that answers nothing")
    answers = iter(packet.reason_codes)
    codes = [next(answers) if code is None else code for _, code in asked]
    granted = []
    for (name, refused), code in zip(asked, codes, strict=True):
        if code < ReasonCode.UNSPECIFIED_ERROR:
            c.subscriptions[name] = code
            granted.append((name, code))
        elif refused is None:
            c.queue.append(SubscribeRefused(name, code))
    if granted:
        c.queue.append(Subscribed(tuple(granted)))
    answer_subscribe(c, packet.packet_id, [name for name, _ in asked], codes)


def unsuback(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward an UNSUBACK; MQTT 3.1.1 has no codes in it."""
    packet = decode_body(data, start, body, end, MQTT_5)
    assert isinstance(packet, UnsubAck)
    names = c.pending_unsubscribes.pop(packet.packet_id, ())
    for name in names:
        c.subscriptions.pop(name, None)
    c.queue.append(Unsubscribed(names))
    c.answer(UnsubAck(packet.packet_id, packet.reason_codes))


def pong(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward PINGRESP, unless it answers a PINGREQ of ours."""
    if c.barrier is None or c.barrier.answered():
        c.down.append(data[start:end])


def disconnect(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """End because the broker says so, and say why."""
    packet = decode_body(data, start, body, end, MQTT_5)
    assert isinstance(packet, Disconnect)
    cause = _CAUSES.get(packet.reason_code, Cause.SERVER_ERROR)
    c.finish(cause, packet.reason_code, to_broker=False, detail="the broker ended the connection")


HANDLERS: dict[int, Handler] = {
    **dict.fromkeys(range(0x30, 0x40), publish),
    **dict.fromkeys((0x40, 0x50, 0x62, 0x70), acknowledge),
    0x90: suback,
    0xB0: unsuback,
    0xD0: pong,
    0xE0: disconnect,
}
