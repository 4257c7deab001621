"""Every reason that the gateway writes down has words."""

import pytest

from console.drops import OTHER, explain
from iot.core.mqtt.reason_codes import ReasonCode
from iot.gateway.authorize import Why
from iot.gateway.limits import Admission, Limits


@pytest.mark.parametrize("why", Why)
def test_what_policies_forbid_is_explained(why: Why) -> None:
    assert explain("iot:Receive", why.value) != OTHER


@pytest.mark.parametrize(
    "limits", [Limits(connections=0), Limits(half_open_per_address=0), Limits(connects_per_address=0)]
)
def test_what_turns_an_address_away_is_explained(limits: Limits) -> None:
    reason = Admission(limits).admit("10.0.0.1")
    assert reason is not None
    assert explain("connect", reason) != OTHER


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("iot:Publish", ReasonCode.QUOTA_EXCEEDED),
        ("iot:Publish", ReasonCode.TOPIC_NAME_INVALID),
        ("iot:Subscribe", ReasonCode.QUOTA_EXCEEDED),
        ("iot:Subscribe", ReasonCode.TOPIC_FILTER_INVALID),
        ("iot:Subscribe", ReasonCode.NOT_AUTHORIZED),
        ("iot:Subscribe", ReasonCode.PACKET_IDENTIFIER_IN_USE),
    ],
)
def test_what_the_protocol_refuses_is_explained_for_its_action(action: str, code: ReasonCode) -> None:
    assert explain(action, code.name.replace("_", " ").capitalize()) != OTHER


def test_one_reason_means_different_things_for_different_actions() -> None:
    assert explain("iot:Publish", "Quota exceeded") != explain("iot:Subscribe", "Quota exceeded")


def test_what_is_not_known_is_left_as_the_gateway_gave_it() -> None:
    assert explain("connect", "another") == OTHER
