"""Refusals of the proxy, explained."""

import pytest

from iot.core.mqtt.events import PublishRefused, ReceiveRefused, SubscribeRefused
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.refusal_log import RefusalLog
from iot.gateway.told import Refusal, Teller
from tests.gateway.conftest import SCOPE
from tests.gateway.fakes import MemoryBroker
from tests.gateway.test_authorize import allow, authority, deny


@pytest.mark.parametrize(
    ("event", "metric", "action", "reason"),
    [
        (PublishRefused("a", 0x87, False), "PublishIn.AuthError", "iot:Publish", "A statement denies it"),
        (PublishRefused("a", 0x97, False), "PublishIn.Throttle", "iot:Publish", "Quota exceeded"),
        (PublishRefused("open", 0x90, False), "PublishIn.ClientError", "iot:Publish", "Topic name invalid"),
        (SubscribeRefused("a", 0x87), "Subscribe.AuthError", "iot:Subscribe", "No statement allows it"),
        (SubscribeRefused("$SYS/#", 0x8F), "Subscribe.AuthError", "iot:Subscribe", "The topic is reserved"),
        (ReceiveRefused("a", 0x87), "PublishOut.AuthError", "iot:Receive", "No statement allows it"),
        (ReceiveRefused("a", 0x95), "PublishOut.ClientError", "iot:Receive", "Packet too large"),
        (ReceiveRefused("a", 0x97), "PublishOut.Throttle", "iot:Receive", "Quota exceeded"),
    ],
)
def test_each_is_counted_and_explained(event: Refusal, metric: str, action: str, reason: str) -> None:
    log = RefusalLog(SCOPE, MemoryBroker().publish)
    teller = Teller(log, "10.0.0.1")
    teller.client_id, teller.principal = "c", "p"
    assert teller.event(event, authority(allow("iot:Publish"), deny("iot:Publish", "topic/a"))) == metric
    ((entry,),) = (kinds.values() for kinds in log._entries.values())
    assert (entry["action"], entry["reason"]) == (action, reason)
    assert (entry["client_id"], entry["principal"], entry["address"]) == ("c", "p", "10.0.0.1")


def test_what_is_no_longer_forbidden_is_noted_by_its_code() -> None:
    log = RefusalLog(SCOPE, MemoryBroker().publish)
    Teller(log, "a").event(ReceiveRefused("x", 0x87), authority(allow("iot:*")))
    ((entry,),) = (kinds.values() for kinds in log._entries.values())
    assert entry["reason"] == ReasonCode.NOT_AUTHORIZED.name.replace("_", " ").capitalize()
