import pytest

from iot.core.message import STAMP_KEY
from iot.core.mqtt.properties import Properties, encode_fields
from iot.core.mqtt.reason_codes import ProtocolError
from iot.core.mqtt.stamp import encode_stamp_property, is_stamped, stamp_block, strip_stamps

STAMP = encode_stamp_property("0 mqtt p 192.0.2.1 a")
KEY = b"\x26\x00" + bytes((len(STAMP_KEY),)) + STAMP_KEY.encode()
OTHERS = encode_fields(Properties(content_type="t", message_expiry_interval=9, user_property=(("k", "v"),)))
IDENTIFIERS = encode_fields(Properties(subscription_identifier=(1, 300, 2_000_000)))
# A value of a device's own that looks like the stamp inside.
LOOKALIKE = encode_fields(Properties(correlation_data=STAMP, user_property=(("k", STAMP_KEY),)))


def strip(data: bytes) -> bytes:
    return strip_stamps(b"head" + data + b"\x26payload", 4, 4 + len(data))


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (b"", b""),
        (OTHERS, OTHERS),
        (STAMP, b""),
        (STAMP + OTHERS, OTHERS),
        (IDENTIFIERS + STAMP + OTHERS, IDENTIFIERS + OTHERS),
        (IDENTIFIERS + OTHERS, IDENTIFIERS + OTHERS),
        (IDENTIFIERS, IDENTIFIERS),
        (OTHERS + STAMP, OTHERS),
        (STAMP + OTHERS + STAMP, OTHERS),
        (STAMP + LOOKALIKE, LOOKALIKE),
        (LOOKALIKE + STAMP, LOOKALIKE),
        (LOOKALIKE, LOOKALIKE),
    ],
)
def test_stamps_are_taken_off_and_nothing_else(given: bytes, left: bytes) -> None:
    assert strip(given) == left


@pytest.mark.parametrize("data", [STAMP[:-1], KEY, b"\x0b\x80", b"\x0b"])
def test_properties_that_end_early_are_malformed_and_never_read_past(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        strip(data)


def test_a_stamp_alone_is_a_block_of_properties() -> None:
    assert stamp_block(STAMP) == bytes((len(STAMP),)) + STAMP
    long = encode_stamp_property("x" * 200)
    assert stamp_block(long)[2:] == long


def test_a_device_that_stamps_is_recognised() -> None:
    assert is_stamped((("a", "b"), (STAMP_KEY, "")))
    assert not is_stamped((("a", STAMP_KEY),))
