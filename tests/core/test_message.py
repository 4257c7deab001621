"""Messages and the sender's stamp."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.message import NO_PROPERTIES, Message, Sender, decode_stamp, encode_stamp

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
