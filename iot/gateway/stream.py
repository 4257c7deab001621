"""A stream of bytes to a device, whatever carries it (TLS, a WebSocket inside TLS), and who speaks on it.

It is asyncio's pair of transport and protocol once more, with what the gateway needs to know of the peer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as far as the connection itself tells."""

    address: str
    port: int = 0
    certificate: Certificate | None = None
    chain: Sequence[Certificate] = ()
    server_name: str = ""
    alpn: str = ""
    tls: str = ""


class Stream(Protocol):
    """Where a speaker writes to; reading can be held back."""

    @property
    def peer(self) -> Peer: ...

    def write(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Send what is written, then end."""

    def abort(self) -> None:
        """End at once."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def establish(self) -> None:
        """Lift the deadline that stands until a connection has proved itself, and forget its certificate."""


class Speaker(Protocol):
    """One who is told what arrives."""

    def data_received(self, data: bytes) -> None: ...

    def connection_lost(self, error: Exception | None) -> None: ...

    def pause_writing(self) -> None: ...

    def resume_writing(self) -> None: ...
