"""Killing the gateway at any moment loses nothing that a device was told is taken."""

import contextlib
import ssl
import threading

from iot.core.mqtt.packets import Connect, Packet, PubAck, Publish
from iot.core.mqtt.properties import Properties
from tests.stack import Device, Stack

from .raw import Raw, context_of

TOPIC = "killed/t"
KILLS = 2
WINDOW = 20
KEPT = Properties(session_expiry_interval=120)


class Party:
    """A device that comes back whenever its connection ends, until it is told to stop."""

    def __init__(self, stack: Stack, device: Device, client_id: str) -> None:
        self._port, self._context, self._client_id = stack.mqtt_port, context_of(device), client_id
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self.stopping.is_set():
            # The gateway may be away: the port is closed, or closes again.
            with contextlib.suppress(OSError, ssl.SSLError), Raw(self._port, self._context) as raw:
                if _accepts(raw.ask(Connect(self._client_id, clean_start=False, properties=KEPT))):
                    self.meet(raw)

    def meet(self, raw: Raw) -> None:
        raise NotImplementedError


class Publisher(Party):
    """Publishes numbers; `acknowledged` are those that it was told are taken."""

    def __init__(self, stack: Stack, device: Device) -> None:
        super().__init__(stack, device, "killed-publisher")
        self.acknowledged: set[int] = set()
        self._next = 1

    def meet(self, raw: Raw) -> None:
        while not self.stopping.is_set():
            numbers = {packet_id: self._next + packet_id for packet_id in range(1, WINDOW + 1)}
            self._next += WINDOW + 1
            raw.send(*(Publish(TOPIC, b"%d" % number, 1, packet_id=key) for key, number in numbers.items()))
            for _ in numbers:
                packet = raw.receive()
                if not isinstance(packet, PubAck):
                    return
                if packet.reason_code == 0:
                    self.acknowledged.add(numbers[packet.packet_id])


class Subscriber(Party):
    """Hears numbers, in a session that is kept."""

    def __init__(self, stack: Stack, device: Device) -> None:
        super().__init__(stack, device, "killed-subscriber")
        self.heard: set[int] = set()
        self.ready = threading.Event()

    def meet(self, raw: Raw) -> None:
        if not self.ready.is_set():
            raw.subscribe(TOPIC)
            self.ready.set()
        while not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                packet = raw.receive(0.2)
                if not isinstance(packet, Publish):
                    return
                self.heard.add(int(packet.payload))
                raw.send(PubAck(packet.packet_id))


def _accepts(packet: Packet | None) -> bool:
    return packet is not None and getattr(packet, "reason_code", 1) == 0


def test_what_was_acknowledged_is_delivered(stack: Stack, allowed: Device) -> None:
    publisher, subscriber = Publisher(stack, allowed), Subscriber(stack, allowed)
    subscriber.thread.start()
    assert subscriber.ready.wait(10)
    publisher.thread.start()
    for _ in range(KILLS):
        before = len(publisher.acknowledged)
        stack.wait_for(lambda before=before: len(publisher.acknowledged) > before + 100, 30)  # type: ignore[misc]  # bound
        stack.kill("gateway")
    before = len(publisher.acknowledged)
    stack.wait_for(lambda: len(publisher.acknowledged) > before + 100, 30)
    publisher.stopping.set()
    publisher.thread.join(30)
    try:
        stack.wait_for(lambda: publisher.acknowledged <= subscriber.heard, 30)
    finally:
        subscriber.stopping.set()
        subscriber.thread.join(30)
    assert len(publisher.acknowledged) > 100 * KILLS
