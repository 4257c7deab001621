"""TLS records of one connection through OpenSSL's memory BIOs: bytes of the network in, bytes of the device out.

An open connection that sends one small message at a time spends most of pyOpenSSL's time in its wrappers, so once the
handshake is done the calls go to the library itself, by the handles that pyOpenSSL keeps, through one buffer that all
connections share (there is one thread). Where a pyOpenSSL has no such handles, its own methods do the same, slower.
"""

from typing import Any

from OpenSSL import SSL

CHUNK = 65_536
RECORD = 16_384
_READ_AGAIN = 2  # SSL_ERROR_WANT_READ
_ENDED = 6  # SSL_ERROR_ZERO_RETURN

_library: Any = getattr(SSL, "_lib", None)
_foreign: Any = getattr(SSL, "_ffi", None)
_buffer: Any = None if _foreign is None else _foreign.new("char[]", CHUNK)


class Records:
    """The two directions of one connection. Both raise SSL.Error for what TLS cannot accept."""

    __slots__ = ("_connection",)

    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection

    def decrypt(self, data: bytes) -> tuple[bytes, bool]:
        """Take bytes of the network; answers what they say and whether the peer has ended its side."""
        connection = self._connection
        if data:
            connection.bio_write(data)
        parts: list[bytes] = []
        try:
            while True:
                parts.append(connection.recv(CHUNK))
        except SSL.WantReadError:
            return b"".join(parts), False
        except SSL.ZeroReturnError:
            return b"".join(parts), True

    def encrypt(self, data: bytes) -> bytes:
        """Take bytes for the device; answers bytes for the network."""
        if data:
            self._connection.sendall(data)
        return self.drain()

    def compact(self) -> None:
        """Give back what only the handshake needed, where that can be."""

    def drain(self) -> bytes:
        """Answer what TLS itself has to send."""
        parts: list[bytes] = []
        try:
            while not parts or len(parts[-1]) == CHUNK:
                parts.append(self._connection.bio_read(CHUNK))
        except SSL.WantReadError:
            pass
        return b"".join(parts)


class FastRecords(Records):
    """The same by the library's own calls."""

    __slots__ = ("_from", "_handle", "_into")

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._handle = connection._ssl
        self._into = connection._into_ssl
        self._from = connection._from_ssl

    def decrypt(self, data: bytes) -> tuple[bytes, bool]:
        handle, read = self._handle, _library.SSL_read
        if data:
            _library.BIO_write(self._into, data, len(data))
        count = read(handle, _buffer, CHUNK)
        if count <= 0:
            return b"", self._ended(count)
        first = _foreign.buffer(_buffer, count)[:]
        count = read(handle, _buffer, CHUNK)
        if count <= 0:
            return first, self._ended(count)
        parts = [first]
        while count > 0:
            parts.append(_foreign.buffer(_buffer, count)[:])
            count = read(handle, _buffer, CHUNK)
        return b"".join(parts), self._ended(count)

    def encrypt(self, data: bytes) -> bytes:
        if not 0 < len(data) <= RECORD:  # OpenSSL writes a record at a time
            return super().encrypt(data)
        if (written := _library.SSL_write(self._handle, data, len(data))) <= 0:
            self._ended(written)
        count = _library.BIO_read(self._from, _buffer, CHUNK)
        return _foreign.buffer(_buffer, count)[:] if count > 0 else b""

    def compact(self) -> None:
        """Put new buffers in the place of those that have grown to hold certificates; they never shrink."""
        data = _foreign.new("char **")
        if any(_library.BIO_get_mem_data(one, data) > 0 for one in (self._into, self._from)):
            return
        connection: Any = self._connection
        self._into, self._from = (_library.BIO_new(_library.BIO_s_mem()) for _ in range(2))
        for one in (self._into, self._from):
            _library.BIO_set_mem_eof_return(one, -1)
        _library.SSL_set_bio(self._handle, self._into, self._from)  # which frees the old ones
        connection._into_ssl, connection._from_ssl = self._into, self._from

    def _ended(self, result: int) -> bool:
        error = _library.SSL_get_error(self._handle, result)
        if error == _READ_AGAIN:
            return False
        if error == _ENDED:
            return True
        connection: Any = self._connection
        connection._raise_ssl_error(self._handle, result)
        return False


def open_records(connection: SSL.Connection) -> Records:
    """Take over a connection whose handshake is done, the fast way where there is one."""
    handles = ("_ssl", "_into_ssl", "_from_ssl", "_raise_ssl_error")
    if _library is None or _foreign is None or not all(hasattr(connection, name) for name in handles):
        return Records(connection)
    return FastRecords(connection)
