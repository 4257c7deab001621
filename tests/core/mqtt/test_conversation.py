import pytest

from iot.core.mqtt.conversation import MOST_EFFORT
from iot.core.mqtt.events import Cause, Ended
from iot.core.mqtt.packets import ConnAck, Connect, Disconnect, Packet, Will
from iot.core.mqtt.properties import Properties
from iot.core.mqtt.reason_codes import ReasonCode

from .desk import STAMP, Desk

WILL = Will("w", b"bye")


def test_an_end_is_told_once() -> None:
    desk = Desk().open(Connect("a", will=WILL))
    desk.proxy.end(ReasonCode.ADMINISTRATIVE_ACTION, Cause.AUTH_ERROR, detail="revoked")
    desk.proxy.end(ReasonCode.SERVER_SHUTTING_DOWN)
    desk.proxy.device_lost()
    assert desk.events() == [Ended(Cause.AUTH_ERROR, 0x98, True, False, WILL, "revoked")]
    assert desk.to_device() == [Disconnect(0x98)]
    assert desk.to_broker() == [Disconnect(0x04)]
    assert desk.proxy.ended


@pytest.mark.parametrize(
    ("will", "clear", "upstream"),
    [
        (True, False, Disconnect(0x04)),
        (False, False, Disconnect(0)),
        (False, True, Disconnect(0, Properties(session_expiry_interval=0))),
        (True, True, Disconnect(0x04, Properties(session_expiry_interval=0))),
    ],
)
def test_the_shell_chooses_what_becomes_of_will_and_session(will: bool, clear: bool, upstream: Disconnect) -> None:
    desk = Desk(4).open(Connect("a", 4, will=WILL))
    desk.proxy.end(ReasonCode.ADMINISTRATIVE_ACTION, Cause.API_INITIATED_DISCONNECT, will=will, clear_session=clear)
    assert desk.to_broker() == [upstream]
    assert desk.to_device() == []
    assert desk.ended().will == (WILL if will else None)


@pytest.mark.parametrize(
    ("version", "code", "told"),
    [
        (5, ReasonCode.SERVER_SHUTTING_DOWN, 0x88),
        (4, ReasonCode.SERVER_SHUTTING_DOWN, 3),
        (5, ReasonCode.ADMINISTRATIVE_ACTION, 0x87),
        (4, ReasonCode.ADMINISTRATIVE_ACTION, 5),
        (5, ReasonCode.SESSION_TAKEN_OVER, 0x89),
        (5, ReasonCode.BANNED, 0x8A),
    ],
)
@pytest.mark.parametrize("accepted", [False, True])
def test_before_connack_the_end_is_a_connack(version: int, code: ReasonCode, told: int, accepted: bool) -> None:
    desk = Desk(version)
    desk.device(Connect("a", version, will=WILL))
    if accepted:
        desk.proxy.accept(desk.judge, STAMP)
        desk.to_broker()
    desk.proxy.end(code)
    assert desk.to_device() == [ConnAck(False, told)]
    assert desk.to_broker() == ([Disconnect(0)] if accepted else [])
    ended = desk.ended()
    assert (ended.was_connected, ended.will) == (False, None)


def test_before_connect_nothing_is_said() -> None:
    desk = Desk()
    desk.proxy.end(ReasonCode.SERVER_SHUTTING_DOWN)
    assert (desk.to_device(), desk.to_broker()) == ([], [])
    assert desk.ended().cause is Cause.SERVER_INITIATED_DISCONNECT


@pytest.mark.parametrize("version", [4, 5])
def test_a_lost_device_leaves_its_will(version: int) -> None:
    desk = Desk(version).open(Connect("a", version, will=WILL))
    desk.proxy.device_lost()
    assert desk.to_device() == []
    assert desk.to_broker() == [Disconnect(0x04)]
    assert desk.events() == [Ended(Cause.CONNECTION_LOST, 0x80, True, False, WILL, "")]


@pytest.mark.parametrize(("version", "told"), [(5, [Disconnect(0x8D)]), (4, [])])
def test_a_silent_device_is_told_and_leaves_its_will(version: int, told: list[Packet]) -> None:
    desk = Desk(version).open(Connect("a", version, will=WILL))
    desk.proxy.keep_alive_expired()
    assert desk.to_device() == told
    assert desk.to_broker() == [Disconnect(0x04)]
    assert desk.ended().cause is Cause.MQTT_KEEP_ALIVE_TIMEOUT


@pytest.mark.parametrize(("version", "told"), [(5, [Disconnect(0x8B)]), (4, [])])
def test_a_lost_broker_is_told(version: int, told: list[Packet]) -> None:
    desk = Desk(version).open()
    desk.proxy.broker_lost()
    assert desk.to_device() == told
    assert desk.to_broker() == []
    assert desk.ended().cause is Cause.SERVER_ERROR


@pytest.mark.parametrize(("version", "told"), [(5, 0x88), (4, 3)])
def test_a_broker_that_is_not_there_makes_the_service_unavailable(version: int, told: int) -> None:
    desk = Desk(version)
    desk.device(Connect("a", version))
    desk.proxy.broker_lost()
    assert desk.to_device() == [ConnAck(False, told)]


def test_a_device_that_wants_reasons_is_told_them() -> None:
    desk = Desk().open()
    desk.proxy.end(ReasonCode.NOT_AUTHORIZED, Cause.AUTH_ERROR, detail="x" * 300)
    assert desk.to_device() == [Disconnect(0x87)]
    assert desk.reasons == ["x" * 256]


@pytest.mark.parametrize("wish", [Properties(request_problem_information=0), Properties(maximum_packet_size=40)])
def test_no_reason_is_told_to_who_does_not_want_it_or_has_no_room(wish: Properties) -> None:
    desk = Desk()
    desk.device(Connect("a", properties=wish))
    desk.proxy.refuse(ReasonCode.NOT_AUTHORIZED, detail="x" * 100)
    assert desk.to_device() == [ConnAck(False, 0x87)]
    assert desk.reasons == []


def test_what_fails_behind_us_is_nobodys_business() -> None:
    desk = Desk().open()
    desk.proxy.broker_lost()
    assert desk.to_device() == [Disconnect(0x8B)]
    assert desk.reasons == []


def test_a_device_that_takes_no_connack_is_not_let_in() -> None:
    desk = Desk()
    desk.connect(Connect("a", properties=Properties(maximum_packet_size=4)))
    desk.accepted()
    assert desk.to_device() == []
    assert desk.ended().reason_code == 0x95


@pytest.mark.parametrize("is_dear", [False, True])
def test_too_much_effort_in_one_read_gives_others_their_turn(is_dear: bool) -> None:
    desk = Desk().open()
    desk.proxy.spend(MOST_EFFORT + is_dear)
    assert (desk.proxy.tired, desk.proxy.held, desk.proxy.reading) == (is_dear, is_dear, not is_dear)
