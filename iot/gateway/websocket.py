"""MQTT in the frames of a WebSocket: a stream towards the device's conversation, a speaker towards TLS.

Packets may span frames and frames may hold several packets [MQTT5 6]. A close frame of the device counts as its
DISCONNECT: AWS publishes no will for it.
"""

from collections.abc import Iterable, Sequence

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from iot.gateway.stream import Peer, Speaker, Stream

PROTOCOLS = ("mqtt", "mqttv3.1")
LONGEST_HOST = 253 + len(":65535")
_MQTT_DISCONNECT = b"\xe0\x00"

Headers = Sequence[tuple[bytes, bytes]]


class NotAWebSocket(Exception):
    """A request to upgrade that cannot be granted; the text says why."""


class WebSocket:
    """One WebSocket on a stream; `speak` says who hears what the device sends."""

    def __init__(self, stream: Stream, headers: Headers, target: bytes) -> None:
        """Take up a request to upgrade. Raises NotAWebSocket."""
        self._stream = stream
        self._speaker: Speaker | None = None
        self._closed = False
        self._sockets = WSConnection(ConnectionType.SERVER)
        if any(name.lower() == b"host" and len(value) > LONGEST_HOST for name, value in headers):
            raise NotAWebSocket("The host's name is too long")  # decoding it takes time that grows with its square
        try:
            self._sockets.initiate_upgrade_connection(list(headers), target)
            request = next(event for event in self._sockets.events() if isinstance(event, Request))
        except (RemoteProtocolError, LocalProtocolError, StopIteration, UnicodeError) as error:
            raise NotAWebSocket(str(error) or "It is not a WebSocket handshake") from None
        self._protocol = next((name for name in request.subprotocols if name in PROTOCOLS), None)
        if request.subprotocols and self._protocol is None:
            raise NotAWebSocket("The subprotocol must be mqtt")

    def accept(self, speaker: Speaker) -> None:
        """Grant the upgrade; what follows is the speaker's."""
        self._speaker = speaker
        self._stream.write(self._sockets.send(AcceptConnection(subprotocol=self._protocol)))

    # A stream towards the speaker

    @property
    def peer(self) -> Peer:
        return self._stream.peer

    def write(self, data: bytes) -> None:
        if not self._closed:
            self._stream.write(self._sockets.send(BytesMessage(data=data)))

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._stream.write(self._sockets.send(CloseConnection(code=CloseReason.NORMAL_CLOSURE)))
        self._stream.close()

    def abort(self) -> None:
        self._closed = True
        self._stream.abort()

    def pause_reading(self) -> None:
        self._stream.pause_reading()

    def resume_reading(self) -> None:
        self._stream.resume_reading()

    def establish(self) -> None:
        self._stream.establish()

    # A speaker towards the stream

    def data_received(self, data: bytes) -> None:
        if self._closed:
            return
        try:
            self._sockets.receive_data(data)
            received, ended = self._read(self._sockets.events())
        except (RemoteProtocolError, LocalProtocolError):
            self.abort()
            return
        if received and self._speaker is not None:
            self._speaker.data_received(received)
        if ended and self._speaker is not None:
            self._speaker.data_received(_MQTT_DISCONNECT)
            self._stream.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        if self._speaker is not None:
            self._speaker.connection_lost(error)

    def pause_writing(self) -> None:
        if self._speaker is not None:
            self._speaker.pause_writing()

    def resume_writing(self) -> None:
        if self._speaker is not None:
            self._speaker.resume_writing()

    def _read(self, events: Iterable[object]) -> tuple[bytes, bool]:
        """Answer the bytes that came, and whether the device has closed."""
        parts: list[bytes] = []
        for event in events:
            match event:
                case BytesMessage():
                    parts.append(bytes(event.data))
                case Ping():
                    self._stream.write(self._sockets.send(event.response()))
                case CloseConnection():
                    self._closed = True
                    self._stream.write(self._sockets.send(event.response()))
                    return b"".join(parts), True
                case TextMessage():
                    raise RemoteProtocolError("MQTT travels in binary frames")
        return b"".join(parts), False
