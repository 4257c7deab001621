"""One action tried once: what came of it is answered, and nothing else is left behind."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.core.message import Message, Properties, Sender
from iot.rules import trying
from iot.rules.lanes import PATIENCE
from iot.rules.performer import Performer
from iot.rules.targets import Targets
from iot.rules.trying import Trying
from iot.services import action_trials, local_tables, rule_failures
from iot.services.call import call
from tests.rules.listening import Listener
from tests.rules.running import ROLE, Posts, environment

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER = "$seen/answer/1"
SQL = "SELECT t FROM 'dt/#' WHERE t > 0"
OUT = {"republish": {"topic": "out/${topic(2)}", "qos": 1, "roleArn": ROLE}}


@contextlib.asynccontextmanager
async def trying_with(targets: Targets) -> AsyncIterator[Trying]:
    performer = Performer(settings.SCOPE, targets)
    try:
        yield Trying(targets, performer, environment())
    finally:
        performer.lanes.close()


def order(
    action: dict[str, Any], payload: bytes = b'{"t":1}', topic: str = "dt/a", sql: str = SQL, **more: Any
) -> dict[str, Any]:
    sample = Message(topic, payload, sender=Sender("d1"))
    return action_trials.order(
        settings.SCOPE, rule_name="r", sql=sql, version="2016-03-23", action=action, message=sample, **more
    )


async def tried(targets: Targets, posts: Posts, wanted: Any, **limits: float) -> dict[str, Any]:
    """Answer what is published as the answer."""
    async with trying_with(targets) as subject:
        properties = Properties(response_topic=ANSWER)
        await subject(Message(action_trials.TOPIC, orjson.dumps(wanted), 1, properties=properties))
    (answer,) = [one for one in posts.messages if one.topic == ANSWER]
    found: dict[str, Any] = orjson.loads(answer.payload)
    return found


def index(url: str) -> dict[str, Any]:
    return {"openSearch": {"endpoint": url, "index": "i", "type": "_doc", "id": "${t}", "roleArn": ROLE}}


async def test_the_action_runs_with_the_sample(targets: Targets, posts: Posts) -> None:
    answer = await tried(targets, posts, order(OUT))
    assert (answer["outcome"], answer["count"]) == ("done", 1)
    assert orjson.loads(answer["requests"][0])["topic"] == "out/a"
    (sent,) = [one for one in posts.messages if one.topic != ANSWER]
    assert (sent.topic, sent.payload) == ("out/a", b'{"t":1}')


async def test_by_basic_ingest_the_topic_is_the_rest(targets: Targets, posts: Posts) -> None:
    await tried(targets, posts, order(OUT, topic="$aws/rules/r/dt/b"))
    assert "out/b" in [one.topic for one in posts.messages]


async def test_an_error_action_gets_a_document_whatever_where_says(targets: Targets, posts: Posts) -> None:
    wanted = order(OUT, b'{"t":0}', "$aws/rules/r/dt/a", is_error_action=True)
    assert (await tried(targets, posts, wanted))["outcome"] == "done"
    (sent,) = [one for one in posts.messages if one.topic == "out/a"]
    document = orjson.loads(sent.payload)
    assert (document["ruleName"], document["topic"], document["clientId"]) == ("r", "dt/a", "d1")
    assert base64.b64decode(document["base64OriginalPayload"]) == b'{"t":0}'
    assert document["failures"][0].keys() == {"failedAction", "failedResource", "errorMessage"}


async def test_a_local_action_writes_its_row(targets: Targets, posts: Posts) -> None:
    assert (await tried(targets, posts, order({"table": {"name": "tested"}})))["outcome"] == "done"
    (table,) = await call(local_tables.tables, settings.SCOPE)
    assert (table["table"], table["rows"]) == ("tested", 1)


async def test_where_is_asked(targets: Targets, posts: Posts) -> None:
    assert await tried(targets, posts, order(OUT, b'{"t":0}')) == {"outcome": "filtered"}
    assert [one.topic for one in posts.messages] == [ANSWER]


async def test_a_failure_is_answered_and_not_kept(targets: Targets, posts: Posts, listener: Listener) -> None:
    listener.answers = [503]
    answer = await tried(targets, posts, order(index(listener.url)))
    assert answer["outcome"] == "failed"
    assert "503" in answer["reason"]
    assert answer["count"] == 1
    assert not await call(lambda: rule_failures.failures(settings.SCOPE).exists())
    assert len(listener.asked) == 1


@pytest.mark.parametrize(
    ("action", "sql", "reason"),
    [
        ({"republish": {"topic": "out/${t}+", "roleArn": ROLE}}, SQL, "wildcards + and #"),
        (
            {"republish": {"topic": "out", "headers": {"userProperties": [{"value": "v"}]}}},
            SQL,
            "cannot be prepared: it has no key",
        ),
        ({"greengrass": {}}, SQL, "not performed here"),
        (OUT, "SELECT aws_lambda('f', 1) AS a FROM 'dt/#'", "aws_lambda"),
    ],
)
async def test_what_cannot_be_sent_says_why(
    targets: Targets, posts: Posts, action: dict[str, Any], sql: str, reason: str
) -> None:
    answer = await tried(targets, posts, order(action, sql=sql))
    assert answer["outcome"] == "failed"
    assert reason in answer["reason"]


@pytest.mark.parametrize(
    "garbage", [[], {"action": 1}, {"rule": "r", "sql": SQL, "version": "2016-03-23", "action": {"sqs": 1}}]
)
async def test_a_garbled_order_is_answered(targets: Targets, posts: Posts, garbage: Any) -> None:
    assert (await tried(targets, posts, garbage))["outcome"] == "failed"


async def test_nobody_to_answer_is_no_order(targets: Targets, posts: Posts) -> None:
    async with trying_with(targets) as subject:
        await subject(Message(action_trials.TOPIC, orjson.dumps(order(OUT)), 1))
    assert posts.messages == []


async def test_a_destination_that_is_silent_is_not_waited_for_for_ever(
    targets: Targets, posts: Posts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "BRIDGE_SECONDS", 0.1)
    async with asyncio.timeout(PATIENCE + 10):
        silent = Targets(targets.scope, _Silent(posts), targets.aws, targets.web, targets.confirmed, targets.data)
        answer = await tried(silent, posts, order(OUT))
    assert answer["outcome"] == "failed"
    assert "has not answered within 0.1 seconds" in answer["reason"]


class _Silent:
    """A broker that takes everything and acknowledges the answers alone."""

    def __init__(self, posts: Posts) -> None:
        self._posts = posts

    def __call__(self, message: Message, done: Any) -> None:
        if message.topic == ANSWER:
            self._posts(message, done)
