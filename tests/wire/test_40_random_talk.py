"""Whatever legal packets a device sends, cut however it likes: each is answered once, and the connection lives."""

import random

import pytest

from iot.core.mqtt.packets import (
    Packet,
    PingReq,
    PingResp,
    PubAck,
    PubComp,
    Publish,
    PubRec,
    PubRel,
    SubAck,
    Subscribe,
    Subscription,
    UnsubAck,
    Unsubscribe,
    encode,
)
from iot.core.mqtt.properties import Properties

from .conftest import Dial
from .raw import Raw

SEED = 20261124
ROUNDS = 300
FILTERS = ("talk/+", "talk/#", "talk/1", "$share/talk/talk/#", "$SYS/#", "$aws/rules/#")


class Talker:
    """Sends random packets and keeps what must be answered: the type of the answer by packet id, and pings."""

    def __init__(self, raw: Raw, chance: random.Random) -> None:
        self.raw, self.chance = raw, chance
        self.awaited: dict[int, type[Packet]] = {}
        self.pings = 0

    def talk(self) -> None:
        """Send a few packets in random pieces."""
        data = b"".join(encode(self._packet(), self.raw.version) for _ in range(self.chance.randint(1, 8)))
        while data:
            size = self.chance.choice((1, 3, 20, 500, 100_000))
            self.raw.send(data[:size])
            data = data[size:]

    def listen(self) -> None:
        """Read until everything is answered."""
        while self.awaited or self.pings:
            packet = self.raw.receive()
            assert packet is not None, self.awaited
            self._hear(packet)

    def _packet(self) -> Packet:
        packet_id = self.chance.choice([number for number in range(1, 100) if number not in self.awaited])
        match self.chance.choice(("publish", "publish", "publish", "subscribe", "unsubscribe", "ping")):
            case "publish":
                return self._publish(packet_id)
            case "subscribe":
                self.awaited[packet_id] = SubAck
                names = self.chance.sample(FILTERS, self.chance.randint(1, 4))
                return Subscribe(packet_id, tuple(Subscription(name, self.chance.randrange(3)) for name in names))
            case "unsubscribe":
                self.awaited[packet_id] = UnsubAck
                return Unsubscribe(packet_id, ("talk/#", "never/had"))
            case _:
                self.pings += 1
                return PingReq()

    def _publish(self, packet_id: int) -> Publish:
        qos = self.chance.randrange(3)
        if qos:
            self.awaited[packet_id] = (PubAck, PubComp)[qos - 1]
        own = Properties()
        if self.raw.version == 5 and self.chance.random() < 0.5:
            own = Properties(content_type="t", user_property=(("k", "v" * self.chance.randrange(300)),))
        topic = self.chance.choice(("talk/1", "talk/é", "other/" + "x" * 200))
        payload = bytes(self.chance.choice((0, 1, 100, 1000, 30_000)))
        return Publish(topic, payload, qos, packet_id=packet_id if qos else 0, properties=own)

    def _hear(self, packet: Packet) -> None:
        match packet:
            case Publish(qos=1):
                self.raw.send(PubAck(packet.packet_id))
            case Publish(qos=2):
                self.raw.send(PubRec(packet.packet_id))
            case PubRec():
                assert self.awaited[packet.packet_id] is PubComp
                self.raw.send(PubRel(packet.packet_id))
            case PubRel():
                self.raw.send(PubComp(packet.packet_id))
            case PubAck() | PubComp() | SubAck() | UnsubAck():
                assert self.awaited.pop(packet.packet_id) is type(packet)
            case PingResp():
                self.pings -= 1
            case _:
                assert isinstance(packet, Publish)


@pytest.mark.parametrize("version", [4, 5])
def test_all_is_answered_and_the_connection_lives(dial: Dial, version: int) -> None:
    raw = dial(version=version)
    raw.connect()
    talker = Talker(raw, random.Random(SEED))
    for _ in range(ROUNDS):
        talker.talk()
        talker.listen()
