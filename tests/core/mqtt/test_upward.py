import pytest

from iot.core.message import STAMP_KEY
from iot.core.mqtt.events import (
    Cause,
    Delivered,
    Ended,
    ProxyConfig,
    PublishRefused,
    Retained,
    SubscribeRefused,
    Unsubscribed,
)
from iot.core.mqtt.packets import (
    ConnAck,
    Connect,
    Disconnect,
    Packet,
    PingReq,
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
    Will,
)
from iot.core.mqtt.properties import Properties

from .desk import STAMP, STAMPED, Desk

STRICT = ProxyConfig(strict=True)
BOTH = pytest.mark.parametrize("version", [4, 5])


def assert_ends(desk: Desk, reason_code: int, *sent: Packet | bytes) -> Ended:
    """Send what breaks the protocol; demand the end, and DISCONNECT to a device that knows it."""
    desk.device(*sent)
    ended = desk.ended()
    assert ended.reason_code == reason_code
    assert desk.to_device()[-1:] == ([Disconnect(reason_code)] if desk.version == 5 else [])
    return ended


@BOTH
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_publish_is_stamped_and_otherwise_left_as_it_is(version: int, qos: int) -> None:
    desk = Desk(version).open()
    packet_id = 9 if qos else 0
    sent = Publish("t/é", b"x" * 200, qos, retain=True, dup=bool(qos), packet_id=packet_id)
    desk.device(sent)
    assert desk.to_broker() == [
        Publish("t/é", b"x" * 200, qos, retain=True, dup=bool(qos), packet_id=packet_id, properties=STAMPED)
    ]
    assert desk.judge.asked == ["t/é"]
    assert (desk.proxy.publishes_in, desk.proxy.bytes_in) == (1, 200)


@BOTH
@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 131_072])
def test_a_payload_of_any_size_within_the_limit_passes(version: int, size: int) -> None:
    desk = Desk(version).open()
    desk.device(Publish("t", bytes(size)))
    assert desk.to_broker() == [Publish("t", bytes(size), properties=STAMPED)]


@BOTH
def test_a_payload_above_the_limit_ends_the_connection(version: int) -> None:
    desk = Desk(version).open()
    assert_ends(desk, 0x95, Publish("t", bytes(131_073)))
    assert desk.to_broker() == [Disconnect(0x04)]


def test_properties_pass_behind_the_stamp() -> None:
    desk = Desk().open()
    own = Properties(content_type="t", message_expiry_interval=60, user_property=(("k", "v"),))
    desk.device(Publish("t", b"x", 1, packet_id=1, properties=own))
    passed = Properties(
        content_type="t", message_expiry_interval=60, user_property=(*STAMPED.user_property, ("k", "v"))
    )
    assert desk.to_broker() == [Publish("t", b"x", 1, packet_id=1, properties=passed)]


@BOTH
def test_what_is_to_be_retained_is_told_to_the_shell(version: int) -> None:
    desk = Desk(version).open()
    own = Properties(content_type="t") if version == 5 else Properties()
    desk.device(Publish("t", b"x", 1, True, packet_id=1, properties=own), Publish("t", b"", retain=True))
    assert desk.events() == [Retained("t", b"x", 1, own), Retained("t", b"", 0, Properties())]


def test_properties_of_ours_are_added_behind_the_stamp() -> None:
    desk = Desk(4)
    desk.device(Connect("a", 4, will=Will("w", b"")))
    desk.proxy.accept(desk.judge, STAMP, will_stamp="will", user_properties=(("color", "red"), ("é", "")))
    (connect,) = desk.to_broker()
    assert isinstance(connect, Connect)
    assert connect.will == Will("w", b"", properties=Properties(user_property=((STAMP_KEY, "will"),)))
    desk.accepted()
    desk.device(Publish("t", b"x"))
    pairs = (*STAMPED.user_property, ("color", "red"), ("é", ""))
    assert desk.to_broker() == [Publish("t", b"x", properties=Properties(user_property=pairs))]


def test_a_topic_alias_is_resolved_for_the_broker() -> None:
    desk = Desk().open()
    alias, other = Properties(topic_alias=1), Properties(topic_alias=1, content_type="c")
    desk.device(Publish("t", b"1", properties=alias), Publish("", b"2", 1, packet_id=5, properties=other))
    desk.device(Publish("u", b"3", properties=alias), Publish("", b"4", properties=alias))
    stamped = Properties(content_type="c", user_property=STAMPED.user_property)
    assert desk.to_broker() == [
        Publish("t", b"1", properties=STAMPED),
        Publish("t", b"2", 1, packet_id=5, properties=stamped),
        Publish("u", b"3", properties=STAMPED),
        Publish("u", b"4", properties=STAMPED),
    ]
    assert desk.judge.asked == ["t", "t", "u", "u"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (Publish("t", properties=Properties(topic_alias=9)), 0x94),
        (Publish("", properties=Properties(topic_alias=2)), 0x82),
        (Publish("", properties=Properties(content_type="t")), 0x82),
        (Publish("a/#", properties=Properties(content_type="t")), 0x90),
        (Publish("t", properties=Properties(subscription_identifier=(1,))), 0x82),
        (b"\x30\x08\x00\x01t\x04\x01\x00\x01\x00", 0x82),
        (b"\x30\x08\x00\x02\xff\xfe\x03\x03\x00\x00", 0x81),
        (b"\x30\x05\x00\x01t\x05\x01", 0x81),
    ],
)
def test_properties_that_break_the_protocol_end_the_connection(sent: Packet | bytes, code: int) -> None:
    assert_ends(Desk().open(), code, sent)


@BOTH
@pytest.mark.parametrize(("topic", "code"), [("", 0x82), ("a/+", 0x90), ("#", 0x90), ("a\0", 0x81)])
def test_a_name_that_is_no_topic_ends_the_connection(version: int, topic: str, code: int) -> None:
    desk = Desk(version).open()
    assert assert_ends(desk, code, Publish(topic, b"x")).cause is Cause.CLIENT_ERROR
    assert desk.judge.asked == []


@BOTH
@pytest.mark.parametrize(
    "sent",
    [
        b"\x30\x00",
        b"\x30\x01\x00",
        b"\x30\x02\x00\x05",
        b"\x30\x02\x00\x05\x00\x00\x00\x00\x00",
        b"\x32\x04\x00\x01t\x00",
        b"\x30\x04\x00\x02\xff\xfe",
        b"\x36\x06\x00\x01t\x00\x01\x00",
        b"\x38\x04\x00\x01t\x00",
    ],
)
def test_a_publish_that_cannot_be_read_ends_the_connection(version: int, sent: bytes) -> None:
    assert_ends(Desk(version).open(), 0x81, sent)


def test_a_topic_that_is_not_utf8_ends_the_connection() -> None:
    assert_ends(Desk().open(), 0x81, b"\x30\x05\x00\x02\xff\xfe\x00")


@BOTH
def test_a_publish_with_packet_identifier_0_ends_the_connection(version: int) -> None:
    assert_ends(Desk(version).open(), 0x82, Publish("t", b"x", 1, packet_id=0))


def test_a_forbidden_publish_of_qos_1_and_2_is_answered_in_mqtt_5() -> None:
    desk = Desk().open()
    desk.device(Publish("no", b"x", 1, True, packet_id=7), Publish("no", b"x", 2, packet_id=8), Publish("t"))
    assert desk.to_device() == [PubAck(7, 0x87), PubRec(8, 0x87)]
    assert desk.to_broker() == [Publish("t", properties=STAMPED)]
    assert desk.events() == [PublishRefused("no", 0x87, True), PublishRefused("no", 0x87, False)]


def test_refusals_keep_their_place_among_the_brokers_answers() -> None:
    desk = Desk().open()
    topics = ("t", "no", "t", "no", "no", "t")
    desk.device(*(Publish(topic, b"", 1, packet_id=number) for number, topic in enumerate(topics, 1)))
    assert desk.to_device() == []
    desk.broker(PubAck(1))
    assert desk.to_device() == [PubAck(1), PubAck(2, 0x87)]
    desk.broker(PubAck(3), PubAck(6))
    assert desk.to_device() == [PubAck(3), PubAck(4, 0x87), PubAck(5, 0x87), PubAck(6)]
    desk.device(Publish("no", b"", 1, packet_id=7))
    assert desk.to_device() == [PubAck(7, 0x87)]


def test_refusals_that_wait_count_as_publishes_in_flight() -> None:
    desk = Desk().open(offered=Properties(receive_maximum=2))
    desk.device(Publish("t", b"", 1, packet_id=1), *(Publish("no", b"", 1, packet_id=number) for number in (2, 3)))
    assert_ends(desk, 0x93, Publish("no", b"", 1, packet_id=4))


@pytest.mark.parametrize(
    ("version", "qos", "topic", "cause"),
    [
        (5, 0, "no", Cause.AUTH_ERROR),
        (4, 0, "no", Cause.AUTH_ERROR),
        (4, 1, "no", Cause.AUTH_ERROR),
        (4, 1, "bad", Cause.CLIENT_ERROR),
    ],
)
def test_any_other_forbidden_publish_ends_the_connection_behind_what_came_before(
    version: int, qos: int, topic: str, cause: Cause
) -> None:
    desk = Desk(version).open()
    code = 0x87 if topic == "no" else 0x90
    sent = (Publish("t", b"1"), Publish(topic, b"2", qos, packet_id=qos), Publish("t", b"3"))
    ended = assert_ends(desk, code, *sent)
    assert ended.cause is cause
    assert ended.was_connected
    assert not ended.client_initiated
    assert desk.to_broker() == [Publish("t", b"1", properties=STAMPED), Disconnect(0x04)]


@BOTH
def test_a_publish_above_the_rate_is_dropped_and_the_connection_lives(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Publish("full", b"x"), Publish("full", b"x", 1, packet_id=3), Publish("t"))
    assert desk.to_device() == ([PubAck(3, 0x97)] if version == 5 else [])
    assert desk.to_broker() == [Publish("t", properties=STAMPED)]


def test_the_same_properties_pass_again_and_others_are_looked_at() -> None:
    desk = Desk().open()
    own, other = Properties(content_type="t"), Properties(content_type="u")
    desk.device(*(Publish("t", properties=one) for one in (own, own, other, own)))
    passed = [packet.properties.content_type for packet in desk.to_broker() if isinstance(packet, Publish)]
    assert passed == ["t", "t", "u", "t"]
    assert_ends(desk, 0x81, b"\x30\x06\x00\x01t\x02\x03\x00")


def test_a_forbidden_publish_with_properties_is_answered_too() -> None:
    desk = Desk().open()
    desk.device(Publish("no", b"x", 1, packet_id=1, properties=Properties(content_type="t")))
    assert desk.to_device() == [PubAck(1, 0x87)]
    assert desk.to_broker() == []


def test_a_device_that_stamps_is_refused() -> None:
    desk = Desk().open()
    desk.device(Publish("t", b"x", 1, packet_id=1, properties=STAMPED))
    assert desk.to_device() == [PubAck(1, 0x87)]
    assert_ends(desk, 0x87, Publish("t", properties=STAMPED))
    assert desk.to_broker() == [Disconnect(0x04)]


def test_a_device_of_mqtt_5_may_not_exceed_the_receive_maximum() -> None:
    desk = Desk().open(offered=Properties(receive_maximum=2))
    desk.device(Publish("t", b"", 1, packet_id=1), Publish("t", b"", 2, packet_id=2), Publish("t"))
    assert_ends(desk, 0x93, Publish("t", b"", 1, packet_id=3))


def test_a_device_of_mqtt_3_waits_for_room_in_the_brokers_window() -> None:
    desk = Desk(4).open(offered=Properties(receive_maximum=2))
    desk.device(*(Publish("t", b"", 1, packet_id=number) for number in (1, 2, 3, 4)), Publish("t", b"last"))
    assert [packet.packet_id for packet in desk.to_broker() if isinstance(packet, Publish)] == [1, 2]
    assert desk.proxy.wants_pause
    desk.device(PingReq())
    assert desk.to_broker() == []
    desk.broker(PubAck(1))
    assert desk.to_broker() == [Publish("t", b"", 1, packet_id=3, properties=STAMPED)]
    assert desk.proxy.wants_pause
    desk.broker(PubAck(2), PubAck(3))
    sent = [Publish("t", b"", 1, packet_id=4, properties=STAMPED), Publish("t", b"last", properties=STAMPED), PingReq()]
    assert desk.to_broker() == sent
    assert not desk.proxy.wants_pause


@BOTH
def test_qos_2_is_refused_where_it_is_not_offered(version: int) -> None:
    assert_ends(Desk(version, STRICT).open(), 0x9B, Publish("t", b"", 2, packet_id=1))
    for packet in (PubRec(1), PubRel(1), PubComp(1)):
        assert_ends(Desk(version, STRICT).open(), 0x82, packet)


@BOTH
def test_acknowledgements_pass(version: int) -> None:
    desk = Desk(version).open()
    sent: list[Packet] = [PubAck(1), PubRec(2), PubRel(3), PubComp(4)]
    desk.device(*sent)
    assert desk.to_broker() == sent


def test_acknowledgements_with_reasons_pass() -> None:
    desk = Desk().open()
    sent: list[Packet] = [PubAck(1, 0x80), PubRec(2, 0x97, Properties(reason_string="w"))]
    desk.device(*sent)
    assert desk.to_broker() == sent


@BOTH
def test_an_acknowledgement_of_nothing_ends_the_connection(version: int) -> None:
    assert_ends(Desk(version).open(), 0x82, b"\x40\x02\x00\x00")
    assert_ends(Desk(version).open(), 0x81, b"\x40\x01\x00")


@BOTH
def test_a_message_of_our_own_is_acknowledged_to_us(version: int) -> None:
    desk = Desk(version).open()
    packet_id = desk.proxy.deliver("direct", b"x", qos=1, properties=Properties(content_type="t"))
    (packet,) = desk.to_device()
    own = Properties(content_type="t") if version == 5 else Properties()
    assert packet == Publish("direct", b"x", 1, packet_id=packet_id, properties=own)
    desk.device(PubAck(packet_id), PubAck(packet_id + 1))
    assert desk.events() == [Delivered(packet_id)]
    assert desk.to_broker() == [PubAck(packet_id + 1)]


@BOTH
def test_a_subscribe_is_forwarded_whole_when_all_of_it_is_allowed(version: int) -> None:
    desk = Desk(version).open()
    wanted = (Subscription("a/+", 1), Subscription("#", 2), Subscription("a/b", 0))
    desk.device(Subscribe(7, wanted))
    assert desk.to_broker() == [Subscribe(7, wanted)]


@BOTH
def test_a_shared_subscription_hears_no_retained_messages(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Subscribe(7, (Subscription("$share/g/a", 1),)))
    assert desk.to_broker() == [Subscribe(7, (Subscription("$share/g/a", 1, retain_handling=2),))]


def test_the_options_of_a_subscription_and_its_identifier_pass() -> None:
    desk = Desk().open()
    sent = Subscribe(7, (Subscription("a", 1, True, True, 2),), Properties(subscription_identifier=(3,)))
    desk.device(sent)
    assert desk.to_broker() == [sent]


@BOTH
def test_forbidden_filters_are_left_out_and_the_answers_merged(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Subscribe(7, (Subscription("no/1"), Subscription("a", 1), Subscription("no/2"), Subscription("b"))))
    assert desk.to_broker() == [Subscribe(7, (Subscription("a", 1), Subscription("b")))]
    desk.broker(SubAck(7, (1, 0x80)))
    denied = 0x87 if version == 5 else 0x80
    assert desk.to_device() == [SubAck(7, (denied, 1, denied, 0x80))]


@BOTH
def test_a_subscribe_of_which_nothing_is_allowed_is_answered_here(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Subscribe(7, (Subscription("no"), Subscription("$aws/rules/r/#"))))
    denied = 0x87 if version == 5 else 0x80
    assert desk.to_device() == [SubAck(7, (denied, denied))]
    assert desk.to_broker() == []
    assert desk.events() == [SubscribeRefused("no", 0x87), SubscribeRefused("$aws/rules/r/#", 0x87)]


@BOTH
@pytest.mark.parametrize("name", ["a/#/b", "a+", "", "$share/g", "$share//a", "$share/g+/a", "a\0"])
def test_a_filter_that_is_none_ends_the_connection(version: int, name: str) -> None:
    code = 0x81 if "\0" in name else 0x8F
    assert_ends(Desk(version).open(), code, Subscribe(7, (Subscription(name),)))
    assert_ends(Desk(version).open(), code, Unsubscribe(7, (name,)))


def test_no_local_on_a_shared_subscription_ends_the_connection() -> None:
    assert_ends(Desk().open(), 0x82, Subscribe(7, (Subscription("$share/g/a", no_local=True),)))


def test_subscriptions_are_limited_in_number() -> None:
    desk = Desk(config=ProxyConfig(maximum_filters=3, maximum_subscriptions=3)).open()
    four = tuple(Subscription(name) for name in "abcd")
    desk.device(Subscribe(1, four))
    assert desk.to_device() == [SubAck(1, (0x97,) * 4)]
    desk.device(Subscribe(2, four[:2]))
    desk.broker(SubAck(2, (0, 0)))
    desk.forget()
    desk.device(Subscribe(3, (Subscription("b"), Subscription("c"), Subscription("d"))))
    assert desk.to_broker() == [Subscribe(3, (Subscription("b"), Subscription("c")))]
    assert desk.events() == [SubscribeRefused("d", 0x97)]


def test_a_filter_that_is_far_too_long_is_refused() -> None:
    desk = Desk().open()
    desk.device(Subscribe(1, (Subscription("x" * 4097), Subscription("x" * 4096))))
    assert desk.to_broker() == [Subscribe(1, (Subscription("x" * 4096),))]
    assert desk.events() == [SubscribeRefused("x" * 4097, 0x97)]


def test_long_properties_are_looked_at_each_time() -> None:
    desk = Desk().open()
    own = Properties(content_type="t" * 600)
    desk.device(Publish("t", properties=own), Publish("t", properties=own))
    assert len(desk.to_broker()) == 2
    assert desk.proxy.known_fields == b""


def test_a_packet_identifier_in_use_is_refused() -> None:
    desk = Desk().open()
    desk.device(Subscribe(7, (Subscription("a"),)), Subscribe(7, (Subscription("b"),)))
    assert desk.to_broker() == [Subscribe(7, (Subscription("a"),))]
    assert desk.to_device() == [SubAck(7, (0x91,))]


def test_strict_mode_grants_qos_1_and_keeps_retained_messages_from_wildcards() -> None:
    desk = Desk(config=STRICT).open()
    desk.device(Subscribe(7, (Subscription("a", 2), Subscription("+/a", 1), Subscription("#"))))
    wanted = (Subscription("a", 1), Subscription("+/a", 1, retain_handling=2), Subscription("#", retain_handling=2))
    assert desk.to_broker() == [Subscribe(7, wanted)]


def test_strict_mode_has_no_subscription_identifiers() -> None:
    sent = Subscribe(7, (Subscription("a"),), Properties(subscription_identifier=(3,)))
    assert_ends(Desk(config=STRICT).open(), 0xA1, sent)


@BOTH
def test_an_unsubscribe_is_forwarded(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Unsubscribe(7, ("a", "no")))
    assert desk.to_broker() == [Unsubscribe(7, ("a", "no"))]


@BOTH
def test_a_ping_is_forwarded(version: int) -> None:
    desk = Desk(version).open()
    desk.device(PingReq())
    assert desk.to_broker() == [PingReq()]
    assert_ends(desk, 0x81, b"\xc0\x01\x00")


@BOTH
def test_disconnect_ends_without_a_will_and_nothing_behind_it_is_heard(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Publish("t"), Disconnect(), Publish("t"))
    desk.device(Publish("t"))
    assert desk.to_broker() == [Publish("t", properties=STAMPED), Disconnect()]
    assert desk.to_device() == []
    assert desk.events() == [Ended(Cause.CLIENT_INITIATED_DISCONNECT, 0, True, True, None, "")]


@pytest.mark.parametrize(
    ("sent", "upstream"),
    [
        (Disconnect(0x04), Disconnect(0x04)),
        (Disconnect(0x80), Disconnect(0x80)),
        (Disconnect(0, Properties(session_expiry_interval=0)), Disconnect(0, Properties(session_expiry_interval=0))),
        (
            Disconnect(0, Properties(session_expiry_interval=0xFFFFFFFF, reason_string="w")),
            Disconnect(0, Properties(session_expiry_interval=604_800)),
        ),
    ],
)
def test_disconnect_of_mqtt_5_passes_its_reason_and_session_expiry(sent: Disconnect, upstream: Disconnect) -> None:
    desk = Desk().open(Connect("a", properties=Properties(session_expiry_interval=60)))
    desk.device(sent)
    assert desk.to_broker() == [upstream]
    assert desk.ended().client_initiated


def test_disconnect_may_not_bring_a_session_to_life() -> None:
    assert_ends(Desk().open(), 0x82, Disconnect(0, Properties(session_expiry_interval=1)))


def test_the_stamp_is_the_one_given() -> None:
    desk = Desk()
    desk.device(Connect("a"))
    desk.proxy.accept(desk.judge, STAMP + "2")
    desk.accepted(ConnAck())
    desk.forget()
    desk.device(Publish("t"))
    assert (STAMP + "2").encode() in desk.proxy.to_broker()


@pytest.mark.parametrize("version", [4, 5])
def test_many_pubacks_in_one_read_are_forwarded_and_make_room(version: int) -> None:
    desk = Desk(version).open()
    desk.broker(*(Publish("t", b"", 1, packet_id=number) for number in range(1, 61)))
    desk.forget()
    desk.device(*(PubAck(number) for number in range(1, 61)))
    assert desk.to_broker() == [PubAck(number) for number in range(1, 61)]
    assert desk.proxy.packets_in == 61
    assert desk.proxy.delivering == 0


def test_a_packet_identifier_of_zero_is_found_among_many_pubacks() -> None:
    desk = Desk().open()
    desk.device(b"\x40\x02\0\x01\x40\x02\0\0")
    assert desk.ended().cause is Cause.CLIENT_ERROR


def strict() -> Desk:
    return Desk(config=ProxyConfig(strict=True)).open()


@pytest.mark.parametrize(("asked", "forwarded"), [(0, 1), (60, 60), (604_801, 604_800)])
def test_a_message_lives_no_longer_than_aws_lets_it_in_strict_mode(asked: int, forwarded: int) -> None:
    desk = strict()
    own = Properties(message_expiry_interval=asked, content_type="c", topic_alias=1)
    desk.device(Publish("t", b"x", properties=own))
    (sent,) = desk.to_broker()
    assert isinstance(sent, Publish)
    assert (sent.properties.message_expiry_interval, sent.properties.content_type) == (forwarded, "c")


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        (Properties(content_type="c" * 256), Properties(content_type="c" * 257)),
        (Properties(response_topic="r" * 256), Properties(response_topic="r" * 257)),
        (Properties(correlation_data=b"d" * 8192), Properties(correlation_data=b"d" * 8193)),
        (Properties(user_property=(("k", "v" * 4095),) * 2), Properties(user_property=(("k", "v" * 4096),) * 2)),
    ],
)
def test_properties_have_aws_sizes_in_strict_mode(within: Properties, beyond: Properties) -> None:
    desk = strict()
    desk.device(Publish("t", b"1", 1, packet_id=1, properties=within))
    desk.device(Publish("t", b"2", 1, packet_id=2, properties=beyond))
    assert [packet.payload for packet in desk.to_broker() if isinstance(packet, Publish)] == [b"1"]
    desk.broker(PubAck(1))
    assert desk.to_device() == [PubAck(1), PubAck(2, 0x97)]
    loose = Desk().open()
    loose.device(Publish("t", b"2", properties=beyond))
    assert len(loose.to_broker()) == 1


@pytest.mark.parametrize(
    ("asked", "forwarded"),
    [("a/#", "a/+/#"), ("#", "#"), ("a/b", "a/b"), ("$share/g/a/#", "$share/g/a/+/#"), ("$share/g/#", "$share/g/#")],
)
def test_a_filter_does_not_match_its_parent_in_strict_mode(asked: str, forwarded: str) -> None:
    desk = strict()
    desk.device(Subscribe(1, (Subscription(asked, 1),)), Unsubscribe(2, (asked,)))
    subscribe, unsubscribe = desk.to_broker()
    assert isinstance(subscribe, Subscribe)
    assert subscribe.subscriptions[0].topic_filter == forwarded
    assert unsubscribe == Unsubscribe(2, (forwarded,))
    desk.broker(SubAck(1, (1,)))
    assert desk.proxy.subscriptions == {asked: 1}
    desk.broker(UnsubAck(2, (0,)))
    assert desk.events()[-1] == Unsubscribed((asked,))


def test_a_refusal_says_why() -> None:
    desk = Desk().open()
    desk.device(Publish("full", b"", 1, packet_id=1), Subscribe(2, (Subscription("no"), Subscription("no/2"))))
    assert desk.to_device() == [PubAck(1, 0x97), SubAck(2, (0x87, 0x87))]
    assert desk.reasons == ["more than allowed", "no: not allowed; no/2: not allowed"]


def test_one_puback_makes_room_where_nothing_waits() -> None:
    desk = Desk().open()
    desk.broker(Publish("t", b"", 1, packet_id=1))
    desk.device(PubAck(1))
    assert desk.proxy.delivering == 0
