import pytest
from gmqtt import Message as TheirMessage
from gmqtt.mqtt.package import PublishPacket
from gmqtt.mqtt.utils import IdGenerator

from iot.bridge.packets import Malformed, decode_publish, encode_publish
from iot.core.message import NO_PROPERTIES, STAMP_KEY, Message, Properties, Sender, encode_stamp

SENDER = Sender("device 1", "p" * 64, "192.0.2.1", 3)
FULL = Properties("text/plain", "answers/to", b"\x00\xff", 1, 3600, (("a", "1"), ("a", "2"), ("ü", "€")))
MESSAGES = [
    Message("a/b", b"payload"),
    Message("a/b", b"", 1, True),
    Message("ü/€", b"\x00" * 200, 1),
    Message("a", b"x" * 70_000, 1, False, FULL),
    Message("a", b"x", 0, False, Properties(payload_format=0)),
    Message("a", b"x", 1, False, NO_PROPERTIES, SENDER),
    Message("a", b"x", 1, False, FULL, SENDER),
    Message("a", b"x", 1, False, Properties(user_properties=(("k", "v" * 300),)), SENDER),
]


def split(packet: bytes) -> tuple[int, bytes]:
    """Answer a packet's flags and body."""
    position = 1
    while packet[position] & 0x80:
        position += 1
    return packet[0] & 0x0F, packet[position + 1 :]


class _Protocol:
    proto_ver = 5

    def __init__(self) -> None:
        self.id_generator = IdGenerator()


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_what_is_written_is_read_again(message: Message) -> None:
    packet_id = 258 if message.qos else 0
    assert decode_publish(*split(encode_publish(message, packet_id))) == (message, packet_id)


@pytest.mark.parametrize("message", MESSAGES, ids=range(len(MESSAGES)))
def test_gmqtt_writes_what_we_read(message: Message) -> None:
    properties = message.properties
    names = {
        "payload_format_id": properties.payload_format,
        "message_expiry_interval": properties.message_expiry,
        "content_type": properties.content_type,
        "response_topic": properties.response_topic,
        "correlation_data": properties.correlation_data,
        "user_property": [
            *properties.user_properties,
            *([(STAMP_KEY, encode_stamp(message.sender))] if message.sender else []),
        ],
    }
    given = {name: value for name, value in names.items() if value not in (None, [])}
    theirs = TheirMessage(message.topic, message.payload, message.qos, message.retain, **given)
    _, packet = PublishPacket.build_package(theirs, _Protocol())
    assert decode_publish(*split(bytes(packet)))[0] == message
    assert bytes(packet) == encode_publish(message, 1 if message.qos else 0)


def test_a_subscription_identifier_is_passed_over() -> None:
    message = Message("a", b"x", 0, False, Properties(content_type="t"))
    body = b"\x00\x01a" + b"\x07" + b"\x0b\x80\x01" + b"\x03\x00\x01t" + b"x"
    assert decode_publish(0, body) == (message, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\x00\x05ab",
        b"\x00\x01a",
        b"\x00\x01a\x02\x99\x00",
        b"\x00\x02\xff\xff\x00",
        b"\x00\x01a\xff\xff\xff\xff\x01",
    ],
)
def test_what_is_no_publish_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode_publish(0, body)
