"""From the broker to the device: what each packet of the broker becomes.

The broker is trusted to speak MQTT 5; what it should not say ends the conversation as its fault.
"""

from collections.abc import Callable

from iot.core.mqtt.conversation import Conversation
from iot.core.mqtt.decoding import decode_body
from iot.core.mqtt.events import Cause, ReceiveRefused, Subscribed, SubscribeRefused, Unsubscribed
from iot.core.mqtt.packets import MQTT_5, Acknowledgement, Disconnect, PubAck, PubRec, SubAck, UnsubAck, encode
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode
from iot.core.mqtt.stamp import strip_stamps
from iot.core.mqtt.upward import suback_codes
from iot.core.mqtt.wire import decode_text, encode_variable, malformed, read_length
from iot.core.topic import RULES_PREFIX

Handler = Callable[[Conversation, bytes, int, int, int], None]

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
    after = body + 2 + int.from_bytes(data[body : body + 2], "big")
    name = decode_text(data[body + 2 : after])
    if first & 6:
        after += 2
        c.last_broker_id = int.from_bytes(data[after - 2 : after], "big")
    found = read_length(data, after)
    if found is None or sum(found) > end or not name:
        raise malformed("a PUBLISH of the broker ends early")
    size, begin = found
    payload = begin + size
    if not c.judge.may_receive(name) or name.startswith(RULES_PREFIX):
        c.queue.append(ReceiveRefused(name))
        _drop(c, first, data[after - 2 : after])
        return
    head = data[body:after]
    if c.version == MQTT_5:
        fields = strip_stamps(data, begin, payload)
        head += encode_variable(len(fields)) + fields
    length = len(head) + end - payload
    fixed = bytes((first,)) + encode_variable(length)
    if c.device_packet_limit and len(fixed) + length > c.device_packet_limit:  # [MQTT-3.1.2-24]
        _drop(c, first, data[after - 2 : after])
        return
    c.down += (fixed, head, data[payload:end])
    c.publishes_out += 1
    c.bytes_out += end - payload


def _drop(c: Conversation, first: int, identifier: bytes) -> None:
    packet_id = int.from_bytes(identifier, "big")
    if first & 6 == 2:
        c.up.append(encode(PubAck(packet_id)))
    elif first & 6:
        c.up.append(encode(PubRec(packet_id, ReasonCode.NOT_AUTHORIZED)))


def acknowledge(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward an acknowledgement; a 3.1.1 device gets its two bytes, and cannot be told of a failure."""
    first = data[start]
    code = 0
    if end - body != 2:
        packet = decode_body(data, start, body, end, MQTT_5)
        assert isinstance(packet, Acknowledgement)
        code = packet.reason_code
    if c.in_flight and (first in (0x40, 0x70) or (first == 0x50 and code >= ReasonCode.UNSPECIFIED_ERROR)):
        c.in_flight -= 1
    if code >= ReasonCode.UNSPECIFIED_ERROR and c.version != MQTT_5 and first in (0x40, 0x50):
        c.finish(Cause.SERVER_ERROR, code, detail="the broker refused a publish")
    elif code == ReasonCode.NO_MATCHING_SUBSCRIBERS or c.version != MQTT_5:  # AWS answers 0x00 without subscribers
        c.down.append(bytes((first, 2)) + data[body : body + 2])
    else:
        c.down.append(data[start:end])


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
    c.down.append(encode(SubAck(packet.packet_id, suback_codes(c, codes)), c.version))


def unsuback(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward an UNSUBACK; MQTT 3.1.1 has no codes in it."""
    packet = decode_body(data, start, body, end, MQTT_5)
    assert isinstance(packet, UnsubAck)
    names = c.pending_unsubscribes.pop(packet.packet_id, ())
    for name in names:
        c.subscriptions.pop(name, None)
    c.queue.append(Unsubscribed(names))
    c.down.append(encode(UnsubAck(packet.packet_id, packet.reason_codes), c.version))


def pong(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward PINGRESP."""
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
