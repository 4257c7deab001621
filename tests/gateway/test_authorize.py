"""The decisions for a connection, without sockets."""

import json
from typing import Any

import pytest

from iot.core.arn import Scope
from iot.core.policy.variables import CertificateFacts
from iot.gateway.authorize import REMEMBERED, Authority, Why, Will
from iot.gateway.principals import Principal, policy_set
from iot.services.gateway_principals import AttachedThing

SCOPE = Scope("123456789012", "us-east-1")
BASE = "arn:aws:iot:us-east-1:123456789012:"


def allow(action: str | list[str], *resources: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": [BASE + one for one in resources] or "*", **more}


def deny(action: str, *resources: str, **more: Any) -> dict[str, Any]:
    return {**allow(action, *resources, **more), "Effect": "Deny"}


def principal(*statements: dict[str, Any], things: tuple[AttachedThing, ...] = ()) -> Principal:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    facts = CertificateFacts("c" * 64, {"CommonName": ("lamp",)})
    return Principal("c" * 64, policy_set((("p", text),)), certificate=facts, things=things)


def authority(*statements: dict[str, Any], client_id: str = "c1", **options: Any) -> Authority:
    things = options.pop("things", ())
    return Authority(SCOPE, principal(*statements, things=things), client_id=client_id, address="10.0.0.1", **options)


def connects(one: Authority, *, persistent: bool = False, will: Will | None = None) -> bool:
    return one.may_connect("10.0.0.1", "c1", persistent=persistent, will=will) is None


def test_nothing_is_allowed_by_nothing() -> None:
    one = authority()
    assert not connects(one)
    for refused in (one.may_publish("a", False), one.may_subscribe("a"), one.may_receive("a")):
        assert refused is not None
        assert (refused.why, refused.statement) == (Why.NO_POLICY_ALLOWS, None)


def test_the_statement_that_denies_is_told() -> None:
    refused = authority(allow("iot:*"), deny("iot:Publish", "topic/a")).may_publish("a", False)
    assert refused is not None
    assert refused.why is Why.POLICY_DENIES
    assert refused.statement is not None
    assert (refused.statement.policy, refused.statement.index) == ("p", 1)


@pytest.mark.parametrize(
    ("wanted", "persistent", "last_will", "allowed"),
    [
        (["PersistentConnect"], False, False, True),
        (["PersistentConnect"], True, False, True),
        (["PersistentConnect"], False, True, False),
        (["PersistentConnect", "LastWill"], True, True, True),
        ([], True, False, False),
        ([], False, False, True),
    ],
)
def test_connect_attributes_are_conditions(wanted: list[str], persistent: bool, last_will: bool, allowed: bool) -> None:
    condition = {"ForAllValues:StringEquals": {"iot:ConnectAttributes": wanted}}
    one = authority(allow("iot:Connect", Condition=condition), allow("iot:Publish"))
    will = Will("w", False) if last_will else None
    assert connects(one, persistent=persistent, will=will) is allowed


def test_the_topic_of_a_will_is_a_condition_and_needs_the_right_to_publish() -> None:
    condition = {"ArnEquals": {"iot:LastWillTopic": [f"{BASE}topic/wills/*"]}}
    one = authority(allow("iot:Connect", Condition=condition), allow("iot:Publish", "topic/wills/mine"))
    assert connects(one, will=Will("wills/mine", False))
    assert not connects(one, will=Will("wills/theirs", False))
    assert not connects(one, will=Will("elsewhere", False))
    assert not connects(one, will=Will("wills/mine", True))


def test_a_retained_message_needs_a_right_of_its_own() -> None:
    one = authority(allow("iot:Publish", "topic/a", "topic/b"), allow("iot:RetainPublish", "topic/b"))
    refused = one.may_publish("a", True)
    assert refused is not None
    assert refused.action == "iot:RetainPublish"
    assert one.may_publish("a", False) is None
    assert one.may_publish("b", True) is None


def test_nothing_is_retained_on_a_reserved_topic() -> None:
    refused = authority(allow("iot:*")).may_publish("$aws/things/t/shadow/update", True)
    assert refused is not None
    assert refused.why is Why.RESERVED


def test_of_a_shared_subscription_the_inner_filter_counts() -> None:
    one = authority(allow("iot:Subscribe", "topicfilter/a/+"), own_groups=frozenset({"ours"}))
    assert one.may_subscribe("a/+") is None
    assert one.may_subscribe("$share/g/a/+") is None
    assert one.may_subscribe("$share/g/b") is not None
    refused = one.may_subscribe("$share/ours/a/+")
    assert refused is not None
    assert refused.why is Why.RESERVED


def test_reserved_topics_are_not_delivered() -> None:
    one = authority(allow("iot:*"))
    assert one.may_receive("$aws/rules/r/a") is not None
    assert one.may_receive("$aws/things/t/shadow/update/delta") is None
    assert one.receives("a")
    assert not one.receives("$changed/x")


def test_variables_stand_for_the_connection_and_its_thing() -> None:
    lamp = AttachedThing("c1", "light", (("room", "hall"),), exclusive=False)
    one = authority(
        allow("iot:Publish", "topic/${iot:ClientId}/${iot:Connection.Thing.Attributes[room]}"),
        allow("iot:Receive", "topic/${iot:Certificate.Subject.CommonName}"),
        things=(lamp,),
    )
    assert one.publishes("c1/hall")
    assert not one.publishes("c2/hall")
    assert one.receives("lamp")


def test_a_thing_counts_for_the_client_of_its_name_or_where_it_is_exclusive() -> None:
    statement = allow("iot:Publish", "topic/${iot:Connection.Thing.ThingName}")
    shared, own = (AttachedThing("lamp", None, (), exclusive=exclusive) for exclusive in (False, True))
    assert not authority(statement, things=(shared,)).publishes("lamp")
    assert authority(statement, things=(shared,), client_id="lamp").publishes("lamp")
    assert authority(statement, things=(own,)).publishes("lamp")


def test_over_http_things_have_no_variables() -> None:
    own = AttachedThing("lamp", None, (), exclusive=True)
    statement = allow("iot:Publish", "topic/${iot:Connection.Thing.ThingName}")
    assert not authority(statement, things=(own,), mqtt=False).publishes("lamp")


def test_any_other_action_is_decided_by_its_resource() -> None:
    one = authority(allow("iot:GetThingShadow", "thing/a"))
    assert one.may("iot:GetThingShadow", "thing", "a", SCOPE) is None
    assert one.may("iot:GetThingShadow", "thing", "b", SCOPE) is not None


def test_connections_that_agree_share_what_is_remembered() -> None:
    plain = principal(allow("iot:Publish", "topic/a"))
    one, two = (Authority(SCOPE, plain, client_id=name, address="10.0.0.1") for name in ("c1", "c2"))
    assert one._decisions is two._decisions
    mine = principal(allow("iot:Publish", "topic/${iot:ClientId}"))
    one, two = (Authority(SCOPE, mine, client_id=name, address="10.0.0.1") for name in ("c1", "c2"))
    assert one._decisions is not two._decisions
    assert one.publishes("c1")
    assert not two.publishes("c1")


def test_what_is_remembered_is_bounded() -> None:
    one = authority(allow("iot:Publish", "topic/*"))
    for number in range(3 * REMEMBERED):
        assert one.publishes(f"a/{number}")
        assert one.may_publish(f"b/{number}", False) is None
    assert len(one._decisions.publishable) <= REMEMBERED
    assert len(one._decisions._found) <= REMEMBERED
