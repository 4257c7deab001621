"""The way of a message."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from iot.core.arn import Scope
from iot.core.message import Message, Sender
from iot.core.topic import Area
from iot.models import Connection
from iot.services import policies, rule_failures, things, topic_rules
from iot.services.rule_failures import Failure
from iot.services.traces import MOST_RULES, SHOWN_RECEIVERS, trace
from tests.console.browse import make_certificate, make_policy, make_thing

pytestmark = pytest.mark.django_db
MESSAGE = Message("plant/7", b'{"temperature": 21}', sender=Sender("t1", "user", "10.0.0.7", protocol="http"))


@pytest.fixture
def scope(settings: Settings) -> Scope:
    found: Scope = settings.SCOPE
    return found


def make_rule(scope: Scope, name: str, sql: str, *actions: object, disabled: bool = False) -> None:
    payload = {"sql": sql, "actions": list(actions), "awsIotSqlVersion": "2016-03-23", "ruleDisabled": disabled}
    topic_rules.create_topic_rule(scope, rule_name=name, topic_rule_payload=payload)


def republish(topic: str) -> dict[str, object]:
    return {"republish": {"roleArn": "arn:aws:iam::123456789012:role/rules", "topic": topic}}


def test_the_policy_that_allows_it_is_named(tmp_path: Path, settings: Settings, scope: Scope) -> None:
    settings.DATA_DIR = tmp_path
    row = make_certificate(tmp_path)
    make_thing("t1")
    things.attach_thing_principal(scope, thing_name="t1", principal=row.arn)
    make_policy("field", "iot:Publish", scope.arn("topic", "plant/*"))
    policies.attach_policy(scope, policy_name="field", target=row.arn)
    sender = Sender("t1", row.certificate_id, "10.0.0.7")
    decision = trace(scope, Message("plant/7", b"", sender=sender)).decision
    assert decision is not None
    assert decision.allowed
    assert decision.statement is not None
    assert decision.statement.policy == "field"
    other = trace(scope, Message("else/7", b"", sender=sender)).decision
    assert other is not None
    assert not other.allowed


def test_what_no_device_sent_has_no_decision(scope: Scope) -> None:
    assert trace(scope, MESSAGE).decision is None
    assert trace(scope, Message("a", b"")).decision is None
    assert trace(scope, Message("a", b"", sender=Sender("t1", "a" * 64, hops=1))).decision is None


def test_receivers_are_the_connected_clients_that_are_subscribed(scope: Scope) -> None:
    names = {"account": scope.account, "region": scope.region}
    for client_id, topic_filter, connected in (
        ("on", "plant/+", True),
        ("shared", "$share/g/plant/#", True),
        ("off", "plant/+", False),
        ("other", "else/+", True),
    ):
        Connection.objects.create(**names, client_id=client_id, connected=connected, subscriptions={topic_filter: 0})
    found = trace(scope, MESSAGE)
    assert (set(found.receivers), found.more_receivers) == ({"on", "shared"}, 0)
    Connection.objects.bulk_create(
        Connection(**names, client_id=f"c{number}", connected=True, subscriptions={"plant/7": 0})
        for number in range(SHOWN_RECEIVERS)
    )
    found = trace(scope, MESSAGE)
    assert (len(found.receivers), found.more_receivers) == (SHOWN_RECEIVERS, 2)


def test_rules_say_what_they_made_of_it_and_what_failed(scope: Scope) -> None:
    make_rule(scope, "warm", "SELECT temperature FROM 'plant/+' WHERE temperature > 20", republish("a"), republish("b"))
    make_rule(scope, "cold", "SELECT * FROM 'plant/#' WHERE temperature < 0")
    make_rule(scope, "asleep", "SELECT * FROM 'plant/#'", disabled=True)
    make_rule(scope, "elsewhere", "SELECT * FROM 'else/#'")
    for payload, reason in ((MESSAGE.payload, "this one"), (b"{}", "another message")):
        failure = Failure(
            rule="warm",
            action="republish",
            action_index=1,
            resource="b",
            trace="t",
            message=Message("plant/7", payload),
            request=b"",
            reason=reason,
            dead=True,
        )
        rule_failures.record(scope, [failure])
    cold, warm = trace(scope, MESSAGE).rules
    assert (cold.name, cold.trial.passed, cold.actions) == ("cold", False, ())
    assert (warm.name, warm.trial.output) == ("warm", '{"temperature":21}')
    assert [(one.kind, one.failure) for one in warm.actions] == [("republish", ""), ("republish", "this one")]


def test_basic_ingest_reaches_the_named_rule_alone(scope: Scope) -> None:
    for name in ("one", "two"):
        make_rule(scope, name, "SELECT * FROM 'plant/#'")
    found = trace(scope, Message("$aws/rules/two/plant/7", b"{}"))
    assert [step.name for step in found.rules] == ["two"]
    assert found.area is Area.RULE
    assert trace(scope, Message("$aws/things/t1/shadow/update", b"{}")).area is Area.SHADOW


def test_of_many_rules_the_first_are_followed(scope: Scope) -> None:
    for number in range(MOST_RULES + 1):
        make_rule(scope, f"rule_{number:02}", "SELECT * FROM 'plant/#'")
    assert len(trace(scope, MESSAGE).rules) == MOST_RULES
