"""The one record that travels everywhere: a message, its MQTT 5 properties, and who sent it.

The gateway tells everybody behind the broker who sent a message by a single user property, the stamp. Only the
gateway and our own processes set it; devices neither set nor see it. It is one value because every property costs
the bridge's MQTT client as much as the rest of the message.
"""

import re
from dataclasses import dataclass

STAMP_KEY = "thingstead-sender"
MAXIMUM_HOPS = 10
MAXIMUM_TEXT = 65_535
MAXIMUM_EXPIRY = 2**32 - 1
MAXIMUM_PACKET = 190_000
PLAIN_TOPIC = 1024
# Mosquitto takes a topic of more levels for malformed.
MAXIMUM_SLASHES = 199
# Brokers may take control characters and non-characters for malformed [MQTT-1.5.4], and Mosquitto does.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Properties:
    """The MQTT 5 properties of a PUBLISH that an application sees [MQTT5 3.3.2.3].

    `payload_format` is 0 (bytes) or 1 (UTF-8), `message_expiry` is in seconds; None means absent.
    """

    content_type: str | None = None
    response_topic: str | None = None
    correlation_data: bytes | None = None
    payload_format: int | None = None
    message_expiry: int | None = None
    user_properties: tuple[tuple[str, str], ...] = ()


NO_PROPERTIES = Properties()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sent a message: `principal` is a certificate id or the id of an access key's user.

    `protocol` is mqtt, http, or will for a will message that the broker sent for its client. `hops` counts how often
    rules have republished it.
    """

    client_id: str
    principal: str = ""
    address: str = ""
    hops: int = 0
    protocol: str = "mqtt"


@dataclass(frozen=True, slots=True)
class Message:
    """An application message as it is published or delivered."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Properties = NO_PROPERTIES
    sender: Sender | None = None


def encode_stamp(sender: Sender) -> str:
    """Write a sender as the stamp's value: hops, protocol, principal, address, client id; the last may hold blanks."""
    return f"{sender.hops} {sender.protocol} {sender.principal or '-'} {sender.address or '-'} {sender.client_id}"


def decode_stamp(value: str) -> Sender | None:
    """Read a stamp's value, or answer None when it is not one."""
    parts = value.split(" ", 4)
    if len(parts) != 5 or not parts[0].isdecimal():
        return None
    hops, protocol, principal, address, client_id = parts
    return Sender(
        client_id=client_id,
        principal="" if principal == "-" else principal,
        address="" if address == "-" else address,
        hops=int(hops),
        protocol=protocol,
    )


def fault_of(message: Message) -> str:
    """Say why a broker would take a message for malformed, or nothing.

    A broker ends the connection that brings one, and everything else that goes over it would wait for ever.
    """
    topic = message.topic
    if not topic or "+" in topic or "#" in topic or topic.count("/") > MAXIMUM_SLASHES:
        return "its topic is empty, has wildcards or too many levels"
    properties = message.properties
    is_plain = properties is NO_PROPERTIES and message.sender is None and topic.isprintable()
    if is_plain and len(topic) <= PLAIN_TOPIC and len(message.payload) <= MAXIMUM_PACKET // 2:
        # Most of what is published, and too short for any limit.
        return ""
    pairs = properties.user_properties
    client_id = "" if message.sender is None else message.sender.client_id
    texts = [topic, client_id, properties.content_type or "", properties.response_topic or ""]
    texts += [text for pair in pairs for text in pair]
    if any(_is_unfit(text) for text in texts):
        return "one of its texts has control characters or is too long"
    if any(key == STAMP_KEY for key, _ in pairs):
        return f"no user property may be called {STAMP_KEY}"
    correlation = len(properties.correlation_data or b"")
    if correlation > MAXIMUM_TEXT or not 0 <= (properties.message_expiry or 0) <= MAXIMUM_EXPIRY:
        return "its correlation data or its expiry is too large"
    if len(message.payload) + correlation + sum(len(text.encode()) for text in texts) > MAXIMUM_PACKET:
        return f"with its properties it has more than {MAXIMUM_PACKET} bytes"
    return ""


def _is_unfit(text: str) -> bool:
    if not text.isprintable() and _UNFIT.search(text):
        return True
    return len(text) > MAXIMUM_TEXT // 4 and len(text.encode()) > MAXIMUM_TEXT
