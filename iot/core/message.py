"""The one record that travels everywhere: a message, its MQTT 5 properties, and who sent it.

The gateway tells everybody behind the broker who sent a message by a single user property, the stamp. Only the
gateway and our own processes set it; devices neither set nor see it. It is one value because every property costs
the bridge's MQTT client as much as the rest of the message.
"""

from dataclasses import dataclass

STAMP_KEY = "thingstead-sender"
MAXIMUM_HOPS = 10


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
