"""TLS towards devices, through OpenSSL's memory BIOs: Python's own ssl module cannot accept a certificate first and
look its fingerprint up afterwards.

OpenSSL proves that the device holds the key of the certificate that it shows; whether that certificate may connect is
asked of the registry, not of a chain. What is unsent is bounded: while the device does not read, nothing more is read
from whoever writes to it, and after a minute without progress the connection ends.
"""

import asyncio
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

from cryptography.x509 import InvalidVersion
from OpenSSL import SSL

from iot.gateway.records import Records, open_records
from iot.gateway.stream import Peer, Speaker, Stream

CIPHERS = b"ECDHE+AESGCM:ECDHE+CHACHA20"
OPENING_SECONDS = 10.0
STALLED_SECONDS = 60.0
CLOSING_SECONDS = 5.0
HIGH_WATER = 256 * 1024
KEEP_ALIVE = {"TCP_KEEPIDLE": 300, "TCP_KEEPINTVL": 30, "TCP_KEEPCNT": 4}
_NO_ALPN = cast(bytes, SSL.NO_OVERLAPPING_PROTOCOLS)

Choose = Callable[[Stream, bytes], Speaker | None]


class Door(Protocol):
    """Who is let in at all, asked before TLS spends anything, and told how it went on."""

    def admit(self, address: str) -> bool: ...

    def established(self, address: str) -> None: ...

    def released(self, address: str, *, established: bool) -> None: ...

    def failed(self, address: str, reason: str) -> None:
        """Hear of a handshake that failed."""


def make_context(
    certificate: Path, key: Path, *, protocols: Sequence[str] = (), demand_certificate: bool = False
) -> SSL.Context:
    """Make the server's side: TLS 1.2 and 1.3, forward secrecy and AEAD only, no tickets, no resumption."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS)
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | getattr(SSL, "OP_NO_RENEGOTIATION", 0))
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_session_id(b"thingstead")
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.use_certificate_chain_file(str(certificate))
    context.use_privatekey_file(str(key))
    context.check_privatekey()
    demand = SSL.VERIFY_FAIL_IF_NO_PEER_CERT if demand_certificate else 0
    context.set_verify(SSL.VERIFY_PEER | demand, _accept)
    if protocols:
        wanted = [name.encode() for name in protocols]
        context.set_alpn_select_callback(lambda _, offered: _select(wanted, offered))
    return context


def _accept(connection: SSL.Connection, certificate: object, error: int, depth: int, ok: int) -> bool:
    return True


def _select(wanted: list[bytes], offered: list[bytes]) -> bytes:
    return next((name for name in wanted if name in offered), _NO_ALPN)


class TlsStream(asyncio.Protocol):
    """One TLS connection; `choose` is asked who speaks when the first bytes have arrived (None: nobody, it ends)."""

    __slots__ = (
        "_admitted",
        "_choose",
        "_closing",
        "_door",
        "_established",
        "_loop",
        "_peer",
        "_progress_timer",
        "_records",
        "_speaker",
        "_timer",
        "_tls",
        "_transport",
        "_unsent",
    )

    def __init__(self, context: SSL.Context, choose: Choose, door: Door) -> None:
        self._tls = SSL.Connection(context, None)
        self._tls.set_accept_state()
        self._choose = choose
        self._door = door
        self._admitted = False
        self._established = False
        self._loop = asyncio.get_running_loop()
        self._records: Records | None = None
        self._closing = False
        self._speaker: Speaker | None = None
        self._unsent = 0
        self._timer: asyncio.TimerHandle | None = None
        self._progress_timer: asyncio.TimerHandle | None = None
        self._peer = Peer("")

    @property
    def peer(self) -> Peer:
        return self._peer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        address, port = (transport.get_extra_info("peername") or ("", 0))[:2]
        self._peer = Peer(str(address), int(port))
        self._admitted = self._door.admit(self._peer.address)
        if not self._admitted:
            self._closing = True
            self._transport.abort()
            return
        _keep_alive(transport.get_extra_info("socket"))
        self._timer = self._loop.call_later(OPENING_SECONDS, self._expire)

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        try:
            records = self._records
            if records is None:
                self._tls.bio_write(data)
                data = b""
                records = self._handshake()
                if records is None:
                    return
            received, ended = records.decrypt(data)
        except SSL.Error as error:
            self._fail(_reason(error))
            return
        if received:
            self._deliver(received)
        if ended and not self._closing:
            self.close()

    def eof_received(self) -> None:
        return None

    def connection_lost(self, error: Exception | None) -> None:
        self._timer = _cancelled(self._timer)
        self._progress_timer = _cancelled(self._progress_timer)
        speaker, self._speaker = self._speaker, None
        if self._records is None and not self._closing:
            self._door.failed(self._peer.address, "The connection was closed during the handshake")
        self._closing = True
        if self._admitted:
            self._door.released(self._peer.address, established=self._established)
        if speaker is not None:
            speaker.connection_lost(error)

    def pause_writing(self) -> None:
        self._unsent = self._transport.get_write_buffer_size()
        self._progress_timer = self._loop.call_later(STALLED_SECONDS, self._check_progress)
        if self._speaker is not None:
            self._speaker.pause_writing()

    def resume_writing(self) -> None:
        self._progress_timer = _cancelled(self._progress_timer)
        if self._speaker is not None:
            self._speaker.resume_writing()

    def write(self, data: bytes) -> None:
        if self._closing or self._records is None:
            return
        try:
            encrypted = self._records.encrypt(data)
        except SSL.Error as error:
            self._fail(_reason(error))
            return
        self._transport.write(encrypted)

    def close(self) -> None:
        if self._closing:
            return
        self._closing = True
        try:
            self._tls.shutdown()
        except SSL.Error:
            self._transport.abort()
            return
        self._flush()
        self._transport.close()
        self._timer = _cancelled(self._timer)
        self._timer = self._loop.call_later(CLOSING_SECONDS, self._transport.abort)

    def abort(self) -> None:
        self._closing = True
        self._transport.abort()

    def pause_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def establish(self) -> None:
        if not self._established:
            self._established = True
            self._door.established(self._peer.address)
            if self._records is not None:
                self._records.compact()
        self._timer = _cancelled(self._timer)
        self._peer = replace(self._peer, certificate=None, chain=())

    def _handshake(self) -> Records | None:
        """Go on with the handshake; answers the open connection once it is done."""
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            self._flush()
            return None
        self._flush()
        shown = self._tls.get_peer_certificate()
        try:
            certificate = None if shown is None else shown.to_cryptography()
            chain = tuple(one.to_cryptography() for one in self._tls.get_peer_cert_chain() or ())
        except (ValueError, InvalidVersion):  # OpenSSL reads more than is a certificate
            raise SSL.Error([("", "", "The certificate cannot be read")]) from None
        records = self._records = open_records(self._tls)
        self._peer = Peer(
            self._peer.address,
            self._peer.port,
            certificate,
            chain,
            (self._tls.get_servername() or b"").decode("ascii", "replace"),
            self._tls.get_alpn_proto_negotiated().decode("ascii", "replace"),
            self._tls.get_protocol_version_name(),
        )
        return records

    def _deliver(self, data: bytes) -> None:
        if self._speaker is None:
            self._speaker = self._choose(self, data)
            if self._speaker is None:
                self.close()
                return
        self._speaker.data_received(data)

    def _flush(self) -> None:
        if data := Records(self._tls).drain():
            self._transport.write(data)

    def _fail(self, reason: str) -> None:
        """End because of what TLS says; the peer still gets the alert."""
        if self._records is None:
            self._door.failed(self._peer.address, reason)
        self._closing = True
        self._flush()
        self._transport.close()

    def _expire(self) -> None:
        if self._records is None:
            self._door.failed(self._peer.address, f"The handshake was not finished within {OPENING_SECONDS:.0f} s")
        self.abort()

    def _check_progress(self) -> None:
        waiting = self._transport.get_write_buffer_size()
        if waiting >= self._unsent:
            self.abort()
            return
        self._unsent = waiting
        self._progress_timer = self._loop.call_later(STALLED_SECONDS, self._check_progress)


def _keep_alive(connection: socket.socket) -> None:
    """Have the kernel find out when the peer is gone without a word: MQTT's own keep-alive may be off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):  # not every system has them
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _cancelled(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """Cancel a timer; answers what to keep of it: nothing."""
    if timer is not None:
        timer.cancel()
    return None


def _reason(error: SSL.Error) -> str:
    if isinstance(error, SSL.SysCallError):
        return "The connection was cut"
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(stack[-1][-1]) if stack else type(error).__name__
