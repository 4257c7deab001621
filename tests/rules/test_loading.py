import asyncio
from typing import Any

import pytest
from django.conf import settings

from iot.models import TopicRule
from iot.rules.loading import Loading, read, read_one
from iot.rules.performer import Performer
from iot.rules.runner import Runner
from iot.rules.targets import Targets
from iot.services import local_actions, topic_rules
from iot.services.call import call
from tests.rules.running import ROLE, environment

pytestmark = pytest.mark.django_db(transaction=True)

REPUBLISH = {"republish": {"topic": "out", "roleArn": ROLE}}


def create(name: str, topic: str = "dt/#", **more: Any) -> None:
    payload = {"sql": f"SELECT * FROM '{topic}'", "actions": [REPUBLISH], **more}
    topic_rules.create_topic_rule(settings.SCOPE, rule_name=name, topic_rule_payload=payload)


def break_rule(name: str) -> None:
    TopicRule.objects.filter(name=name).update(sql="SELECT FROM WHERE")


def test_enabled_rules_are_read_with_their_local_actions() -> None:
    create("a")
    create("b", ruleDisabled=True)
    local_actions.put_local_action(settings.SCOPE, rule_name="a", kind="table", name="t")
    _, (rule,) = read(settings.SCOPE)
    assert rule.name == "a"
    assert [bound.action.name for bound in rule.actions] == ["republish", "thingstead"]
    found = read_one(settings.SCOPE, "a")
    assert found is not None
    assert [bound.resource for bound in found.actions] == ["out", "table/t"]
    assert read_one(settings.SCOPE, "b") is None
    assert read_one(settings.SCOPE, "c") is None


def test_a_rule_that_cannot_be_run_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    create("good")
    create("bad")
    break_rule("bad")
    _, rules = read(settings.SCOPE)
    assert [rule.name for rule in rules] == ["good"]
    assert "The rule bad cannot be run" in caplog.text


async def test_changes_are_loaded_at_a_notice_and_by_polling(targets: Targets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iot.rules.loading.POLL_SECONDS", 0.05)
    listened: list[set[str]] = []
    heard = asyncio.Event()

    async def listen(filters: set[str]) -> None:
        listened.append(filters)
        heard.set()

    runner = Runner(Performer(settings.SCOPE, targets), environment())
    loading = Loading(settings.SCOPE, runner, listen)
    await call(create, "a", "one")
    await loading.load()
    assert (set(runner.rules), listened) == ({"a"}, [])
    await call(create, "b", "two")
    await loading.changed("b")
    assert listened == [{"one", "two"}]
    heard.clear()
    polling = asyncio.create_task(loading.poll())
    await call(topic_rules.delete_topic_rule, settings.SCOPE, rule_name="a")
    async with asyncio.timeout(15):
        while listened[-1] != {"two"}:
            heard.clear()
            await heard.wait()
    polling.cancel()
    assert set(runner.rules) == {"b"}
