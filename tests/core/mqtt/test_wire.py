import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.mqtt.reason_codes import ProtocolError
from iot.core.mqtt.wire import (
    MAXIMUM_LENGTH,
    Reader,
    decode_text,
    encode_binary,
    encode_packet,
    encode_text,
    encode_variable,
    read_length,
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "8001"),
        (16_383, "ff7f"),
        (16_384, "808001"),
        (2_097_151, "ffff7f"),
        (2_097_152, "80808001"),
        (MAXIMUM_LENGTH, "ffffff7f"),
    ],
)
def test_a_variable_byte_integer_takes_as_few_bytes_as_it_can(value: int, written: str) -> None:
    data = bytes.fromhex(written)
    assert encode_variable(value) == data
    assert Reader(data, 0, len(data)).variable() == value
    assert read_length(b"\x30" + data, 1) == (value, 1 + len(data))


@given(st.integers(0, MAXIMUM_LENGTH))
def test_a_variable_byte_integer_comes_back(value: int) -> None:
    data = encode_variable(value)
    reader = Reader(data, 0, len(data))
    assert reader.variable() == value
    reader.finish()


def test_what_does_not_fit_is_not_written() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        encode_variable(MAXIMUM_LENGTH + 1)
    with pytest.raises(ValueError, match="65,535"):
        encode_binary(bytes(65_536))


def test_a_length_that_is_not_all_there_is_waited_for() -> None:
    assert read_length(b"\x30", 1) is None
    assert read_length(b"\x30\x80\x80", 1) is None


@pytest.mark.parametrize("data", ["8000", "80808000", "ffffffff01", "80"])
def test_a_variable_byte_integer_that_is_too_long_or_cut_off_is_malformed(data: str) -> None:
    with pytest.raises(ProtocolError):
        Reader(bytes.fromhex(data), 0, len(data) // 2).variable()


def test_a_remaining_length_of_five_bytes_is_malformed() -> None:
    with pytest.raises(ProtocolError):
        read_length(b"\x30\xff\xff\xff\xff\x01", 1)


def test_a_reader_reads_what_was_written_and_no_further() -> None:
    data = b"?" + encode_text("é") + encode_binary(b"\0\1") + b"\1\2rest!"
    reader = Reader(data, 1, len(data) - 1)
    assert (reader.text(), reader.binary(), reader.number(2)) == ("é", b"\0\1", 258)
    with pytest.raises(ProtocolError, match="longer"):
        reader.finish()
    assert reader.left == 4
    assert reader.rest() == b"rest"
    with pytest.raises(ProtocolError, match="ends early"):
        reader.number(1)


@pytest.mark.parametrize("data", [b"\xff", b"\xed\xa0\x80", b"a\0"])
def test_text_is_utf8_without_surrogates_and_nul(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_text(data)


def test_a_packet_is_a_fixed_header_and_a_body() -> None:
    assert encode_packet(0x30, bytes(200)) == b"\x30\xc8\x01" + bytes(200)
