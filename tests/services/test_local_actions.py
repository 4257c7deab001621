from typing import Any

import pytest

from iot.core import errors
from iot.core.arn import Scope
from iot.services import local_actions, topic_rules

pytestmark = pytest.mark.django_db

SCOPE = Scope("123456789012", "eu-west-1")


@pytest.fixture
def rule() -> str:
    payload = {"sql": "SELECT * FROM 'a'", "actions": []}
    topic_rules.create_topic_rule(SCOPE, rule_name="r", topic_rule_payload=payload)
    return "r"


def put(rule: str, **more: Any) -> None:
    local_actions.put_local_action(SCOPE, **{"rule_name": rule, "kind": "table", "name": "t", **more})


def test_an_action_has_a_key_that_awss_model_does_not(rule: str) -> None:
    put(rule, parameters={"retentionDays": 7})
    put(rule, kind="file", name="f")
    found = [local_actions.as_action(row) for row in local_actions.local_actions(SCOPE, rule_name=rule)]
    assert found == [
        {"thingstead": {"table": {"name": "t", "retentionDays": 7}}},
        {"thingstead": {"file": {"name": "f"}}},
    ]
    assert topic_rules.describe(topic_rules.find_topic_rule(SCOPE, rule))["actions"] == []


def test_putting_again_changes_the_parameters(rule: str) -> None:
    put(rule, parameters={"retentionDays": 7})
    put(rule, parameters={"maximumRows": 5})
    (row,) = local_actions.local_actions(SCOPE)
    assert row.parameters == {"maximumRows": 5}


def test_a_change_is_a_change_of_the_rule(rule: str) -> None:
    before = topic_rules.last_change(SCOPE)
    put(rule)
    assert topic_rules.last_change(SCOPE) != before


def test_it_goes_when_it_is_deleted_or_its_rule_is(rule: str) -> None:
    put(rule)
    put(rule, name="u")
    local_actions.delete_local_action(SCOPE, rule_name=rule, kind="table", name="t")
    assert [row.name for row in local_actions.local_actions(SCOPE)] == ["u"]
    topic_rules.delete_topic_rule(SCOPE, rule_name=rule)
    assert not local_actions.local_actions(SCOPE).exists()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "queue"},
        {"name": "../etc"},
        {"name": ""},
        {"parameters": {"retentionDays": 0}},
        {"parameters": {"retentionDays": "7"}},
        {"parameters": {"rotateBytes": 4096}},
    ],
)
def test_what_makes_no_sense_is_refused(rule: str, change: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidRequestException):
        put(rule, **change)


def test_an_unknown_rule_has_no_actions() -> None:
    with pytest.raises(errors.ResourceNotFoundException):
        put("unknown")
