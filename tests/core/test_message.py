"""Messages and the sender's stamp."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.message import (
    NO_PROPERTIES,
    STAMP_KEY,
    Message,
    Properties,
    Sender,
    decode_stamp,
    encode_stamp,
    fault_of,
)

words = st.text(st.characters(exclude_characters=" ", codec="utf-8"), max_size=40).filter(lambda word: word != "-")


@given(
    client_id=st.text(st.characters(codec="utf-8")),
    principal=words,
    address=words,
    hops=st.integers(0, 99),
    protocol=st.sampled_from(["mqtt", "http"]),
)
def test_a_stamp_is_read_as_it_was_written(
    client_id: str, principal: str, address: str, hops: int, protocol: str
) -> None:
    sender = Sender(client_id, principal, address, hops, protocol)
    assert decode_stamp(encode_stamp(sender)) == sender


@pytest.mark.parametrize("value", ["", "0 mqtt - -", "x mqtt - - c", "-1 mqtt - - c"])
def test_what_is_no_stamp_is_refused(value: str) -> None:
    assert decode_stamp(value) is None


def test_a_message_needs_only_a_topic_and_a_payload() -> None:
    message = Message("a/b", b"x")
    assert (message.qos, message.retain, message.properties, message.sender) == (0, False, NO_PROPERTIES, None)


@pytest.mark.parametrize(
    "topic", ["", "a/+", "#", "/" * 200, "a\x01", "a\n", "a\x7f", "a\x9f", "a\ufdd0", "a\uffff", "a\ud800"]
)
def test_a_topic_that_ends_a_connection_is_a_fault(topic: str) -> None:
    assert fault_of(Message(topic, b"x"))


@pytest.mark.parametrize(
    "properties",
    [
        Properties(content_type="a\0"),
        Properties(response_topic="a\x1f"),
        Properties(user_properties=(("a\n", "b"),)),
        Properties(user_properties=(("a", "b\r"),)),
        Properties(user_properties=((STAMP_KEY, "0 mqtt - - other"),)),
        Properties(content_type="x" * 65_536),
        Properties(correlation_data=b"x" * 65_536),
        Properties(message_expiry=-1),
        Properties(message_expiry=2**32),
        Properties(user_properties=(("a", "b" * 60_000),) * 4),
    ],
)
def test_properties_that_end_a_connection_are_a_fault(properties: Properties) -> None:
    assert fault_of(Message("a", b"x", properties=properties))


def test_a_sender_with_control_characters_is_a_fault() -> None:
    assert fault_of(Message("a", b"x", sender=Sender("c\x01")))


def test_what_a_broker_takes_has_no_fault() -> None:
    properties = Properties("text/plain", "a/b", b"x" * 65_535, 1, 2**32 - 1, (("k\u00a0", "ä" * 30_000),))
    assert fault_of(Message("a/b", b"\0", 1, True)) == ""
    assert fault_of(Message("ä/\u200b/" + "\u3000" * 20_000, b"\0", 1, True, properties, Sender("c"))) == ""
