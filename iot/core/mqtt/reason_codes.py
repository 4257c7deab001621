"""The reason codes of MQTT 5, what MQTT 3.1.1 knows of them, and the error that carries one."""

from enum import IntEnum


class ReasonCode(IntEnum):
    """A reason code [MQTT5 2.4]; GRANTED_QOS_0 and NORMAL_DISCONNECTION are other names of SUCCESS."""

    SUCCESS = 0x00
    GRANTED_QOS_1 = 0x01
    GRANTED_QOS_2 = 0x02
    DISCONNECT_WITH_WILL = 0x04
    NO_MATCHING_SUBSCRIBERS = 0x10
    NO_SUBSCRIPTION_EXISTED = 0x11
    CONTINUE_AUTHENTICATION = 0x18
    REAUTHENTICATE = 0x19
    UNSPECIFIED_ERROR = 0x80
    MALFORMED_PACKET = 0x81
    PROTOCOL_ERROR = 0x82
    IMPLEMENTATION_SPECIFIC_ERROR = 0x83
    UNSUPPORTED_PROTOCOL_VERSION = 0x84
    CLIENT_IDENTIFIER_NOT_VALID = 0x85
    BAD_USER_NAME_OR_PASSWORD = 0x86
    NOT_AUTHORIZED = 0x87
    SERVER_UNAVAILABLE = 0x88
    SERVER_BUSY = 0x89
    BANNED = 0x8A
    SERVER_SHUTTING_DOWN = 0x8B
    BAD_AUTHENTICATION_METHOD = 0x8C
    KEEP_ALIVE_TIMEOUT = 0x8D
    SESSION_TAKEN_OVER = 0x8E
    TOPIC_FILTER_INVALID = 0x8F
    TOPIC_NAME_INVALID = 0x90
    PACKET_IDENTIFIER_IN_USE = 0x91
    PACKET_IDENTIFIER_NOT_FOUND = 0x92
    RECEIVE_MAXIMUM_EXCEEDED = 0x93
    TOPIC_ALIAS_INVALID = 0x94
    PACKET_TOO_LARGE = 0x95
    MESSAGE_RATE_TOO_HIGH = 0x96
    QUOTA_EXCEEDED = 0x97
    ADMINISTRATIVE_ACTION = 0x98
    PAYLOAD_FORMAT_INVALID = 0x99
    RETAIN_NOT_SUPPORTED = 0x9A
    QOS_NOT_SUPPORTED = 0x9B
    USE_ANOTHER_SERVER = 0x9C
    SERVER_MOVED = 0x9D
    SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9E
    CONNECTION_RATE_EXCEEDED = 0x9F
    MAXIMUM_CONNECT_TIME = 0xA0
    SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xA1
    WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xA2


class ProtocolError(Exception):
    """The peer broke the protocol: `reason_code` is what it is told, `detail` what we log."""

    def __init__(self, reason_code: ReasonCode, detail: str) -> None:
        super().__init__(f"{detail} (0x{reason_code:02x})")
        self.reason_code = reason_code
        self.detail = detail


# What a refusal of a publish or a subscription says in words, where the device wants to hear more than the code.
_WORDS: dict[int, str] = {
    ReasonCode.NOT_AUTHORIZED: "not allowed",
    ReasonCode.TOPIC_NAME_INVALID: "the topic is reserved, or longer than allowed",
    ReasonCode.TOPIC_FILTER_INVALID: "the filter is reserved, or longer than allowed",
    ReasonCode.QUOTA_EXCEEDED: "more than allowed",
    ReasonCode.PACKET_IDENTIFIER_IN_USE: "the packet identifier is in use",
}


def explain(reason_code: int) -> str:
    """Answer the reason string of a refusal; empty where the code says all."""
    return _WORDS.get(reason_code, "")


_CONNACK_3: dict[int, int] = {
    ReasonCode.SUCCESS: 0,
    ReasonCode.UNSUPPORTED_PROTOCOL_VERSION: 1,
    ReasonCode.CLIENT_IDENTIFIER_NOT_VALID: 2,
    ReasonCode.SERVER_UNAVAILABLE: 3,
    ReasonCode.SERVER_BUSY: 3,
    ReasonCode.SERVER_SHUTTING_DOWN: 3,
    ReasonCode.QUOTA_EXCEEDED: 3,
    ReasonCode.CONNECTION_RATE_EXCEEDED: 3,
    ReasonCode.USE_ANOTHER_SERVER: 3,
    ReasonCode.SERVER_MOVED: 3,
    ReasonCode.UNSPECIFIED_ERROR: 3,
    ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR: 3,
    ReasonCode.BAD_USER_NAME_OR_PASSWORD: 4,
}


def to_connack_3(reason_code: int) -> int:
    """Answer the return code of an MQTT 3.1.1 CONNACK; what that has no word for is "not authorized"."""
    return _CONNACK_3.get(reason_code, 5)
