import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.core.message import Message
from iot.core.sql import FunctionFailed, NoPorts
from iot.rules.performer import Performer
from iot.rules.rule import Rule
from iot.rules.runner import Runner
from iot.rules.targets import Targets
from tests.rules.running import ROLE, Arrived, Posts, environment, message, rule, until


def republish(topic: str) -> dict[str, Any]:
    return {"republish": {"topic": topic, "qos": 1, "roleArn": ROLE}}


class Shadows(NoPorts):
    """Answers get_thing_shadow for one thing."""

    def get_thing_shadow(self, thing_name: str, shadow_name: str) -> Any:
        if thing_name != "a":
            raise FunctionFailed(f"{thing_name} has no shadow")
        return {"state": {"reported": {"limit": 20}}}


@contextlib.asynccontextmanager
async def runner(targets: Targets, *rules: Rule, ports: Any = None) -> AsyncIterator[Runner]:
    performer = Performer(settings.SCOPE, targets)
    made = Runner(performer, environment(ports))
    made.load(rules)
    try:
        yield made
    finally:
        performer.lanes.close()


def run(given: Runner, of: Message) -> Arrived:
    arrived = Arrived(of)
    given(arrived.delivery)
    arrived.delivery.release()
    return arrived


def sent(posts: Posts) -> list[tuple[str, Any]]:
    return [(one.topic, orjson.loads(one.payload)) for one in posts.messages if not one.topic.startswith("$seen")]


async def test_all_rules_that_match_run_and_no_others(targets: Targets, posts: Posts) -> None:
    rules = [
        rule(republish("one"), sql="SELECT t FROM 'dt/+/x'"),
        rule(republish("two"), sql="SELECT t AS u FROM 'dt/#' WHERE t > 20"),
        rule(republish("three"), sql="SELECT t FROM 'dt/#' WHERE t > 30"),
        rule(republish("four"), sql="SELECT t FROM 'dt/a/y'"),
        rule(republish("five"), sql="SELECT t FROM 'dt/a/x/#'"),
    ]
    async with runner(targets, *rules) as given:
        arrived = run(given, message({"t": 25}))
    assert sorted(sent(posts)) == [("one", {"t": 25}), ("two", {"u": 25})]
    assert arrived.acknowledged.is_set()


async def test_a_message_that_no_rule_wants_is_acknowledged_at_once(targets: Targets, posts: Posts) -> None:
    async with runner(targets, rule(republish("one"), sql="SELECT * FROM 'other'")) as given:
        assert run(given, message({})).acknowledged.is_set()
    assert posts.messages == []


async def test_basic_ingest_names_the_rule_and_asks_no_from(targets: Targets, posts: Posts) -> None:
    sql = "SELECT topic() AS whole, topic(1) AS first FROM 'elsewhere' WHERE t = 1"
    async with runner(targets, rule(republish("one"), sql=sql, name="r")) as given:
        run(given, message({"t": 1}, "$aws/rules/r/a/b"))
        run(given, message({"t": 2}, "$aws/rules/r/a/b"))
        run(given, message({"t": 1}, "$aws/rules/unknown/a/b"))
    assert sent(posts) == [("one", {"whole": "a/b", "first": "a"})]


async def test_a_rule_that_is_replaced_is_the_one_that_runs(targets: Targets, posts: Posts) -> None:
    first = rule(republish("one"), sql="SELECT 1 AS v FROM 'dt/#'", name="r")
    async with runner(targets, first) as given:
        run(given, message({}))
        given.replace("r", rule(republish("two"), sql="SELECT 2 AS v FROM 'dt/a/#'", name="r"))
        assert given.filters == {"dt/a/#"}
        run(given, message({}))
        given.replace("r", None)
        run(given, message({}))
    assert sent(posts) == [("one", {"v": 1}), ("two", {"v": 2})]


async def test_loading_ends_rules_that_are_no_more(targets: Targets, posts: Posts) -> None:
    async with runner(targets, rule(republish("one"), name="a"), rule(republish("two"), name="b")) as given:
        given.load([rule(republish("three"), name="b")])
        run(given, message({}))
        assert set(given.rules) == {"b"}
    assert [topic for topic, _ in sent(posts)] == ["three"]


async def test_functions_that_ask_services_are_evaluated_beside_the_loop(targets: Targets, posts: Posts) -> None:
    sql = "SELECT * FROM 'dt/#' WHERE t > get_thing_shadow(topic(2), 'role').state.reported.limit"
    async with runner(targets, rule(republish("hot"), sql=sql), ports=Shadows()) as given:
        first, second = run(given, message({"t": 21})), run(given, message({"t": 19}))
        assert not first.acknowledged.is_set()
        await first.wait()
        await second.wait()
    assert sent(posts) == [("hot", {"t": 21})]


@pytest.mark.django_db(transaction=True)
async def test_a_function_that_fails_fires_nothing_and_hangs_nothing(targets: Targets, posts: Posts) -> None:
    sql = "SELECT get_thing_shadow(topic(2), 'role') AS s FROM 'dt/#'"
    given_rule = rule(republish("hot"), sql=sql)
    async with runner(targets, given_rule, ports=Shadows()) as given:
        await run(given, message({"t": 21}, "dt/b/x")).wait()
    assert sent(posts) == []
    assert given_rule.counts["ParseError"] == 1


async def test_rules_of_one_message_share_its_trace(targets: Targets, posts: Posts) -> None:
    rules = [rule(republish(name), sql="SELECT traceid() AS trace FROM 'dt/#'") for name in ("one", "two")]
    async with runner(targets, *rules) as given:
        run(given, message({}))
    assert len({body["trace"] for _, body in sent(posts)}) == 1


async def test_a_firing_is_told_at_most_five_times_a_second(targets: Targets, posts: Posts) -> None:
    async with runner(targets, rule(republish("one"), name="r")) as given:
        for _ in range(50):
            run(given, message({}))
    notices = [orjson.loads(one.payload) for one in posts.messages if one.topic == "$seen/rule/r"]
    assert len(notices) == 1
    assert notices[0]["outcome"] == "success"
    assert notices[0]["topic"] == "dt/a/x"


async def test_what_was_found_for_a_topic_is_forgotten_when_rules_change(targets: Targets, posts: Posts) -> None:
    async with runner(targets) as given:
        run(given, message({}))
        given.replace("r", rule(republish("one"), name="r"))
        run(given, message({}))
        await until(lambda: sent(posts))
    assert [topic for topic, _ in sent(posts)] == ["one"]
