from dataclasses import fields

import pytest

from iot.core.mqtt import properties
from iot.core.mqtt.properties import NO_PROPERTIES, Properties, decode_properties, encode_fields, encode_properties
from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode
from iot.core.mqtt.wire import Reader, encode_variable


def read(data: bytes, packet: int) -> Properties:
    data = encode_variable(len(data)) + data
    reader = Reader(data, 0, len(data))
    found = decode_properties(reader, packet)
    reader.finish()
    return found


def test_every_property_of_the_standard_is_in_the_table() -> None:
    assert len(fields(Properties)) == 27


def test_no_properties_are_one_zero() -> None:
    assert encode_properties(NO_PROPERTIES) == encode_properties(Properties()) == b"\0"
    assert read(b"", properties.PUBLISH) is NO_PROPERTIES


def test_properties_come_back_as_they_were_written() -> None:
    own = Properties(
        content_type="é",
        correlation_data=b"\0",
        subscription_identifier=(1, 300),
        user_property=(("a", "b"), ("a", "c")),
    )
    assert read(encode_fields(own), properties.PUBLISH) == own
    assert encode_properties(own) == bytes((len(encode_fields(own)),)) + encode_fields(own)


@pytest.mark.parametrize(
    ("data", "packet", "reason"),
    [
        ("7f00", properties.PUBLISH, ReasonCode.MALFORMED_PACKET),
        ("1100000001", properties.PUBLISH, ReasonCode.MALFORMED_PACKET),
        ("03000161030001 62", properties.PUBLISH, ReasonCode.PROTOCOL_ERROR),
        ("0b010b02", properties.SUBSCRIBE, ReasonCode.PROTOCOL_ERROR),
        ("0102", properties.PUBLISH, ReasonCode.PROTOCOL_ERROR),
        ("0800012b", properties.PUBLISH, ReasonCode.PROTOCOL_ERROR),
        ("080001 23", properties.PUBLISH, ReasonCode.PROTOCOL_ERROR),
        ("230000", properties.PUBLISH, ReasonCode.TOPIC_ALIAS_INVALID),
        ("2600016b", properties.PUBLISH, ReasonCode.MALFORMED_PACKET),
    ],
)
def test_what_the_standard_forbids_is_an_error(data: str, packet: int, reason: ReasonCode) -> None:
    with pytest.raises(ProtocolError) as caught:
        read(bytes.fromhex(data), packet)
    assert caught.value.reason_code is reason


def test_properties_cannot_be_longer_than_their_packet() -> None:
    with pytest.raises(ProtocolError):
        decode_properties(Reader(b"\x05\x03\0\1a", 0, 4), properties.PUBLISH)
