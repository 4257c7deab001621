"""How a conversation opens: what a device's CONNECT asks, what is asked of the broker, what CONNACK says of it."""

from dataclasses import replace

from iot.core.message import STAMP_KEY
from iot.core.mqtt.conversation import Conversation, State
from iot.core.mqtt.decoding import decode_body
from iot.core.mqtt.events import Cause, Connected, ConnectRequested, ProxyConfig
from iot.core.mqtt.packets import MQTT_3, MQTT_5, ConnAck, Connect, Will
from iot.core.mqtt.properties import NO_PROPERTIES, Properties
from iot.core.mqtt.reason_codes import ReasonCode
from iot.core.mqtt.stamp import ALLOWANCE, is_stamped
from iot.core.mqtt.upward import clamp_expiry
from iot.core.topic import within_aws_limits

SMALLEST_PACKET = 512  # AWS's least Maximum Packet Size of a client

# The broker's refusals that are between it and us: the device only hears that the service is unavailable.
_OUR_FAULT = (ReasonCode.BAD_USER_NAME_OR_PASSWORD, ReasonCode.NOT_AUTHORIZED, ReasonCode.BAD_AUTHENTICATION_METHOD)


def connect(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Take the device's CONNECT: refuse what needs no judgement, hand the rest to the shell."""
    packet = decode_body(data, start, body, end, MQTT_5)
    assert isinstance(packet, Connect)
    c.version = packet.version
    c.will = packet.will
    c.connect = packet
    asked = packet.properties
    c.device_packet_limit = asked.maximum_packet_size or 0
    c.wants_reasons = packet.version == MQTT_5 and asked.request_problem_information != 0  # [MQTT-3.1.2-29]
    c.state = State.AWAIT_DECISION
    c.reading = False
    refusal = _refusal(c.config, packet)
    if refusal is None:
        c.queue.append(ConnectRequested(packet))
    else:
        c.finish(Cause.CLIENT_ERROR, refusal, detail="CONNECT asks for what is not offered")


def _refusal(config: ProxyConfig, packet: Connect) -> ReasonCode | None:
    if packet.version == MQTT_3 and not packet.client_id and not packet.clean_start:  # [MQTT-3.1.3-8] of MQTT 3.1.1
        return ReasonCode.CLIENT_IDENTIFIER_NOT_VALID
    if packet.properties.authentication_method is not None:
        return ReasonCode.BAD_AUTHENTICATION_METHOD
    if is_stamped(packet.properties.user_property):
        return ReasonCode.NOT_AUTHORIZED
    if config.strict and (packet.properties.maximum_packet_size or SMALLEST_PACKET) < SMALLEST_PACKET:
        return ReasonCode.UNSPECIFIED_ERROR
    return None if packet.will is None else _will_refusal(config, packet.will)


def _will_refusal(config: ProxyConfig, will: Will) -> ReasonCode | None:
    if config.strict and will.qos > 1:
        return ReasonCode.QOS_NOT_SUPPORTED
    if config.strict and not within_aws_limits(will.topic):
        return ReasonCode.TOPIC_NAME_INVALID
    if is_stamped(will.properties.user_property):
        return ReasonCode.NOT_AUTHORIZED
    return None


def upstream_connect(
    c: Conversation, packet: Connect, stamp: str, username: str | None, password: bytes | None
) -> Connect:
    """Answer what we send the broker for a device, whose conversation knows the terms already."""
    asked = packet.properties
    limit = asked.maximum_packet_size
    return Connect(
        c.client_id,
        clean_start=packet.clean_start,
        # Longer than the device's own, so that we notice its silence first and can say so.
        keep_alive=min(65_535, c.keep_alive * 2 + 10) if c.keep_alive else 0,
        username=username,
        password=password,
        will=_upstream_will(c.config, packet.will, stamp),
        properties=Properties(
            session_expiry_interval=c.session_expiry,
            receive_maximum=min(asked.receive_maximum or 65_535, c.config.receive_maximum),
            maximum_packet_size=limit and min(limit + ALLOWANCE, 0xFFFF_FFFF),
            request_problem_information=asked.request_problem_information,
        ),
    )


def _upstream_will(config: ProxyConfig, will: Will | None, stamp: str) -> Will | None:
    if will is None:
        return None
    pairs = ((STAMP_KEY, stamp), *will.properties.user_property)
    expiry = will.properties.message_expiry_interval
    if config.strict and expiry is not None:
        expiry = clamp_expiry(expiry)
    return replace(will, properties=replace(will.properties, user_property=pairs, message_expiry_interval=expiry))


def keep_alive(config: ProxyConfig, packet: Connect) -> int:
    """Answer the keep-alive to use: AWS's limits in strict mode, else the device's own up to the maximum.

    MQTT 3.1.1 has no way to say that it is another than asked, so 0 stays 0 there.
    """
    asked, most = packet.keep_alive, config.maximum_keep_alive
    if config.strict:
        return max(asked, config.minimum_keep_alive) if 0 < asked <= most else most
    if packet.version == MQTT_3:
        return asked
    return min(asked or most, most)


def session_expiry(config: ProxyConfig, packet: Connect) -> int:
    """Answer the seconds that the session is kept for a device that is away."""
    if packet.version == MQTT_3:
        return 0 if packet.clean_start else config.default_session_expiry
    return min(packet.properties.session_expiry_interval or 0, config.maximum_session_expiry)


def connack(c: Conversation, data: bytes, start: int, body: int, end: int) -> None:
    """Take the broker's CONNACK: tell the device its own, and let its packets through."""
    answer = decode_body(data, start, body, end, MQTT_5)
    assert isinstance(answer, ConnAck)
    if answer.reason_code:
        code = ReasonCode.SERVER_UNAVAILABLE if answer.reason_code in _OUR_FAULT else answer.reason_code
        c.finish(Cause.SERVER_ERROR, code, to_broker=False, detail=f"the broker answered 0x{answer.reason_code:02x}")
        return
    offered = answer.properties
    c.window = min(c.window, offered.receive_maximum or 65_535)
    if offered.maximum_qos is not None:
        c.maximum_qos = min(c.maximum_qos, offered.maximum_qos)
    if offered.session_expiry_interval is not None:
        c.session_expiry = offered.session_expiry_interval
    asked, c.connect = c.connect, None
    assert asked is not None
    own = _connack_properties(c, asked, offered) if c.version == MQTT_5 else NO_PROPERTIES
    c.answer(ConnAck(answer.session_present, 0, own))
    if c.state is State.AWAIT_CONNACK:
        c.state = State.OPEN
        c.reading = True
        c.queue.append(Connected(answer.session_present))


def _connack_properties(c: Conversation, asked: Connect, offered: Properties) -> Properties:
    """Answer what differs from what the device asked for or would assume [MQTT5 3.2.2.3]."""
    expiry = asked.properties.session_expiry_interval or 0
    largest = min(c.config.maximum_packet, (offered.maximum_packet_size or 0xFFFF_FFFF) - ALLOWANCE)
    return Properties(
        session_expiry_interval=None if expiry == c.session_expiry else c.session_expiry,
        receive_maximum=c.window,
        maximum_qos=None if c.maximum_qos == 2 else c.maximum_qos,
        retain_available=offered.retain_available,
        maximum_packet_size=largest,
        assigned_client_identifier=None if asked.client_id == c.client_id else c.client_id,  # [MQTT-3.2.2-16]
        topic_alias_maximum=c.config.topic_alias_maximum or None,
        wildcard_subscription_available=offered.wildcard_subscription_available,
        subscription_identifier_available=0 if c.config.strict else offered.subscription_identifier_available,
        shared_subscription_available=offered.shared_subscription_available,
        server_keep_alive=None if asked.keep_alive == c.keep_alive else c.keep_alive,  # [MQTT-3.2.2-21]
    )
