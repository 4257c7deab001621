import asyncio
import base64
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.rules.performer import Performer
from iot.rules.targets import Targets
from iot.services import rule_failures
from iot.services.call import call
from tests.rules.running import ROLE, Arrived, Posts, fire, message, rule, until

pytestmark = pytest.mark.django_db(transaction=True)

# Nobody has confirmed it: whatever would go there fails.
URL = "http://127.0.0.1:9/in"


async def documents(targets: Targets, posts: Posts, topics: list[str], across: bool) -> list[Any]:
    """Answer what an error action is told when a batch of messages fails, each of which must be acknowledged."""
    config = {"maxBatchSize": len(topics), "maxBatchOpenMs": 100, "batchAcrossTopics": across}
    given = rule(
        {"http": {"url": URL, "enableBatching": True, "batchConfig": config}},
        error_action={"republish": {"topic": "errors", "roleArn": ROLE}},
        name="r",
    )
    performer = Performer(settings.SCOPE, targets)
    running = asyncio.create_task(performer.run())
    arrived = [Arrived(message({"n": number}, topic)) for number, topic in enumerate(topics)]
    try:
        for number, one in enumerate(arrived):
            performer.perform(given, fire(given, one.delivery.message, trace=f"trace-{number}"), one.delivery)
            one.delivery.release()
        for one in arrived:
            await one.wait()
        await until(lambda: len(performer) == 0)
    finally:
        running.cancel()
        performer.lanes.close()
    return [orjson.loads(one.payload) for one in posts.messages if one.topic == "errors"]


async def test_a_batch_that_fails_is_told_in_one_document(targets: Targets, posts: Posts) -> None:
    (found,) = await documents(targets, posts, ["dt/a", "dt/a"], across=False)
    entries = found["payloadsWithMetadata"]
    assert (found["ruleName"], found["topic"], "topic" in entries[0]) == ("r", "dt/a", False)
    assert [base64.b64decode(one["base64OriginalPayload"]) for one in entries] == [b'{"n":0}', b'{"n":1}']
    assert [one["cloudwatchTraceId"] for one in entries] == ["trace-0", "trace-1"]
    assert {(one["clientId"], one["sourceIp"]) for one in entries} == {("device-1", "192.0.2.1")}
    (failure,) = found["failures"]
    assert failure["affectedIds"] == [one["id"] for one in entries]
    assert (failure["failedAction"], failure["failedResource"]) == ("HttpAction", URL)
    assert "not been confirmed" in failure["errorMessage"]
    assert len(await call(list, rule_failures.failures(settings.SCOPE, dead=True))) == 2


async def test_across_topics_each_message_has_its_own(targets: Targets, posts: Posts) -> None:
    (found,) = await documents(targets, posts, ["dt/a", "dt/b"], across=True)
    assert "topic" not in found
    assert [one["topic"] for one in found["payloadsWithMetadata"]] == ["dt/a", "dt/b"]
