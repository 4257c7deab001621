"""What the proxy tells its shell, what it asks its judge, and what it is told at the start."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from iot.core.mqtt.packets import Connect, Will
from iot.core.mqtt.properties import Properties


class Judge(Protocol):
    """Answers what one device may do, at once and again and again for the same topic: remember what was decided.

    MQTT's own rules (UTF-8, wildcards and NUL in topic names, the form of filters) have been checked when it is asked.
    Policies, reserved topics, AWS's limits on topics and the rate of publishing are the judge's.
    """

    def may_publish(self, topic: str, retain: bool) -> int:
        """Answer 0, or the reason code of the refusal.

        QUOTA_EXCEEDED (0x97) drops the message and lets the connection live; any other code ends a connection that
        cannot be told otherwise (MQTT 3.1.1, or QoS 0).
        """

    def may_subscribe(self, topic_filter: str) -> int:
        """Answer 0, or the reason code of the refusal; a shared filter comes whole, `$share/group/filter`."""

    def may_receive(self, topic: str, qos: int) -> int:
        """Answer 0 if a message on this topic may be delivered to the device, or the reason code of the refusal."""


@dataclass(frozen=True, slots=True)
class ProxyConfig:
    """The limits of a conversation; `strict` is AWS's narrower MQTT (no QoS 2, no subscription identifiers, …)."""

    strict: bool = False
    maximum_packet: int = 146 * 1024
    maximum_payload: int = 128 * 1024
    maximum_filters: int = 8
    maximum_subscriptions: int = 50
    receive_maximum: int = 100
    topic_alias_maximum: int = 8
    default_session_expiry: int = 3600  # of an MQTT 3.1.1 session with clean session 0
    maximum_session_expiry: int = 7 * 24 * 3600
    minimum_keep_alive: int = 30  # in strict mode only
    maximum_keep_alive: int = 1200
    barrier: bool = False  # the broker saves what it has acknowledged only before it answers the next packet


class Cause(StrEnum):
    """Why a connection ended, in the words of AWS's `disconnectReason`."""

    CLIENT_INITIATED_DISCONNECT = "CLIENT_INITIATED_DISCONNECT"
    CLIENT_ERROR = "CLIENT_ERROR"
    CONNECTION_LOST = "CONNECTION_LOST"
    DUPLICATE_CLIENTID = "DUPLICATE_CLIENTID"
    MQTT_KEEP_ALIVE_TIMEOUT = "MQTT_KEEP_ALIVE_TIMEOUT"
    SERVER_ERROR = "SERVER_ERROR"
    SERVER_INITIATED_DISCONNECT = "SERVER_INITIATED_DISCONNECT"
    AUTH_ERROR = "AUTH_ERROR"
    FORBIDDEN_ACCESS = "FORBIDDEN_ACCESS"
    THROTTLED = "THROTTLED"
    API_INITIATED_DISCONNECT = "API_INITIATED_DISCONNECT"
    WEBSOCKET_TTL_EXPIRATION = "WEBSOCKET_TTL_EXPIRATION"
    CUSTOMAUTH_TTL_EXPIRATION = "CUSTOMAUTH_TTL_EXPIRATION"


@dataclass(frozen=True, slots=True)
class ConnectRequested:
    """The device sent CONNECT; answer with `Proxy.accept` or `Proxy.refuse`, now or later."""

    connect: Connect


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker accepted: CONNACK is on its way to the device, and packets that waited are handled next."""

    session_present: bool


@dataclass(frozen=True, slots=True)
class Retained:
    """A PUBLISH that asks to be retained was forwarded; an empty payload takes back what was retained."""

    topic: str
    payload: bytes
    qos: int
    properties: Properties


@dataclass(frozen=True, slots=True)
class PublishRefused:
    """A PUBLISH was not forwarded: the judge's reason code, or the codec's."""

    topic: str
    reason_code: int
    retain: bool


@dataclass(frozen=True, slots=True)
class SubscribeRefused:
    """A filter of a SUBSCRIBE was refused by the judge, by a limit, or by the broker."""

    topic_filter: str
    reason_code: int


@dataclass(frozen=True, slots=True)
class ReceiveRefused:
    """A message for the device was dropped: the judge's reason code, or 0x95 if it is larger than the device takes."""

    topic: str
    reason_code: int


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker granted filters, each with its QoS."""

    granted: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The broker answered an UNSUBSCRIBE."""

    topic_filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """The device acknowledged a message of `Proxy.deliver` that asked for it."""

    packet_id: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The conversation is over: write what `to_device` and `to_broker` give, then close both sides.

    `was_connected` says whether `Connected` came before; `client_initiated` whether the device sent DISCONNECT;
    `will` is the will that is due (the broker has it and sends it by itself, but not when a new connection took over
    the session with clean start 0); `detail` is for the log.
    """

    cause: Cause
    reason_code: int
    was_connected: bool
    client_initiated: bool
    will: Will | None
    detail: str


Event = (
    ConnectRequested
    | Connected
    | Retained
    | PublishRefused
    | SubscribeRefused
    | ReceiveRefused
    | Subscribed
    | Unsubscribed
    | Delivered
    | Ended
)
