import pytest

from iot.core.message import STAMP_KEY
from iot.core.mqtt.events import Cause, ProxyConfig, ReceiveRefused, Subscribed, SubscribeRefused, Unsubscribed
from iot.core.mqtt.packets import (
    Connect,
    Disconnect,
    Packet,
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

from .desk import STAMPED, Desk

BOTH = pytest.mark.parametrize("version", [4, 5])


def assert_broker_fault(*sent: Packet | bytes) -> None:
    desk = Desk().open()
    desk.broker(*sent)
    assert desk.ended().cause is Cause.SERVER_ERROR
    assert desk.to_device()[-1] == Disconnect(0x80)


@BOTH
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message_is_delivered_without_its_stamp(version: int, qos: int) -> None:
    desk = Desk(version).open()
    packet_id = 9 if qos else 0
    desk.broker(Publish("t/é", b"x" * 300, qos, True, bool(qos), packet_id, STAMPED))
    assert desk.to_device() == [Publish("t/é", b"x" * 300, qos, True, bool(qos), packet_id)]
    assert desk.to_broker() == []
    assert (desk.proxy.publishes_out, desk.proxy.bytes_out) == (1, 300)


@BOTH
def test_properties_are_delivered_in_mqtt_5(version: int) -> None:
    desk = Desk(version).open()
    user = ((STAMP_KEY, "0 mqtt p a c"), ("k", "v" * 200))
    own = Properties(subscription_identifier=(3,), content_type="c", user_property=user)
    left = Properties(subscription_identifier=(3,), content_type="c", user_property=user[1:])
    desk.broker(Publish("t", b"x", properties=own))
    assert desk.to_device() == [Publish("t", b"x", properties=left if version == 5 else Properties())]


@BOTH
def test_what_may_not_be_received_is_dropped_and_acknowledged(version: int) -> None:
    desk = Desk(version).open()
    desk.broker(Publish("no", b"0"), Publish("no", b"1", 1, packet_id=1), Publish("no", b"2", 2, packet_id=2))
    desk.broker(Publish("$aws/rules/r/t", b"1", 1, packet_id=3))
    assert desk.to_device() == []
    assert desk.to_broker() == [PubAck(1), PubRec(2, 0x87), PubAck(3)]
    assert desk.events() == [ReceiveRefused("no", 0x87)] * 3 + [ReceiveRefused("$aws/rules/r/t", 0x87)]
    assert desk.proxy.publishes_out == 0


def test_a_message_above_the_devices_maximum_is_dropped_and_acknowledged() -> None:
    desk = Desk().open(Connect("a", properties=Properties(maximum_packet_size=100)))
    fits = Publish("t", bytes(92), 1, packet_id=1)
    assert len(encode(fits)) == 100
    desk.broker(Publish("t", bytes(92), 1, packet_id=1, properties=STAMPED))
    desk.broker(Publish("t", bytes(93), 1, packet_id=2, properties=STAMPED), Publish("t", bytes(200)))
    assert desk.to_device() == [fits]
    assert desk.to_broker() == [PubAck(2)]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x30\x00",
        b"\x30\x03\x00\x01t",
        b"\x30\x04\x00\x01t\x05",
        b"\x30\x05\x00\x02\xff\xfe\x00",
        Publish("", b"x"),
        b"\x40\x01\x00",
        b"\x40\x03\x00\x01\x01",
        SubAck(1, (0,)),
        b"\x10\x00",
        b"\x30\xff\xff\xff\xff\xff",
    ],
)
def test_what_the_broker_should_not_say_is_its_fault(sent: Packet | bytes) -> None:
    assert_broker_fault(sent)


@BOTH
def test_acknowledgements_pass(version: int) -> None:
    desk = Desk(version).open()
    sent: list[Packet] = [PubAck(1), PubRec(2), PubRel(3), PubComp(4)]
    desk.broker(*sent)
    assert desk.to_device() == sent


def test_reasons_pass_in_mqtt_5() -> None:
    desk = Desk().open()
    sent: list[Packet] = [PubAck(1, 0x97, Properties(reason_string="w")), PubRec(2, 0x97), PubComp(4, 0x92)]
    desk.broker(*sent)
    assert desk.to_device() == [PubAck(1, 0x97), *sent[1:]]
    assert desk.reasons == ["w"]


@BOTH
def test_that_nobody_subscribes_is_not_told(version: int) -> None:
    desk = Desk(version).open()
    desk.broker(PubAck(1, 0x10), PubRec(2, 0x10))
    assert desk.to_device() == [PubAck(1), PubRec(2)]


def test_mqtt_3_cannot_be_told_of_a_failure_but_of_the_end_of_one() -> None:
    desk = Desk(4).open()
    desk.broker(PubRel(1, 0x92), PubComp(2, 0x92))
    assert desk.to_device() == [PubRel(1), PubComp(2)]
    desk.broker(PubAck(3, 0x97))
    assert desk.to_device() == []
    assert desk.ended().cause is Cause.SERVER_ERROR
    assert desk.to_broker() == [Disconnect(0x04)]


def test_a_device_gets_no_more_than_its_receive_maximum_at_once() -> None:
    """Some brokers send more; what waits goes out as the device acknowledges."""
    desk = Desk().open(Connect("a", properties=Properties(receive_maximum=2)))
    desk.broker(*(Publish("t", b"", 1, packet_id=number) for number in (1, 2, 3)), Publish("t", b"", 2, packet_id=4))
    desk.broker(Publish("t", b"QoS 0"), Publish("t", b"", 1, packet_id=5), PubAck(9))
    sent = [Publish("t", b"", 1, packet_id=number) for number in (1, 2)]
    assert desk.to_device() == [*sent, Publish("t", b"QoS 0"), PubAck(9)]
    desk.device(PubAck(1))
    assert desk.to_device() == [Publish("t", b"", 1, packet_id=3)]
    desk.device(PubAck(2))
    assert desk.to_device() == [Publish("t", b"", 2, packet_id=4)]
    desk.device(PubRec(4))
    assert desk.to_device() == []
    desk.device(PubRec(4, 0x80))
    assert desk.to_device() == [Publish("t", b"", 1, packet_id=5)]
    desk.device(PubAck(3), PubAck(5), PubAck(77))
    assert desk.proxy.delivering == 0
    assert len(desk.to_broker()) == 7


def test_a_broker_that_sends_far_more_is_paused() -> None:
    desk = Desk().open(Connect("a", properties=Properties(receive_maximum=1)))
    desk.broker(*(Publish("t", b"", 1, packet_id=number) for number in range(1, 34)))
    assert not desk.proxy.wants_broker_pause
    desk.broker(Publish("t", b"", 1, packet_id=34))
    assert desk.proxy.wants_broker_pause
    desk.device(PubAck(1))
    assert not desk.proxy.wants_broker_pause


def test_a_refusal_of_ours_goes_out_behind_the_brokers_answers() -> None:
    desk = Desk().open()
    desk.device(
        Publish("t", b"", 2, packet_id=1), Publish("t", b"", 1, packet_id=2), Publish("no", b"", 1, packet_id=3)
    )
    desk.broker(PubRec(1))
    assert desk.to_device() == [PubRec(1)]
    desk.broker(PubAck(2))
    assert desk.to_device() == [PubAck(2), PubAck(3, 0x87)]


def test_an_answer_makes_room_in_the_window() -> None:
    desk = Desk().open()
    sent = [Publish("t", b"", 1, packet_id=1), *(Publish("t", b"", 2, packet_id=number) for number in (2, 3))]
    desk.device(*sent)
    assert desk.proxy.in_flight == 3
    desk.broker(PubAck(1), PubRec(2), PubRec(3, 0x97))
    assert desk.proxy.in_flight == 1
    desk.broker(PubComp(2), PubAck(9))
    assert desk.proxy.in_flight == 0


@BOTH
def test_a_suback_tells_what_is_granted(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Subscribe(7, (Subscription("a", 1), Subscription("no"), Subscription("b"), Subscription("c"))))
    desk.forget()
    desk.broker(SubAck(7, (1, 0x97, 0)))
    codes = (1, 0x87, 0x97, 0) if version == 5 else (1, 0x80, 0x80, 0)
    assert desk.to_device() == [SubAck(7, codes)]
    assert desk.events() == [SubscribeRefused("b", 0x97), Subscribed((("a", 1), ("c", 0)))]
    assert desk.proxy.subscriptions == {"a": 1, "c": 0}


def test_a_suback_that_grants_nothing_subscribes_nothing() -> None:
    desk = Desk().open()
    desk.device(Subscribe(7, (Subscription("a", 1),)))
    desk.broker(SubAck(7, (0x80,)))
    assert desk.events() == [SubscribeRefused("a", 0x80)]
    assert desk.proxy.subscriptions == {}


def test_a_suback_of_another_length_is_the_brokers_fault() -> None:
    desk = Desk().open()
    desk.device(Subscribe(7, (Subscription("a", 1),)))
    desk.broker(SubAck(7, (0, 0)))
    assert desk.ended().cause is Cause.SERVER_ERROR


@BOTH
def test_an_unsuback_forgets_the_filters(version: int) -> None:
    desk = Desk(version).open()
    desk.device(Subscribe(7, (Subscription("a", 1), Subscription("b"))))
    desk.broker(SubAck(7, (1, 0)))
    desk.device(Unsubscribe(8, ("a", "c")))
    desk.forget()
    desk.broker(UnsubAck(8, (0, 0x11)))
    assert desk.to_device() == [UnsubAck(8, (0, 0x11) if version == 5 else ())]
    assert desk.events() == [Unsubscribed(("a", "c"))]
    assert desk.proxy.subscriptions == {"b": 0}


@BOTH
def test_a_pong_passes(version: int) -> None:
    desk = Desk(version).open()
    desk.broker(PingResp())
    assert desk.to_device() == [PingResp()]


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (0x8E, Cause.DUPLICATE_CLIENTID),
        (0x8B, Cause.SERVER_ERROR),
        (0x98, Cause.SERVER_INITIATED_DISCONNECT),
        (0x81, Cause.CLIENT_ERROR),
        (0x97, Cause.THROTTLED),
    ],
)
@BOTH
def test_the_brokers_disconnect_is_passed_on_with_its_cause(version: int, code: int, cause: Cause) -> None:
    desk = Desk(version).open()
    desk.broker(Publish("t", b"x"), Disconnect(code, Properties(reason_string="w")), Publish("t", b"y"))
    told: list[Packet] = [Disconnect(code)] if version == 5 else []
    assert desk.to_device() == [Publish("t", b"x"), *told]
    assert desk.to_broker() == []
    ended = desk.ended()
    assert (ended.cause, ended.reason_code, ended.client_initiated) == (cause, code, False)


def in_flight(desk: Desk, count: int) -> None:
    desk.device(*(Publish("t", b"", 1, packet_id=number) for number in range(1, count + 1)))
    desk.forget()


@BOTH
@pytest.mark.parametrize("code", [0x00, 0x10])
def test_many_pubacks_in_one_read_are_forwarded_as_success(version: int, code: int) -> None:
    desk = Desk(version).open()
    in_flight(desk, 60)
    desk.broker(*(PubAck(number, code) for number in range(1, 61)))
    assert desk.to_device() == [PubAck(number) for number in range(1, 61)]
    assert desk.proxy.in_flight == 0


def test_many_pubacks_of_both_lengths_are_forwarded_as_success() -> None:
    desk = Desk().open()
    in_flight(desk, 5)
    desk.broker(*(PubAck(number, 0x10 * (number % 2)) for number in range(1, 6)))
    assert desk.to_device() == [PubAck(number) for number in range(1, 6)]
    assert desk.proxy.in_flight == 0


@pytest.mark.parametrize("form", [b"\x40\x03\x00%c\x87", b"\x40\x04\x00%c\x00\x00"], ids=["refused", "long"])
def test_many_pubacks_of_another_form_are_forwarded_as_they_are(form: bytes) -> None:
    desk = Desk().open()
    in_flight(desk, 2)
    desk.broker(form % 1 + form % 2)
    assert desk.proxy.to_device() == form % 1 + form % 2
    assert desk.proxy.in_flight == 0


def test_a_refusal_keeps_its_place_among_many_pubacks() -> None:
    desk = Desk().open()
    desk.device(
        Publish("t", b"", 1, packet_id=1), Publish("no", b"", 1, packet_id=2), Publish("t", b"", 1, packet_id=3)
    )
    desk.forget()
    desk.broker(PubAck(1), PubAck(3))
    assert desk.to_device() == [PubAck(1), PubAck(2, 0x87), PubAck(3)]


def test_the_same_properties_lose_their_stamp_each_time() -> None:
    desk = Desk().open()
    one = Properties(content_type="c", user_property=((STAMP_KEY, "1"),))
    two = Properties(content_type="d", user_property=((STAMP_KEY, "2" * 600),))
    desk.broker(*(Publish("t", properties=each) for each in (one, one, two, one)))
    assert [packet.properties.content_type for packet in desk.to_device() if isinstance(packet, Publish)] == [
        *("c", "c", "d", "c")
    ]


def test_what_is_throttled_is_dropped_and_told_of() -> None:
    desk = Desk().open()
    desk.broker(Publish("full", b"x"))
    assert desk.to_device() == []
    assert desk.events() == [ReceiveRefused("full", 0x97)]


def test_what_is_larger_than_the_device_takes_is_told_of() -> None:
    desk = Desk().open(Connect("a", properties=Properties(maximum_packet_size=50)))
    desk.broker(Publish("t", b"x" * 60, 1, packet_id=3))
    assert desk.to_broker() == [PubAck(3)]
    assert desk.events() == [ReceiveRefused("t", 0x95)]


def test_a_suback_that_is_larger_than_the_device_takes_ends_the_connection() -> None:
    desk = Desk(config=ProxyConfig(maximum_filters=100)).open(
        Connect("a", properties=Properties(maximum_packet_size=50))
    )
    desk.device(Subscribe(1, tuple(Subscription(str(number)) for number in range(50))))
    desk.broker(SubAck(1, (0,) * 50))
    assert desk.to_device() == [Disconnect(0x95)]
    assert desk.ended().cause is Cause.CLIENT_ERROR
