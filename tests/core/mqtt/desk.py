"""A proxy between a device and a broker that are both played by the test: packets in, packets out."""

from dataclasses import replace

from iot.core.message import STAMP_KEY
from iot.core.mqtt.decoding import decode
from iot.core.mqtt.events import Ended, Event, ProxyConfig
from iot.core.mqtt.packets import MQTT_5, ConnAck, Connect, Disconnect, Packet, PubAck, PubRec, SubAck, encode
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.proxy import Proxy
from iot.core.mqtt.wire import read_length

STAMP = "0 mqtt certificate 192.0.2.1 a"
STAMPED = Properties(user_property=((STAMP_KEY, STAMP),))


class Reluctant:
    """A judge that forbids what begins with "no", throttles "full", and may come to forbid more."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def may_publish(self, topic: str, retain: bool) -> int:
        self.asked.append(topic)
        return 0x87 if topic.startswith("no") else 0x90 if topic == "bad" else 0x97 if topic == "full" else 0

    def may_subscribe(self, topic_filter: str) -> int:
        return 0x87 if topic_filter.startswith("no") else 0

    def may_receive(self, topic: str, qos: int) -> int:
        return 0x87 if topic.startswith("no") else 0x97 if topic == "full" else 0


def split(data: bytes, version: int = MQTT_5) -> list[Packet]:
    packets, position = [], 0
    while position < len(data):
        found = read_length(data, position + 1)
        assert found is not None
        end = sum(found)
        packets.append(decode(data[position:end], version))
        position = end
    return packets


class Desk:
    """One conversation."""

    def __init__(self, version: int = MQTT_5, config: ProxyConfig | None = None) -> None:
        self.version = version
        self.proxy = Proxy(config or ProxyConfig())
        self.judge = Reluctant()
        self.reasons: list[str] = []

    def device(self, *packets: Packet | bytes) -> None:
        self.proxy.feed_device(b"".join(_bytes(packet, self.version) for packet in packets))

    def broker(self, *packets: Packet | bytes) -> None:
        self.proxy.feed_broker(b"".join(_bytes(packet, MQTT_5) for packet in packets))

    def to_device(self) -> list[Packet]:
        """Answer what the device is sent, its reason strings put aside in `reasons`."""
        return [self._without_reason(packet) for packet in split(self.proxy.to_device(), self.version)]

    def _without_reason(self, packet: Packet) -> Packet:
        if not isinstance(packet, ConnAck | Disconnect | PubAck | PubRec | SubAck):
            return packet
        if packet.properties.reason_string is not None:
            self.reasons.append(packet.properties.reason_string)
        return replace(packet, properties=replace(packet.properties, reason_string=None))

    def to_broker(self) -> list[Packet]:
        return split(self.proxy.to_broker())

    def events(self) -> list[Event]:
        return self.proxy.events()

    def ended(self) -> Ended:
        """Answer how it ended, as the last event."""
        last = self.proxy.events()[-1]
        assert isinstance(last, Ended)
        return last

    def connect(self, connect: Connect | None = None) -> None:
        self.device(connect or Connect("a", self.version))
        self.proxy.accept(self.judge, STAMP)

    def accepted(self, answer: ConnAck | None = None) -> None:
        self.broker(answer or ConnAck())

    def open(self, connect: Connect | None = None, offered: Properties | None = None) -> "Desk":
        """Connect, and forget what was said so far."""
        self.connect(connect)
        self.accepted(ConnAck(properties=offered or Properties()))
        self.forget()
        return self

    def forget(self) -> None:
        self.proxy.to_broker()
        self.proxy.to_device()
        self.proxy.events()


def _bytes(packet: Packet | bytes, version: int) -> bytes:
    return packet if isinstance(packet, bytes) else encode(packet, version)
