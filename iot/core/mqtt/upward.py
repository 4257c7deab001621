"""From the device to the broker: what each packet of an open conversation becomes.

PUBLISH takes most of a gateway's time, so it is read in place, without a record. All else goes through the codec.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import or_

from iot.core import errors
from iot.core.message import STAMP_KEY
from iot.core.mqtt import properties
from iot.core.mqtt.conversation import Conversation
from iot.core.mqtt.decoding import decode_body
from iot.core.mqtt.events import Cause, Delivered, PublishRefused, Retained, SubscribeRefused
from iot.core.mqtt.packets import (
    MQTT_5,
    Acknowledgement,
    Disconnect,
    PubAck,
    PubRec,
    SubAck,
    Subscribe,
    Subscription,
    Unsubscribe,
    encode,
)
from iot.core.mqtt.properties import NO_PROPERTIES, Properties, decode_properties, walk_properties
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode, explain
from iot.core.mqtt.wire import MAXIMUM_LENGTH, Reader, decode_text, encode_head, encode_text, encode_variable, malformed
from iot.core.topic import RULES_PREFIX, SHARE_PREFIX, split_share, validate_filter

REMEMBERED = 512  # bytes of properties; kept for each connection
LONGEST_FILTER = 4096  # bytes, so that subscriptions cannot fill the memory

# AWS's limits on the properties of a PUBLISH, in bytes and seconds.
LONGEST_EXPIRY = 604_800
_LONGEST = {"content_type": 256, "response_topic": 256, "correlation_data": 8 * 1024}
_LONGEST_PAIRS = 8 * 1024

Handler = Callable[[Conversation, bytes, int, int, int], None]


def publish(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Ask, stamp, forward; sets `held` instead when a 3.1.1 device must wait for the broker's window."""
    first = data[start]
    after = body + 2
    if after > end:
        raise malformed("a PUBLISH ends early")
    after += data[body] << 8 | data[body + 1]
    topic = data[body + 2 : after]
    if first & 6:
        if c.in_flight >= c.window and _window_is_full(c):
            return
        after += 2
    payload = after
    if c.version == MQTT_5:
        payload += 1
        if payload <= end and data[after]:
            _publish_with_properties(c, data, start, after, end, topic)
            return
    if payload > end:
        raise malformed("a PUBLISH ends early")
    try:
        name = str(topic, "utf-8")
    except UnicodeDecodeError:
        raise malformed("a topic name is not UTF-8") from None
    if not name or "+" in name or "#" in name or "\0" in name:
        _check_name(name)
    if _may_publish(c, data, start, after, payload, end, name):
        length = end - payload + after - body + len(c.stamp_block)
        c.up += (encode_head(first, length), data[body:after], c.stamp_block, data[payload:end])


def publish_twice_acknowledged(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Handle a PUBLISH of QoS 2, where it is offered."""
    if c.maximum_qos < 2:  # [MQTT-3.2.2-11]
        raise ProtocolError(ReasonCode.QOS_NOT_SUPPORTED, "a PUBLISH has QoS 2")
    publish(c, data, start, body, end)


def publish_with_bad_flags(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Refuse QoS 3 [MQTT-3.3.1-4] and a duplicate of QoS 0 [MQTT-3.3.1-2]."""
    raise malformed("a PUBLISH has QoS 3, or QoS 0 and is marked as a duplicate")


def _window_is_full(c: Conversation) -> bool:
    if c.version == MQTT_5:  # [MQTT-3.3.4-7]
        raise ProtocolError(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "more publishes in flight than the receive maximum")
    c.held, c.reading = True, False  # MQTT 3.1.1 has no receive maximum, so we stop reading
    return True


def _check_name(name: str) -> None:
    if not name:  # [MQTT-4.7.3-1]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a topic name is empty")
    if "\0" in name:  # [MQTT-1.5.4-2]
        raise malformed("a topic name contains NUL")
    raise ProtocolError(ReasonCode.TOPIC_NAME_INVALID, "a topic name contains a wildcard")  # [MQTT-3.3.2-2]


def _may_publish(c: Conversation, data: bytes, start: int, after: int, payload: int, end: int, name: str) -> bool:
    """Demand a packet identifier and a payload within the limits, and the judge's consent; count what passes."""
    first = data[start]
    if end - payload > c.config.maximum_payload:
        raise ProtocolError(ReasonCode.PACKET_TOO_LARGE, "the payload is too large")
    if first & 6 and not (data[after - 1] or data[after - 2]):  # [MQTT-2.2.1-3]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a packet identifier is zero")
    code = c.judge.may_publish(name, first & 1 == 1)
    if code:
        _refuse(c, name, code, first, data[after - 2 : after])
        return False
    if first & 6:
        c.in_flight += 1
        c.forwarded += 1
    if first & 1:
        reader = Reader(data, after, payload)
        own = decode_properties(reader, properties.PUBLISH) if c.version == MQTT_5 else NO_PROPERTIES
        c.queue.append(Retained(name, data[payload:end], first >> 1 & 3, own))
    c.publishes_in += 1
    c.bytes_in += end - payload
    return True


def _publish_with_properties(c: Conversation, data: bytes, start: int, after: int, end: int, topic: bytes) -> None:
    reader = Reader(data, after, end)
    fields = reader.take(reader.variable())
    payload = reader.position
    alias, code = None, 0
    if fields != c.known_fields:  # most devices send the same properties again and again
        alias, code, fields = _scan(fields, strict=c.config.strict)
        if alias is None and not code and len(fields) <= REMEMBERED:
            c.known_fields = fields
    name = _resolve(c, decode_text(topic), alias)
    first = data[start]
    identifier = data[after - 2 : after] if first & 6 else b""
    if code:
        _refuse(c, name, code, first, identifier)
    elif _may_publish(c, data, start, after, payload, end, name):
        # The broker knows nothing of the device's aliases: it gets the name.
        head = encode_text(name) + identifier + encode_variable(len(c.stamp) + len(fields))
        length = len(head) + len(c.stamp) + len(fields) + end - payload
        c.up += (encode_head(first, length), head, c.stamp, fields, data[payload:end])


def _scan(fields: bytes, *, strict: bool) -> tuple[int | None, int, bytes]:
    """Check the properties of a PUBLISH; answer its topic alias, the code of a refusal, and what goes on of them."""
    alias, code, kept, pairs = None, 0, [], 0
    seen = set()
    for begin, entry, value, finish in walk_properties(Reader(fields, 0, len(fields)), properties.PUBLISH):
        field = fields[begin:finish]
        if entry.name == "user_property":
            pairs += finish - begin - 5  # two lengths and the identifier are not counted
            if value[0] == STAMP_KEY:
                code = ReasonCode.NOT_AUTHORIZED
        elif entry.name in seen:
            raise ProtocolError(ReasonCode.PROTOCOL_ERROR, f"{entry.name} is there twice")
        elif entry.name == "topic_alias":
            alias, field = value, b""
        elif entry.name == "subscription_identifier":  # [MQTT-3.3.4-6]
            raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a client sent a subscription identifier")
        elif entry.name == "message_expiry_interval" and strict:
            field = field[:1] + clamp_expiry(value).to_bytes(4, "big")
        elif strict and len(field) - 3 > _LONGEST.get(entry.name, MAXIMUM_LENGTH):
            code = code or ReasonCode.QUOTA_EXCEEDED
        seen.add(entry.name)
        kept.append(field)
    if strict and pairs > _LONGEST_PAIRS:
        code = code or ReasonCode.QUOTA_EXCEEDED
    return alias, code, b"".join(kept)


def clamp_expiry(seconds: int) -> int:
    """Answer AWS's Message Expiry Interval for the one that was asked for."""
    return min(max(seconds, 1), LONGEST_EXPIRY)


def _resolve(c: Conversation, name: str, alias: int | None) -> str:
    """Answer the topic's name, which an alias may stand for [MQTT5 3.3.2.3.4]."""
    if not name and alias in c.aliases:
        return c.aliases[alias]
    if not name or "+" in name or "#" in name:
        _check_name(name)
    if alias is not None:
        if alias > c.config.topic_alias_maximum:  # [MQTT-3.3.2-9]
            raise ProtocolError(ReasonCode.TOPIC_ALIAS_INVALID, "a topic alias is above the maximum")
        c.aliases[alias] = name
    return name


def _refuse(c: Conversation, name: str, code: int, first: int, identifier: bytes) -> None:
    """Tell the device that its publish was refused, by the way its version and QoS leave open."""
    c.queue.append(PublishRefused(name, code, first & 1 == 1))
    c.spend(30)
    if c.version == MQTT_5 and first & 6:
        make = PubAck if first & 6 == 2 else PubRec
        answer = c.write(make(int.from_bytes(identifier, "big"), code), explain(code))
        if c.answered < c.forwarded:  # [MQTT-4.6.0-2]: answers go out in the order of what they answer
            if len(c.refusals) >= c.window:  # [MQTT-3.3.4-7]
                raise ProtocolError(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "more publishes than the receive maximum")
            c.refusals.append((c.forwarded, answer))
        else:
            c.down.append(answer)
    elif code != ReasonCode.QUOTA_EXCEEDED:
        cause = Cause.AUTH_ERROR if code == ReasonCode.NOT_AUTHORIZED else Cause.CLIENT_ERROR
        c.finish(cause, code, detail=f"publish to {name!r} refused")


def pubacks(c: Conversation, data: bytes) -> bool:
    """Handle a read that is nothing but plain PUBACKs, as a fast subscriber answers; answers whether it was one."""
    count, rest = divmod(len(data), 4)
    if rest or c.waiting or c.local_ids or data[::4] != b"\x40" * count or data[1::4] != b"\2" * count:
        return False
    if not all(map(or_, data[2::4], data[3::4])):  # [MQTT-2.2.1-3]
        return False
    c.up.append(data)
    c.packets_in += count
    c.delivering = max(0, c.delivering - count)
    return True


def acknowledge(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward PUBACK, PUBREC, PUBREL and PUBCOMP as they are: MQTT 5 has MQTT 3.1.1's short form."""
    if data[start] != 0x40 and c.maximum_qos < 2:
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "a packet of QoS 2, which is not offered")
    packet_id = data[body] << 8 | data[body + 1] if end - body == 2 else 0
    if not packet_id:
        packet = decode_body(data, start, body, end, c.version)
        assert isinstance(packet, Acknowledgement)
        packet_id = packet.packet_id
    if packet_id in c.local_ids:
        c.local_ids.remove(packet_id)
        c.queue.append(Delivered(packet_id))
        return
    c.up.append(data[start:end])
    if c.delivering and (data[start] in (0x40, 0x70) or _is_refusal(data, start, body, end)):
        c.delivering -= 1
        if c.waiting:
            c.delivering += 1
            c.down += c.waiting.pop(0)


def _is_refusal(data: bytes, start: int, body: int, end: int) -> bool:
    """Say whether this is a PUBREC that says no, behind which nothing follows [MQTT-4.3.3-4]."""
    return data[start] == 0x50 and end - body > 2 and data[body + 2] >= ReasonCode.UNSPECIFIED_ERROR


def subscribe(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward the filters that may be subscribed to; answer here when none may."""
    packet = decode_body(data, start, body, end, c.version)
    assert isinstance(packet, Subscribe)
    c.spend(30 + 10 * len(packet.subscriptions))
    if packet.properties.subscription_identifier and c.config.strict:
        raise ProtocolError(
            ReasonCode.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED, "subscription identifiers are not offered"
        )
    for wanted in packet.subscriptions:
        _check_filter(wanted.topic_filter, wanted.no_local)
    codes = _codes(c, packet)
    for wanted, code in zip(packet.subscriptions, codes, strict=True):
        if code is not None:
            c.queue.append(SubscribeRefused(wanted.topic_filter, code))
    forwarded = tuple(_upstream(c, w) for w, code in zip(packet.subscriptions, codes, strict=True) if code is None)
    if forwarded:
        names = [wanted.topic_filter for wanted in packet.subscriptions]
        c.pending_subscribes[packet.packet_id] = list(zip(names, codes, strict=True))
        c.up.append(encode(Subscribe(packet.packet_id, forwarded, packet.properties)))
    else:
        answer_subscribe(c, packet.packet_id, [wanted.topic_filter for wanted in packet.subscriptions], codes)


def answer_subscribe(c: Conversation, packet_id: int, names: Iterable[str], codes: Iterable[int | None]) -> None:
    """Send SUBACK, with the codes in the device's version: MQTT 3.1.1 knows one failure [MQTT-3.9.3-2]."""
    found = tuple(code or 0 for code in codes)
    if c.version == MQTT_5:
        reasons = (f"{name}: {explain(code)}" for name, code in zip(names, found, strict=True) if explain(code))
        c.answer(SubAck(packet_id, found), "; ".join(reasons))
    else:
        c.answer(SubAck(packet_id, tuple(min(code, ReasonCode.UNSPECIFIED_ERROR) for code in found)))


def _codes(c: Conversation, packet: Subscribe) -> list[int | None]:
    """Answer for each filter why it is refused, or None."""
    wanted = packet.subscriptions
    if packet.packet_id in c.pending_subscribes:
        return [ReasonCode.PACKET_IDENTIFIER_IN_USE] * len(wanted)
    if len(wanted) > c.config.maximum_filters:
        return [ReasonCode.QUOTA_EXCEEDED] * len(wanted)
    held = set(c.subscriptions)
    codes: list[int | None] = []
    for name in (one.topic_filter for one in wanted):
        if name.startswith(RULES_PREFIX):  # Basic Ingest is for publishing only
            code = int(ReasonCode.NOT_AUTHORIZED)
        elif len(name) > LONGEST_FILTER or (name not in held and len(held) >= c.config.maximum_subscriptions):
            code = int(ReasonCode.QUOTA_EXCEEDED)
        else:
            code = c.judge.may_subscribe(name)
        if not code:
            held.add(name)
        codes.append(code or None)
    return codes


def _check_filter(name: str, no_local: bool) -> None:
    try:
        validate_filter(name)
        split_share(name)
    except errors.InvalidRequestException as error:  # [MQTT-4.7.1-1, MQTT-4.8.2-1, MQTT-4.8.2-2]
        raise ProtocolError(ReasonCode.TOPIC_FILTER_INVALID, error.message) from None
    if no_local and name.startswith(SHARE_PREFIX):  # [MQTT-3.8.3-4]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "no local on a shared subscription")


def _upstream(c: Conversation, wanted: Subscription) -> Subscription:
    """Grant at most the QoS we have, and keep retained messages from filters that are not to hear them.

    A shared subscription never does [MQTT5 4.8.2], though some brokers think so; on AWS no filter with a wildcard does.
    """
    name, qos = wanted.topic_filter, min(wanted.qos, c.maximum_qos)
    if name.startswith(SHARE_PREFIX) or (c.config.strict and ("+" in name or "#" in name)):
        return replace(wanted, topic_filter=_brokers(c, name), qos=qos, retain_handling=2)
    return replace(wanted, qos=qos)


def _brokers(c: Conversation, name: str) -> str:
    """Answer the broker's filter for a device's: on AWS `a/#` does not match `a`, and to the broker that is `a/+/#`."""
    return f"{name[:-1]}+/#" if c.config.strict and name.endswith("/#") and split_share(name)[1] != "#" else name


def unsubscribe(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Forward an UNSUBSCRIBE; nobody needs leave to receive less."""
    packet = decode_body(data, start, body, end, c.version)
    assert isinstance(packet, Unsubscribe)
    c.spend(10 + 2 * len(packet.topic_filters))
    for name in packet.topic_filters:
        _check_filter(name, False)
    c.pending_unsubscribes[packet.packet_id] = packet.topic_filters
    c.up.append(encode(replace(packet, topic_filters=tuple(_brokers(c, name) for name in packet.topic_filters))))


def ping(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Let the broker answer, so that PINGRESP says that the whole way is open [MQTT-3.12.4-1]."""
    if c.barrier is not None:
        c.barrier.asked()
    decode_body(data, start, body, end, c.version)
    c.spend(1)
    c.up.append(data[start:end])


def disconnect(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """End as the device asks; only the reason 0x00 takes back the will [MQTT-3.14.4-3]."""
    packet = decode_body(data, start, body, end, c.version)
    assert isinstance(packet, Disconnect)
    expiry = packet.properties.session_expiry_interval
    if expiry and not c.session_expiry:  # [MQTT5 3.14.2.2.2]
        raise ProtocolError(ReasonCode.PROTOCOL_ERROR, "DISCONNECT makes a session outlive that was not to")
    if expiry is not None:
        expiry = min(expiry, c.config.maximum_session_expiry)
    upstream = Disconnect(packet.reason_code, Properties(session_expiry_interval=expiry))
    will = packet.reason_code != ReasonCode.SUCCESS
    c.finish(Cause.CLIENT_INITIATED_DISCONNECT, packet.reason_code, to_device=False, will=will, disconnect=upstream)


HANDLERS: dict[int, Handler] = {
    **dict.fromkeys((0x30, 0x31, 0x32, 0x33, 0x3A, 0x3B), publish),
    **dict.fromkeys((0x34, 0x35, 0x3C, 0x3D), publish_twice_acknowledged),
    **dict.fromkeys((0x36, 0x37, 0x38, 0x39, 0x3E, 0x3F), publish_with_bad_flags),
    **dict.fromkeys((0x40, 0x50, 0x62, 0x70), acknowledge),
    0x82: subscribe,
    0xA2: unsubscribe,
    0xC0: ping,
    0xE0: disconnect,
}
