"""A raw MQTT client for wire tests: what it is told to send goes out as it is, what comes is read packet by packet."""

import itertools
import socket
import ssl
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from iot.core.mqtt.decoding import decode
from iot.core.mqtt.packets import (
    MQTT_3,
    MQTT_5,
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PubAck,
    Publish,
    SubAck,
    Subscribe,
    Subscription,
    encode,
)
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.wire import read_length
from tests.stack import Device

SECONDS = 10.0
# What a CONNECT says that wants its session kept, by version.
KEPT: dict[int, dict[str, Any]] = {
    MQTT_3: {"clean_start": False},
    MQTT_5: {"clean_start": False, "properties": Properties(session_expiry_interval=60)},
}
_numbers = itertools.count(1)


def context_of(device: Device) -> ssl.SSLContext:
    """Make the TLS side of a device: it shows its certificate and checks the server's."""
    context = ssl.create_default_context(cafile=str(device.ca))
    context.load_cert_chain(device.cert, device.key)
    return context


class Raw:
    """One connection; `version` is that of the packets that it reads and writes."""

    def __init__(self, port: int, context: ssl.SSLContext | None, version: int = MQTT_5) -> None:
        self.version = version
        self.client_id = f"wire-{next(_numbers)}"
        plain = socket.create_connection(("127.0.0.1", port), SECONDS)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = plain if context is None else context.wrap_socket(plain, server_hostname="localhost")
        self._received = b""
        self._waiting: list[Packet] = []
        self.reasons: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, *packets: Packet | bytes) -> None:
        """Write packets, or bytes, in one write."""
        self.socket.sendall(b"".join(p if isinstance(p, bytes) else encode(p, self.version) for p in packets))

    def receive(self, seconds: float = SECONDS) -> Packet | None:
        """Read a packet; None when the connection has ended."""
        return self._waiting.pop(0) if self._waiting else self._read(seconds)

    def _read(self, seconds: float) -> Packet | None:
        self.socket.settimeout(seconds)
        while True:
            found = read_length(self._received, 1)
            if found and sum(found) <= len(self._received):
                data, self._received = self._received[: sum(found)], self._received[sum(found) :]
                return self._without_reason(decode(data, self.version))
            try:
                data = self.socket.recv(65_536)
            except (ConnectionError, ssl.SSLError):
                return None
            if not data:
                return None
            self._received += data

    def _without_reason(self, packet: Packet) -> Packet:
        """Put a reason string aside, which is for people and tied to no code."""
        if isinstance(packet, ConnAck | Disconnect | PubAck | SubAck) and packet.properties.reason_string is not None:
            self.reasons.append(packet.properties.reason_string)
            return replace(packet, properties=replace(packet.properties, reason_string=None))
        return packet

    def expect(self, *packets: Packet | None) -> None:
        """Demand exactly these packets next; None is the end of the connection."""
        for packet in packets:
            assert self.receive() == packet

    def connect(self, client_id: str | None = None, **fields: object) -> ConnAck:
        """Send CONNECT and demand a CONNACK that accepts."""
        answer = self.ask(Connect(client_id or self.client_id, self.version, **fields))  # type: ignore[arg-type]  # passed on
        assert isinstance(answer, ConnAck)
        assert answer.reason_code == 0
        return answer

    def ask(self, packet: Packet | bytes) -> Packet | None:
        """Send and read the next packet."""
        self.send(packet)
        return self.receive()

    def subscribe(self, *filters: str, qos: int = 1, packet_id: int = 9) -> tuple[int, ...]:
        """Subscribe; what other subscriptions bring before the answer can still be received."""
        self.send(Subscribe(packet_id, tuple(Subscription(name, qos) for name in filters)))
        while not isinstance(packet := self._read(SECONDS), SubAck):
            assert isinstance(packet, Publish)
            self._waiting.append(packet)
        return packet.reason_codes

    def publish(self, topic: str, payload: bytes = b"", *, retain: bool = False, packet_id: int = 1) -> None:
        """Publish with QoS 1 and demand the acknowledgement; what else comes before it can still be received."""
        self.send(Publish(topic, payload, 1, retain, packet_id=packet_id))
        while (packet := self._read(SECONDS)) != PubAck(packet_id):
            assert isinstance(packet, Publish)
            self._waiting.append(packet)

    def hear(self) -> Publish:
        """Read the next packet, which must be a PUBLISH, and acknowledge it."""
        packet = self.receive()
        assert isinstance(packet, Publish)
        if packet.qos == 1:
            self.send(PubAck(packet.packet_id))
        return packet

    def wait_closed(self) -> None:
        """Read until the connection ends."""
        while self.receive() is not None:
            pass
