import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot.core.mqtt.events import Cause, ConnectRequested, Ended, Event, ProxyConfig
from iot.core.mqtt.packets import (
    Auth,
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PingReq,
    PubAck,
    Publish,
    SubAck,
    Subscribe,
    Subscription,
    UnsubAck,
    Unsubscribe,
    Will,
    encode,
)
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.proxy import Proxy

from .broker import Broker
from .desk import STAMP, STAMPED, Desk, Reluctant, split

SEED = 20261124
BOTH = pytest.mark.parametrize("version", [4, 5])


def device_stream(version: int) -> bytes:
    """Answer what a device might say in a connection, refused things among it."""
    packets: list[Packet] = [
        Connect("a", version, will=Will("w", b"x")),
        Publish("t", b"1"),
        Publish("t", bytes(300), 1, packet_id=1),
        Subscribe(2, (Subscription("a/#", 1), Subscription("no"))),
        Subscribe(3, (Subscription("no"),)),
        Publish("t", b"2", 1, packet_id=4, properties=Properties(content_type="c", topic_alias=1)),
        Publish("full", b"dropped"),
        Unsubscribe(5, ("a/#",)),
        PingReq(),
        PubAck(1),
        Disconnect(),
    ]
    return b"".join(encode(packet, version) for packet in packets)


def broker_stream() -> bytes:
    packets: list[Packet] = [
        PubAck(1, 0x10),
        SubAck(2, (1,)),
        Publish("a/b", bytes(200), 1, packet_id=1, properties=STAMPED),
        Publish("no", b"x", 1, packet_id=2, properties=STAMPED),
        UnsubAck(5, (0,)),
    ]
    return b"".join(map(encode, packets))


def converse(version: int, device: list[bytes], broker: list[bytes]) -> tuple[bytes, bytes, list[Event]]:
    """Run a conversation whose bytes come in pieces: what the device says, then what the broker answers."""
    proxy = Proxy(ProxyConfig())
    for data in device:
        proxy.feed_device(data)
    proxy.accept(Reluctant(), STAMP)
    proxy.feed_broker(encode(ConnAck()))
    for data in broker:
        proxy.feed_broker(data)
    return proxy.to_device(), proxy.to_broker(), proxy.events()


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % len(data) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@BOTH
@given(st.lists(st.integers(0, 10_000), max_size=20), st.lists(st.integers(0, 10_000), max_size=20))
def test_how_the_bytes_are_cut_changes_nothing(version: int, here: list[int], there: list[int]) -> None:
    device, broker = device_stream(version)[:-2], broker_stream()
    whole = converse(version, [device], [broker])
    assert converse(version, cut(device, here), cut(broker, there)) == whole


@BOTH
def test_bytes_may_come_one_by_one(version: int) -> None:
    desk = Desk(version)
    data = device_stream(version)
    for place in range(len(data)):
        desk.proxy.feed_device(data[place : place + 1])
        if isinstance(next(iter(desk.events()), None), ConnectRequested):
            desk.proxy.accept(desk.judge, STAMP)
            for other in encode(ConnAck()):
                desk.proxy.feed_broker(bytes((other,)))
    sent = desk.to_broker()
    assert [type(packet) for packet in sent][:3] == [Connect, Publish, Publish]
    assert sent[-1] == Disconnect()
    assert desk.proxy.packets_in == 11


@BOTH
@pytest.mark.parametrize("from_broker", [False, True])
def test_changed_bytes_never_raise(version: int, from_broker: bool) -> None:
    chance = random.Random(SEED)
    whole = device_stream(version), broker_stream()
    for _ in range(2500):
        streams = bytearray(whole[0]), bytearray(whole[1])
        changed = streams[from_broker]
        for _ in range(chance.randint(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        assert_is_survived(bytes(streams[0]), bytes(streams[1]), chance.randrange(41, 400))


def assert_is_survived(device: bytes, broker: bytes, place: int) -> None:
    """Run a conversation of any bytes: no error is raised, it ends at most once, and what goes out can be read."""
    proxy = Proxy(ProxyConfig())
    proxy.feed_device(device[:40])
    proxy.accept(Reluctant(), STAMP)
    proxy.feed_broker(encode(ConnAck()))
    proxy.feed_device(device[40:place])
    proxy.feed_device(device[place:])
    proxy.feed_broker(broker)
    assert sum(isinstance(event, Ended) for event in proxy.events()) == proxy.ended
    split(proxy.to_broker())
    split(proxy.to_device(), proxy.version)


@pytest.mark.parametrize(
    "sent",
    [Publish("t"), PingReq(), Disconnect(), ConnAck(), b"\x00\x00", b"\x16\x03\x01\x02\x00", b"GET / HTTP/1.1\r\n"],
)
def test_what_is_not_connect_ends_the_conversation_before_it_began(sent: Packet | bytes) -> None:
    desk = Desk()
    desk.device(sent)
    assert desk.ended().cause is Cause.CLIENT_ERROR
    assert (desk.to_device(), desk.to_broker()) == ([], [])


def test_a_second_connect_ends_the_conversation() -> None:
    desk = Desk().open()
    desk.device(Connect("a"))
    assert desk.to_device() == [Disconnect(0x82)]


@pytest.mark.parametrize(
    "sent", [Auth(0x18, Properties(authentication_method="m")), ConnAck(), SubAck(1, (0,)), b"\0\0"]
)
def test_a_packet_that_devices_do_not_send_ends_the_conversation(sent: Packet | bytes) -> None:
    desk = Desk().open()
    desk.device(sent)
    assert desk.ended().reason_code == 0x82


@pytest.mark.parametrize("first", [0x41, 0x60, 0x80, 0xA0, 0xC1, 0xE8])
def test_flags_that_are_not_allowed_end_the_conversation(first: int) -> None:
    desk = Desk().open()
    desk.device(bytes((first, 0)))
    assert desk.ended().reason_code == 0x81


def test_a_protocol_version_that_is_not_spoken_is_told_in_mqtt_3() -> None:
    desk = Desk(4)
    desk.device(b"\x10\x0d\0\4MQTT\3\2\0\x3c\0\1a")
    assert desk.proxy.to_device() == b"\x20\x02\x00\x01"
    assert desk.ended().reason_code == 0x84


def test_a_connect_that_cannot_be_read_is_not_answered() -> None:
    desk = Desk()
    desk.device(b"\x10\x0d\0\4MQTT\5\1\0\x3c\0\1a")
    assert desk.to_device() == []
    assert desk.ended().reason_code == 0x81


@BOTH
def test_a_packet_that_is_too_large_ends_the_conversation_before_it_is_kept(version: int) -> None:
    desk = Desk(version).open()
    desk.device(b"\x30\x80\x90\x09")
    assert desk.ended().reason_code == 0x95
    assert not desk.proxy.partial


def test_the_largest_packet_passes() -> None:
    desk = Desk(config=ProxyConfig(maximum_packet=300, maximum_payload=300)).open()
    packet = encode(Publish("t", bytes(293)))
    assert len(packet) == 300
    desk.device(packet)
    assert len(desk.to_broker()) == 1
    desk.device(encode(Publish("t", bytes(294))))
    assert desk.proxy.ended


def test_a_remaining_length_that_has_no_end_ends_the_conversation() -> None:
    desk = Desk().open()
    desk.device(b"\x30\xff\xff")
    assert desk.proxy.partial
    desk.device(b"\xff\xff")
    assert desk.ended().reason_code == 0x81


def test_a_packet_in_pieces_is_partial_until_it_is_whole() -> None:
    desk = Desk().open()
    data = encode(Publish("t", bytes(1000)))
    desk.device(data[:1])
    assert desk.proxy.partial
    desk.device(data[1:500], data[500:])
    assert not desk.proxy.partial
    assert len(desk.to_broker()) == 1
    desk.device(data[:2])
    desk.device(data[2:3])
    assert desk.proxy.partial


def test_a_device_that_talks_on_before_connack_is_paused() -> None:
    desk = Desk(config=ProxyConfig(maximum_packet=1000))
    desk.device(Connect("a"), bytes(900))
    assert not desk.proxy.wants_pause
    assert not desk.proxy.partial
    desk.device(bytes(200))
    assert desk.proxy.wants_pause


@pytest.mark.parametrize(
    "packet",
    [
        PingReq(),
        Subscribe(1, (Subscription("no"),)),
        Subscribe(1, (Subscription("a"),)),
        Unsubscribe(1, ("a",)),
        Publish("no", b"", 1, packet_id=1),
        Publish("full"),
    ],
)
def test_dear_packets_are_handled_bit_by_bit(packet: Packet) -> None:
    desk, count, turns = Desk().open(), 10_000, 0
    desk.device(encode(packet) * count)
    while desk.proxy.tired:
        assert desk.proxy.wants_pause
        assert desk.proxy.packets_in - 1 < count
        turns += 1
        desk.proxy.take_turn()
    assert turns > 2
    assert (desk.proxy.packets_in - 1, desk.proxy.wants_pause, desk.proxy.ended) == (count, False, False)


def test_nothing_is_heard_of_a_tired_conversation_once_it_has_ended() -> None:
    desk = Desk().open()
    desk.device(encode(PingReq()) * 10_000)
    desk.proxy.device_lost()
    desk.forget()
    desk.proxy.take_turn()
    assert (desk.to_broker(), desk.events(), desk.proxy.tired) == ([], [], False)


def test_the_broker_cannot_speak_before_connack_of_anything_else() -> None:
    desk = Desk()
    desk.connect()
    desk.forget()
    desk.broker(Publish("t"))
    assert desk.ended().cause is Cause.SERVER_ERROR
    assert desk.to_device() == [ConnAck(False, 0x80)]


def test_a_broker_is_not_heard_before_it_is_asked_nor_after_the_end() -> None:
    desk = Desk()
    desk.broker(ConnAck())
    assert desk.proxy.ended
    desk.forget()
    desk.broker(ConnAck())
    desk.device(Connect("a"))
    assert (desk.events(), desk.to_device(), desk.to_broker()) == ([], [], [])


def test_the_brokers_packets_may_come_in_pieces() -> None:
    desk = Desk().open()
    data = encode(Publish("t", bytes(1000)))
    for place in range(len(data)):
        desk.proxy.feed_broker(data[place : place + 1])
        assert bool(desk.proxy.publishes_out) == (place == len(data) - 1)
    assert desk.to_device() == [Publish("t", bytes(1000))]


def test_a_decision_counts_once_and_only_when_asked_for() -> None:
    desk = Desk()
    desk.proxy.accept(desk.judge, STAMP)
    assert desk.to_broker() == []
    desk.connect()
    desk.proxy.accept(desk.judge, STAMP)
    assert len(desk.to_broker()) == 1


def test_a_message_of_our_own_needs_an_open_conversation() -> None:
    desk = Desk()
    assert desk.proxy.deliver("t", b"x", qos=1) == -1
    desk.open()
    assert desk.proxy.deliver("t", b"xyz") == 0
    assert desk.to_device() == [Publish("t", b"xyz")]
    assert (desk.proxy.publishes_out, desk.proxy.bytes_out) == (1, 3)


def test_packet_identifiers_of_our_own_are_far_from_the_brokers_and_from_each_other() -> None:
    desk = Desk().open()
    desk.broker(Publish("t", b"", 1, packet_id=40_000))
    ours = {desk.proxy.deliver("t", b"", qos=1) for _ in range(3)}
    assert ours == {7234, 7235, 7236}


def test_a_message_of_our_own_is_not_larger_than_the_device_takes() -> None:
    desk = Desk().open(Connect("a", properties=Properties(maximum_packet_size=50)))
    assert desk.proxy.deliver("t", b"x" * 60, qos=1) == -1
    assert desk.to_device() == []
    assert desk.proxy.deliver("t", b"x", qos=1) > 0


def test_the_judge_may_be_replaced() -> None:
    class Nobody(Reluctant):
        def may_receive(self, topic: str, qos: int) -> int:
            return 0x87

    desk = Desk().open()
    desk.proxy.judge = Nobody()
    desk.broker(Publish("t", b"x"))
    assert desk.to_device() == []


def pair(*versions: int) -> tuple[Broker, list[Desk]]:
    """Join devices to one broker, connected."""
    broker, desks = Broker(), []
    for number, version in enumerate(versions):
        desk = Desk(version)
        broker.join(desk.proxy)
        desk.connect(Connect(f"d{number}", version, will=Will("wills", f"d{number}".encode(), 1)))
        desks.append(desk)
    broker.run()
    for desk in desks:
        desk.to_device()
    return broker, desks


@pytest.mark.parametrize("versions", [(4, 4), (4, 5), (5, 4), (5, 5)])
def test_one_device_hears_another(versions: tuple[int, int]) -> None:
    broker, (one, other) = pair(*versions)
    other.device(Subscribe(1, (Subscription("t/+", 1),)))
    one.device(Publish("t/before", b"r", 1, True, packet_id=1))
    broker.run()
    one.device(*(Publish("t/1", bytes((number,)), 1, packet_id=number) for number in range(2, 90)))
    broker.run()
    assert one.to_device() == [PubAck(number) for number in range(1, 90)]
    suback, retained, *rest = other.to_device()
    assert (suback, retained) == (SubAck(1, (1,)), Publish("t/before", b"r", 1, True, packet_id=1))
    assert rest == [Publish("t/1", bytes((number,)), 1, packet_id=number) for number in range(2, 90)]
    other.device(*(PubAck(number) for number in range(1, 90)))
    broker.run()
    assert not any(session.unacknowledged for session in broker.sessions)


@pytest.mark.parametrize("versions", [(4, 5), (5, 4)])
def test_one_device_hears_of_anothers_end(versions: tuple[int, int]) -> None:
    broker, (one, other) = pair(*versions)
    other.device(Subscribe(1, (Subscription("wills", 0),)))
    broker.run()
    other.to_device()
    one.proxy.device_lost()
    broker.run()
    assert other.to_device() == [Publish("wills", b"d0")]


def test_a_device_never_sees_what_it_may_not_even_retained() -> None:
    broker, (one, other) = pair(5, 4)
    broker.retained["no/t"] = Publish("no/t", b"x", 1, True, properties=STAMPED)
    other.device(Subscribe(1, (Subscription("#", 1),)))
    broker.run()
    assert other.to_device() == [SubAck(1, (1,))]
    assert not broker.sessions[1].unacknowledged
    assert one.events()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from(("t/a", "t/b", "no", "full")), st.binary(max_size=20))),
    st.sampled_from((4, 5)),
)
def test_what_is_allowed_arrives_once_and_in_order(sent: list[tuple[int, str, bytes]], version: int) -> None:
    broker, (one, other) = pair(5, version)
    other.device(Subscribe(1, (Subscription("#", 1),)))
    broker.run()
    other.to_device()
    expected = []
    for number, (qos, topic, payload) in enumerate(sent, 1):
        if topic == "no":
            qos = 1
        one.device(Publish(topic, payload, qos, packet_id=number if qos else 0))
        broker.run()
        if topic.startswith("t"):
            expected.append((topic, payload, qos))
        got = [(p.topic, p.payload, p.qos) for p in other.to_device() if isinstance(p, Publish)]
        assert got == expected[len(expected) - len(got) :]
        assert len(got) == topic.startswith("t")
    assert all(isinstance(p, PubAck) for p in one.to_device())
