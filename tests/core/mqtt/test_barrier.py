"""Behind a broker that saves late, a device hears of nothing that may still be lost."""

import pytest

from iot.core.mqtt.events import ProxyConfig
from iot.core.mqtt.packets import Disconnect, PingReq, PingResp, PubAck, PubComp, Publish, PubRec, encode
from iot.core.mqtt.reason_codes import ReasonCode
from tests.core.mqtt.desk import Desk


def desk() -> Desk:
    opened = Desk(config=ProxyConfig(barrier=True)).open()
    opened.device(Publish("a", b"1", 1, packet_id=1), Publish("a", b"2", 1, packet_id=2))
    assert len(opened.to_broker()) == 2
    return opened


@pytest.mark.parametrize("answer", [PubAck(1), PubRec(1), PubComp(1)])
def test_an_acknowledgement_waits_for_the_answer_to_a_ping_of_ours(answer: PubAck | PubRec | PubComp) -> None:
    talk = desk()
    talk.broker(answer)
    assert talk.to_device() == []
    assert talk.to_broker() == [PingReq()]
    talk.broker(PingResp())
    assert talk.to_device() == [answer]
    assert talk.to_broker() == []


def test_what_comes_later_waits_behind_it_and_begins_the_next_run() -> None:
    talk = desk()
    talk.broker(encode(PubAck(1), 5))
    assert talk.to_device() == []
    talk.broker(PubAck(2), Publish("b", b"3"))
    assert talk.to_device() == []
    assert talk.to_broker() == [PingReq()]
    talk.broker(PingResp())
    assert talk.to_device() == [PubAck(1)]
    assert talk.to_broker() == [PingReq()]
    talk.broker(PingResp())
    assert talk.to_device() == [PubAck(2), Publish("b", b"3")]


def test_the_devices_own_ping_is_told_from_ours() -> None:
    talk = desk()
    talk.device(PingReq())
    talk.broker(PubAck(1))
    assert talk.to_device() == []
    assert talk.to_broker() == [PingReq(), PingReq()]
    talk.broker(PingResp())
    assert talk.to_device() == []
    talk.broker(PingResp())
    assert talk.to_device() == [PubAck(1), PingResp()]


def test_a_message_alone_does_not_wait() -> None:
    talk = desk()
    talk.broker(Publish("b", b"3"))
    assert talk.to_device() == [Publish("b", b"3")]
    assert talk.to_broker() == []


def test_an_end_takes_back_what_waited() -> None:
    talk = desk()
    talk.broker(PubAck(1))
    talk.to_device()
    talk.broker(PubAck(2))
    talk.proxy.end(ReasonCode.SERVER_SHUTTING_DOWN)
    assert talk.to_device() == [Disconnect(ReasonCode.SERVER_SHUTTING_DOWN)]
