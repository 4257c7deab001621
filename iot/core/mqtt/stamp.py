"""The stamp on the wire: the one user property that says who sent a message, put on and taken off a PUBLISH."""

from iot.core.message import STAMP_KEY
from iot.core.mqtt.properties import PUBLISH, walk_properties
from iot.core.mqtt.wire import Reader, encode_text, encode_variable

# A client must not be told of packets that grew only by the stamp, so its maximum is raised by this towards the broker.
ALLOWANCE = 1024
_SUBSCRIPTION_IDENTIFIER = 0x0B
_KEY = b"\x26" + encode_text(STAMP_KEY)


def encode_stamp_property(value: str) -> bytes:
    """Write the property, its identifier first."""
    return _KEY + encode_text(value)


def stamp_block(stamp: bytes) -> bytes:
    """Write the properties of a PUBLISH that has none but the stamp."""
    return encode_variable(len(stamp)) + stamp


def is_stamped(user_properties: tuple[tuple[str, str], ...]) -> bool:
    """Say whether the stamp's key is among user properties."""
    return any(key == STAMP_KEY for key, _ in user_properties)


def strip_stamps(data: bytes, start: int, end: int) -> bytes:
    """Answer the properties between two positions without stamps, and without their length.

    What a gateway stamped has the stamp first, or right after the broker's subscription identifiers: the quick way.
    """
    position = start
    if position < end and data[position] == _SUBSCRIPTION_IDENTIFIER:
        position = _behind_identifiers(data, start, end)
    rest = position
    if data.startswith(_KEY, position):
        value = position + len(_KEY)
        rest = value + 2 + int.from_bytes(data[value : value + 2], "big")
    if rest > end or data.find(_KEY, rest, end) >= 0:
        return _strip_slowly(data, start, end)
    return data[rest:end] if position == start else data[start:position] + data[rest:end]


def _behind_identifiers(data: bytes, position: int, end: int) -> int:
    while position < end and data[position] == _SUBSCRIPTION_IDENTIFIER:
        position += 2
        while position <= end and data[position - 1] > 127:
            position += 1
    return position


def _strip_slowly(data: bytes, start: int, end: int) -> bytes:
    kept = []
    for begin, entry, value, finish in walk_properties(Reader(data, start, end), PUBLISH):
        if entry.name != "user_property" or value[0] != STAMP_KEY:
            kept.append(data[begin:finish])
    return b"".join(kept)
