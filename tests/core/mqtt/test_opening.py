import pytest

from iot.core.mqtt.events import Cause, Connected, ConnectRequested, ProxyConfig
from iot.core.mqtt.packets import ConnAck, Connect, Disconnect, Publish, Will
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.reason_codes import ReasonCode

from .desk import STAMP, STAMPED, Desk

STRICT = ProxyConfig(strict=True)


def upstream(connect: Connect, config: ProxyConfig | None = None) -> Connect:
    """Answer what the broker is told for a device's CONNECT."""
    desk = Desk(connect.version, config)
    desk.connect(connect)
    (packet,) = desk.to_broker()
    assert isinstance(packet, Connect)
    return packet


def answer(connect: Connect, offered: Properties | None = None, config: ProxyConfig | None = None) -> ConnAck:
    """Answer the CONNACK of a device, when the broker accepted with these properties."""
    desk = Desk(connect.version, config)
    desk.connect(connect)
    desk.accepted(ConnAck(properties=offered or Properties()))
    (packet,) = desk.to_device()
    assert isinstance(packet, ConnAck)
    return packet


def refusal(connect: Connect, config: ProxyConfig | None = None) -> int:
    desk = Desk(connect.version, config)
    desk.device(connect)
    assert desk.ended().cause is Cause.CLIENT_ERROR
    (packet,) = desk.to_device()
    assert isinstance(packet, ConnAck)
    assert desk.to_broker() == []
    return packet.reason_code


def test_connect_is_put_to_the_shell_and_nothing_is_said_before_it_decides() -> None:
    desk = Desk()
    connect = Connect("a", username="?SDK=Python", password=b"secret")
    desk.device(connect)
    assert desk.events() == [ConnectRequested(connect)]
    assert (desk.to_device(), desk.to_broker()) == ([], [])


def test_the_broker_is_spoken_to_in_mqtt_5_with_our_own_credentials() -> None:
    desk = Desk(4)
    desk.device(Connect("a", 4, username="?SDK=Python", password=b"secret", keep_alive=60))
    desk.proxy.accept(desk.judge, STAMP, broker_username="gateway", broker_password=b"broker")
    (packet,) = desk.to_broker()
    assert packet == Connect(
        "a",
        5,
        keep_alive=130,
        username="gateway",
        password=b"broker",
        properties=Properties(session_expiry_interval=0, receive_maximum=100),
    )


@pytest.mark.parametrize(
    ("connect", "seconds"),
    [
        (Connect("a", 4, clean_start=True), 0),
        (Connect("a", 4, clean_start=False), 3600),
        (Connect("a", 5), 0),
        (Connect("a", 5, properties=Properties(session_expiry_interval=90)), 90),
        (Connect("a", 5, properties=Properties(session_expiry_interval=0xFFFFFFFF)), 604_800),
    ],
)
def test_a_session_is_kept_as_long_as_asked_within_the_limits(connect: Connect, seconds: int) -> None:
    assert upstream(connect).properties.session_expiry_interval == seconds


def test_the_device_is_told_when_its_session_is_kept_otherwise_than_asked() -> None:
    forever = Connect("a", properties=Properties(session_expiry_interval=0xFFFFFFFF))
    assert answer(forever).properties.session_expiry_interval == 604_800
    hour = Connect("a", properties=Properties(session_expiry_interval=3600))
    assert answer(hour).properties.session_expiry_interval is None
    assert answer(hour, Properties(session_expiry_interval=60)).properties.session_expiry_interval == 60


def test_the_shell_may_set_the_session_expiry() -> None:
    desk = Desk()
    desk.device(Connect("a"))
    desk.proxy.accept(desk.judge, STAMP, session_expiry=7)
    (packet,) = desk.to_broker()
    assert isinstance(packet, Connect)
    assert packet.properties.session_expiry_interval == desk.proxy.session_expiry == 7


@pytest.mark.parametrize(("asked", "window"), [(None, 100), (20, 20), (500, 100)])
def test_the_devices_receive_maximum_holds_for_the_broker(asked: int | None, window: int) -> None:
    assert upstream(Connect("a", properties=Properties(receive_maximum=asked))).properties.receive_maximum == window


def test_the_brokers_receive_maximum_holds_for_the_device() -> None:
    assert answer(Connect("a")).properties.receive_maximum == 100
    assert answer(Connect("a"), Properties(receive_maximum=20)).properties.receive_maximum == 20


def test_topic_aliases_of_the_device_end_at_the_gateway() -> None:
    asked = Connect("a", properties=Properties(topic_alias_maximum=10))
    assert upstream(asked).properties.topic_alias_maximum is None
    assert answer(asked, Properties(topic_alias_maximum=10)).properties.topic_alias_maximum == 8
    assert answer(asked, config=ProxyConfig(topic_alias_maximum=0)).properties.topic_alias_maximum is None


def test_the_broker_may_send_packets_that_are_too_large_only_by_their_stamp() -> None:
    asked = Connect("a", properties=Properties(maximum_packet_size=512, request_problem_information=0))
    sent = upstream(asked).properties
    assert (sent.maximum_packet_size, sent.request_problem_information) == (1536, 0)
    assert upstream(Connect("a")).properties.maximum_packet_size is None


def test_the_largest_packet_is_told() -> None:
    assert answer(Connect("a")).properties.maximum_packet_size == 146 * 1024
    assert answer(Connect("a"), Properties(maximum_packet_size=3000)).properties.maximum_packet_size == 1976


def test_an_assigned_client_id_is_told() -> None:
    desk = Desk()
    desk.device(Connect(""))
    desk.proxy.accept(desk.judge, STAMP, client_id="made")
    (sent,) = desk.to_broker()
    assert isinstance(sent, Connect)
    assert sent.client_id == desk.proxy.client_id == "made"
    desk.accepted()
    (packet,) = desk.to_device()
    assert isinstance(packet, ConnAck)
    assert packet.properties.assigned_client_identifier == "made"


@pytest.mark.parametrize(
    ("version", "asked", "strict", "used"),
    [
        (4, 60, False, 60),
        (4, 0, False, 0),
        (4, 5000, False, 5000),
        (4, 0, True, 1200),
        (4, 5, True, 30),
        (4, 5000, True, 1200),
        (5, 5, False, 5),
        (5, 0, False, 1200),
        (5, 5000, False, 1200),
        (5, 60, True, 60),
    ],
)
def test_the_keep_alive_is_the_devices_within_the_limits_of_the_mode(
    version: int, asked: int, strict: bool, used: int
) -> None:
    desk = Desk(version, ProxyConfig(strict=strict))
    desk.connect(Connect("a", version, keep_alive=asked))
    assert desk.proxy.keep_alive == used
    (packet,) = desk.to_broker()
    assert isinstance(packet, Connect)
    assert packet.keep_alive == (used * 2 + 10 if used else 0)


def test_another_keep_alive_than_asked_is_told() -> None:
    assert answer(Connect("a", keep_alive=60)).properties.server_keep_alive is None
    assert answer(Connect("a", keep_alive=0)).properties.server_keep_alive == 1200


def test_a_will_is_stamped() -> None:
    own = Properties(user_property=(("k", "v"),), will_delay_interval=5)
    will = upstream(Connect("a", will=Will("w", b"x", 1, True, own))).will
    assert will == Will(
        "w", b"x", 1, True, Properties(user_property=(*STAMPED.user_property, ("k", "v")), will_delay_interval=5)
    )


@pytest.mark.parametrize(
    ("connect", "code"),
    [
        (Connect("", 4, clean_start=False), 2),
        (Connect("a", will=Will("w", b"", properties=STAMPED)), 0x87),
        (Connect("a", properties=STAMPED), 0x87),
        (Connect("a", properties=Properties(authentication_method="m")), 0x8C),
    ],
)
def test_what_needs_no_judgement_is_refused_at_once(connect: Connect, code: int) -> None:
    assert refusal(connect) == code


def test_a_will_of_qos_2_is_refused_where_qos_2_is_not_offered() -> None:
    assert refusal(Connect("a", will=Will("w", b"", 2)), STRICT) == 0x9B
    assert refusal(Connect("a", 4, will=Will("w", b"", 2)), STRICT) == 5
    assert upstream(Connect("a", will=Will("w", b"", 1)), STRICT).will is not None
    assert upstream(Connect("a", will=Will("w", b"", 2))).will is not None


def test_strict_mode_offers_what_aws_offers() -> None:
    own = answer(Connect("a"), config=STRICT).properties
    assert (own.maximum_qos, own.subscription_identifier_available) == (1, 0)
    own = answer(Connect("a")).properties
    assert (own.maximum_qos, own.subscription_identifier_available) == (None, None)


def test_what_the_broker_does_not_offer_is_not_offered() -> None:
    offered = Properties(maximum_qos=0, retain_available=0, shared_subscription_available=0)
    own = answer(Connect("a"), offered).properties
    assert (own.maximum_qos, own.retain_available, own.shared_subscription_available) == (0, 0, 0)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("present", [False, True])
def test_the_device_hears_whether_its_session_was_there(version: int, present: bool) -> None:
    desk = Desk(version)
    desk.connect()
    desk.forget()
    desk.accepted(ConnAck(present))
    (packet,) = desk.to_device()
    assert isinstance(packet, ConnAck)
    assert (packet.session_present, packet.reason_code) == (present, 0)
    assert desk.events() == [Connected(present)]


@pytest.mark.parametrize(
    ("version", "code", "told"), [(5, 0x85, 0x85), (4, 0x85, 2), (5, 0x86, 0x88), (5, 0x87, 0x88), (4, 0x86, 3)]
)
def test_a_refusal_of_the_broker_is_told_unless_it_was_meant_for_us(version: int, code: int, told: int) -> None:
    desk = Desk(version)
    desk.connect()
    desk.forget()
    desk.accepted(ConnAck(reason_code=code))
    assert desk.to_device() == [ConnAck(reason_code=told)]
    ended = desk.ended()
    assert (ended.cause, ended.was_connected) == (Cause.SERVER_ERROR, False)
    assert desk.to_broker() == []


def test_the_shell_may_refuse() -> None:
    for version, told in ((4, 5), (5, 0x87)):
        desk = Desk(version)
        desk.device(Connect("a", version, will=Will("w", b"x")))
        desk.proxy.refuse(ReasonCode.NOT_AUTHORIZED)
        assert desk.to_device() == [ConnAck(reason_code=told)]
        ended = desk.ended()
        assert (ended.cause, ended.was_connected, ended.will) == (Cause.AUTH_ERROR, False, None)
        desk.proxy.accept(desk.judge, STAMP)
        assert desk.to_broker() == []


def test_packets_behind_connect_wait_for_connack() -> None:
    desk = Desk()
    desk.device(Connect("a"), Publish("t", b"1"))
    desk.device(Publish("t", b"2"), Disconnect())
    desk.proxy.accept(desk.judge, STAMP)
    assert len(desk.to_broker()) == 1
    desk.accepted()
    assert desk.to_broker() == [
        Publish("t", b"1", properties=STAMPED),
        Publish("t", b"2", properties=STAMPED),
        Disconnect(),
    ]


@pytest.mark.parametrize("topic", ["a/b/c/d/e/f/g/h/i", "x" * 257])
def test_a_wills_topic_is_limited_in_strict_mode(topic: str) -> None:
    assert refusal(Connect("a", will=Will(topic, b"x")), STRICT) == ReasonCode.TOPIC_NAME_INVALID
    assert upstream(Connect("a", will=Will(topic, b"x"))).will is not None


def test_a_client_that_takes_only_tiny_packets_is_refused_in_strict_mode() -> None:
    desk = Desk(config=ProxyConfig(strict=True))
    desk.device(Connect("a", properties=Properties(maximum_packet_size=511)))
    assert desk.to_device() == [ConnAck(False, 0x80)]


@pytest.mark.parametrize(("mode", "forwarded"), [(True, 604_800), (False, 700_000)])
def test_a_wills_expiry_is_aws_in_strict_mode(mode: bool, forwarded: int) -> None:
    desk = Desk(config=ProxyConfig(strict=mode))
    desk.connect(Connect("a", will=Will("w", b"", properties=Properties(message_expiry_interval=700_000))))
    (sent,) = desk.to_broker()
    assert isinstance(sent, Connect)
    assert sent.will is not None
    assert sent.will.properties.message_expiry_interval == forwarded
