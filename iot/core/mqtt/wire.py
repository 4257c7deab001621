"""The data types of MQTT as bytes, and where a packet ends [MQTT5 1.5, 2.1]."""

from iot.core.mqtt.reason_codes import ProtocolError, ReasonCode

MAXIMUM_LENGTH = 268_435_455


class Reader:
    """Reads values one after another out of one packet and never past its end."""

    __slots__ = ("data", "end", "position")

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data = data
        self.position = position
        self.end = end

    @property
    def left(self) -> int:
        return self.end - self.position

    def take(self, size: int) -> bytes:
        start = self.position
        if size > self.end - start:
            raise malformed("the packet ends early")
        self.position = start + size
        return self.data[start : start + size]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def variable(self) -> int:
        """Read a variable byte integer, at most four bytes and no longer than needed [MQTT-1.5.5-1]."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.number(1)
            value |= (byte & 127) << shift
            if byte < 128:
                if byte == 0 and shift:
                    raise malformed("a variable byte integer is longer than needed")
                return value
        raise malformed("a variable byte integer has more than four bytes")

    def binary(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        return decode_text(self.binary())

    def rest(self) -> bytes:
        return self.take(self.end - self.position)

    def finish(self) -> None:
        if self.position != self.end:
            raise malformed("the packet is longer than its contents")


def malformed(detail: str) -> ProtocolError:
    """Make the error of bytes that cannot be read [MQTT5 4.13]."""
    return ProtocolError(ReasonCode.MALFORMED_PACKET, detail)


def decode_text(data: bytes) -> str:
    """Read a UTF-8 string without surrogates and NUL [MQTT-1.5.4-1, MQTT-1.5.4-2]."""
    try:
        text = str(data, "utf-8")
    except UnicodeDecodeError:
        raise malformed("a string is not UTF-8") from None
    if "\0" in text:
        raise malformed("a string contains NUL")
    return text


def read_length(data: bytes, position: int) -> tuple[int, int] | None:
    """Read the remaining length; answer it and where the body begins, or None when it is not all there."""
    length = 0
    for shift in (0, 7, 14, 21):
        if position >= len(data):
            return None
        byte = data[position]
        position += 1
        length |= (byte & 127) << shift
        if byte < 128:
            return length, position
    raise malformed("the remaining length has more than four bytes")


def encode_variable(value: int) -> bytes:
    """Write a variable byte integer [MQTT5 1.5.5]."""
    if value < 128:
        return bytes((value,))
    if value < 16_384:
        return bytes((value & 127 | 128, value >> 7))
    if value < 2_097_152:
        return bytes((value & 127 | 128, value >> 7 & 127 | 128, value >> 14))
    if value > MAXIMUM_LENGTH:
        raise ValueError("A variable byte integer has at most four bytes")
    return bytes((value & 127 | 128, value >> 7 & 127 | 128, value >> 14 & 127 | 128, value >> 21))


def encode_binary(value: bytes) -> bytes:
    """Write binary data with its length; raises ValueError above 65,535 bytes."""
    if len(value) > 65_535:
        raise ValueError("A string or binary value has at most 65,535 bytes")
    return len(value).to_bytes(2, "big") + value


def encode_text(value: str) -> bytes:
    """Write a string in UTF-8 with its length."""
    return encode_binary(value.encode())


def encode_head(first: int, length: int) -> bytes:
    """Write a fixed header."""
    if length < 128:
        return bytes((first, length))
    if length < 16_384:
        return bytes((first, length & 127 | 128, length >> 7))
    return bytes((first,)) + encode_variable(length)


def encode_packet(first: int, body: bytes) -> bytes:
    """Write a fixed header and its body."""
    return encode_head(first, len(body)) + body
