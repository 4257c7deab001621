"""The MD2 digest (RFC 1319), which no library in use offers any more."""

from collections.abc import Iterator

_ROUNDS = 18


def _substitution() -> tuple[int, ...]:
    """Make the permutation of 0..255 from the digits of pi, as RFC 1319's authors did (Knuth's shuffle)."""
    digits = _pi_digits()
    table = list(range(256))

    def draw(bound: int) -> int:
        value, limit = next(digits), 10
        if bound > 10:
            value, limit = value * 10 + next(digits), 100
        if bound > 100:
            value, limit = value * 10 + next(digits), 1000
        return value % bound if value < bound * (limit // bound) else draw(bound)

    for index in range(2, 257):
        chosen = draw(index)
        table[chosen], table[index - 1] = table[index - 1], table[chosen]
    return tuple(table)


def _pi_digits() -> Iterator[int]:
    q, r, t, k, n, x = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = q * 10, 10 * (r - n * t), (10 * (3 * q + r)) // t - 10 * n
        else:
            q, r, t, k, n, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2


_TABLE = _substitution()


def md2_digest(data: bytes) -> bytes:
    """Answer the 16 bytes of a message's MD2 digest."""
    padding = 16 - len(data) % 16
    data += bytes([padding]) * padding
    checksum = bytearray(16)
    last = 0
    for start in range(0, len(data), 16):
        for index in range(16):
            checksum[index] ^= _TABLE[data[start + index] ^ last]
            last = checksum[index]
    data += bytes(checksum)
    state = bytearray(48)
    for start in range(0, len(data), 16):
        for index in range(16):
            state[16 + index] = data[start + index]
            state[32 + index] = state[16 + index] ^ state[index]
        value = 0
        for turn in range(_ROUNDS):
            for index in range(48):
                state[index] ^= _TABLE[value]
                value = state[index]
            value = (value + turn) % 256
    return bytes(state[:16])
