"""A broker in memory, as small as proxies in pairs need it: QoS 0 and 1, subscriptions, retained messages, wills."""

from dataclasses import dataclass, field, replace

from iot.core.mqtt.decoding import decode
from iot.core.mqtt.packets import (
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PingReq,
    PingResp,
    PubAck,
    Publish,
    SubAck,
    Subscribe,
    Will,
    encode,
)
from iot.core.mqtt.proxy import Proxy
from iot.core.mqtt.wire import read_length
from iot.core.topic import matches


@dataclass
class Session:
    proxy: Proxy
    out: list[bytes] = field(default_factory=list)
    filters: dict[str, int] = field(default_factory=dict)
    will: Will | None = None
    unacknowledged: set[int] = field(default_factory=set)
    last_id: int = 0


class Broker:
    """Every proxy that is joined is a client; `run` carries bytes until nobody has any more."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.retained: dict[str, Publish] = {}
        self.seen: list[Packet] = []

    def join(self, proxy: Proxy) -> Session:
        session = Session(proxy)
        self.sessions.append(session)
        return session

    def run(self) -> None:
        busy = True
        while busy:
            busy = False
            for session in self.sessions:
                if data := session.proxy.to_broker():
                    busy = True
                    self._read(session, data)
                if session.out:
                    busy = True
                    data, session.out = b"".join(session.out), []
                    session.proxy.feed_broker(data)

    def _read(self, session: Session, data: bytes) -> None:
        position = 0
        while position < len(data):
            found = read_length(data, position + 1)
            assert found is not None
            end = sum(found)
            self._handle(session, decode(data[position:end]))
            position = end

    def _handle(self, session: Session, packet: Packet) -> None:
        self.seen.append(packet)
        match packet:
            case Connect():
                session.will = packet.will
                session.out.append(encode(ConnAck()))
            case Publish():
                if packet.qos:
                    session.out.append(encode(PubAck(packet.packet_id)))
                self._publish(packet)
            case PubAck():
                session.unacknowledged.remove(packet.packet_id)
            case Subscribe():
                self._subscribe(session, packet)
            case PingReq():
                session.out.append(encode(PingResp()))
            case Disconnect():
                will, session.will = session.will, None
                session.filters = {}
                if packet.reason_code and will:
                    self._publish(Publish(will.topic, will.payload, will.qos, will.retain, properties=will.properties))

    def _subscribe(self, session: Session, packet: Subscribe) -> None:
        session.filters |= {wanted.topic_filter: wanted.qos for wanted in packet.subscriptions}
        session.out.append(encode(SubAck(packet.packet_id, tuple(wanted.qos for wanted in packet.subscriptions))))
        for wanted in packet.subscriptions:
            for topic, message in self.retained.items():
                if matches(wanted.topic_filter, topic):
                    self._deliver(session, message, wanted.qos)

    def _publish(self, packet: Publish) -> None:
        if packet.retain:
            self.retained[packet.topic] = packet
        for session in self.sessions:
            for name, qos in session.filters.items():
                if matches(name, packet.topic):
                    self._deliver(session, replace(packet, retain=False), qos)

    def _deliver(self, session: Session, packet: Publish, qos: int) -> None:
        session.last_id += 1
        qos = min(qos, packet.qos)
        packet_id = session.last_id if qos else 0
        if qos:
            session.unacknowledged.add(packet_id)
        session.out.append(encode(replace(packet, qos=qos, dup=False, packet_id=packet_id)))
