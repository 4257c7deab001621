import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.core.message import Message, Sender
from iot.models import RuleFailure
from iot.rules.packing import unpack_request
from iot.rules.performer import Performer
from iot.rules.rule import Rule
from iot.rules.targets import Targets
from iot.services import metrics, rule_failures
from iot.services.call import call
from tests.rules.listening import Listener
from tests.rules.running import ROLE, TRACE, Arrived, Posts, fire, message, rule, until

pytestmark = pytest.mark.django_db(transaction=True)


def republish(topic: str, **more: Any) -> dict[str, Any]:
    return {"republish": {"topic": topic, "qos": 1, "roleArn": ROLE, **more}}


def index(url: str) -> dict[str, Any]:
    return {"openSearch": {"endpoint": url, "index": "i", "type": "_doc", "id": "${t}", "roleArn": ROLE}}


@contextlib.asynccontextmanager
async def performing(targets: Targets) -> AsyncIterator[Performer]:
    performer = Performer(settings.SCOPE, targets)
    running = asyncio.create_task(performer.run())
    try:
        yield performer
    finally:
        running.cancel()
        performer.lanes.close()


async def perform(targets: Targets, given: Rule, of: Message) -> None:
    """Perform a rule's actions for a message, until the message is acknowledged."""
    arrived = Arrived(of)
    async with performing(targets) as performer:
        performer.perform(given, fire(given, of), arrived.delivery)
        arrived.delivery.release()
        await arrived.wait()


def kept() -> list[RuleFailure]:
    return list(rule_failures.failures(settings.SCOPE).order_by("id"))


def published(posts: Posts, prefix: str = "") -> list[Message]:
    return [one for one in posts.messages if one.topic.startswith(prefix) and not one.topic.startswith("$seen")]


async def test_a_message_is_acknowledged_when_all_its_actions_are_done(
    targets: Targets, posts: Posts, listener: Listener
) -> None:
    given = rule(republish("out/1"), republish("out/2"), index(listener.url))
    await perform(targets, given, message({"t": 1}))
    assert [one.topic for one in published(posts)] == ["out/1", "out/2"]
    assert len(listener.asked) == 1
    assert await call(kept) == []
    assert given.counts["Success"] == 3


async def test_what_fails_for_good_goes_to_the_error_action_in_one_document(
    targets: Targets, posts: Posts, listener: Listener
) -> None:
    listener.answers = [400]
    given = rule(
        index(listener.url),
        republish("out/+"),
        republish("fine"),
        error_action=republish("errors/${topic(2)}"),
        name="r",
    )
    of = message({"t": 1}, sender=Sender("device-1", "p", "192.0.2.1"))
    await perform(targets, given, of)
    assert [one.topic for one in published(posts)] == ["fine", "errors/a"]
    document = orjson.loads(published(posts, "errors")[0].payload)
    failures = document.pop("failures")
    assert document == {
        "ruleName": "r",
        "topic": "dt/a/x",
        "cloudwatchTraceId": TRACE,
        "clientId": "device-1",
        "sourceIp": "192.0.2.1",
        "base64OriginalPayload": base64.b64encode(of.payload).decode(),
    }
    assert {one["failedAction"] for one in failures} == {"OpenSearchAction", "RepublishAction"}
    assert {one["failedResource"] for one in failures} == {listener.url, "out/+"}
    assert all(one["errorMessage"] for one in failures)
    assert given.counts["ErrorActionSuccess"] == 1


async def test_what_failed_for_good_is_kept_as_a_dead_letter(targets: Targets, listener: Listener) -> None:
    listener.answers = [400]
    of = message({"t": 1})
    await perform(targets, rule(index(listener.url), name="r"), of)
    (row,) = await call(kept)
    assert (row.rule, row.action, row.action_index, row.next_at, row.attempts) == ("r", "openSearch", 0, None, 1)
    assert (row.resource, row.topic, row.trace) == (listener.url, "dt/a/x", TRACE)
    assert "400" in row.reason
    assert rule_failures.message_of(row) == of
    assert unpack_request(bytes(row.request))["body"] == b'{"t":1}'


async def test_what_may_succeed_later_waits_for_a_retry_and_runs_no_error_action(
    targets: Targets, posts: Posts, listener: Listener
) -> None:
    listener.answers = [503]
    given = rule(index(listener.url), error_action=republish("errors"))
    await perform(targets, given, message({"t": 1}))
    (row,) = await call(kept)
    assert row.next_at is not None
    assert 0 < row.next_at - row.created_at <= 1.3
    assert published(posts) == []
    assert given.counts["Failure"] == 1


async def test_an_error_action_that_fails_is_kept_too(targets: Targets, listener: Listener) -> None:
    listener.answers = [400]
    given = rule(republish("out/+"), error_action=index(listener.url))
    await perform(targets, given, message({"t": 1}))
    rows = await call(kept)
    assert sorted(row.action_index for row in rows) == [-1, 0]
    assert given.counts["ErrorActionFailure"] == 1


async def test_an_action_that_cannot_be_rendered_is_kept_and_harms_no_other(targets: Targets, posts: Posts) -> None:
    lambda_action = {"lambda": {"functionArn": "arn:aws:lambda:us-east-1:1:function:f"}}
    await perform(targets, rule(lambda_action, republish("fine")), message(b"\xff"))
    assert [one.topic for one in published(posts)] == ["fine"]
    (row,) = await call(kept)
    assert row.next_at is None
    assert bytes(row.request) == b""


async def test_an_action_that_we_do_not_perform_says_so(targets: Targets) -> None:
    await perform(targets, rule({"salesforce": {"token": "t" * 40, "url": "https://x"}}), message({}))
    (row,) = await call(kept)
    assert "salesforce is not performed here" in row.reason


async def test_a_slow_destination_keeps_what_comes_for_later_and_holds_up_nothing(
    targets: Targets, posts: Posts, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot.rules.lanes.PATIENCE", 0.05)
    listener.delay = 0.5
    slow, quick = rule(index(listener.url)), rule(republish("quick"))
    messages = [Arrived(message({"t": number})) for number in range(30)]
    async with performing(targets) as performer:
        for arrived in messages:
            performer.perform(slow, fire(slow, arrived.delivery.message), arrived.delivery)
            performer.perform(quick, fire(quick, arrived.delivery.message), arrived.delivery)
            arrived.delivery.release()
            await asyncio.sleep(0.005)
        assert len(published(posts)) == 30
        await asyncio.gather(*(arrived.wait() for arrived in messages))
    rows = await call(kept)
    assert 0 < len(rows) < 30
    assert {row.attempts for row in rows} == {0}
    assert len(rows) + len(listener.asked) == 30


async def test_while_too_much_waits_messages_stay_with_the_broker(
    targets: Targets, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot.rules.performer.ROOM_SECONDS", 0.01)
    monkeypatch.setattr(rule_failures, "MOST_WAITING", 0)
    listener.answers = [503]
    given = rule(index(listener.url))
    await perform(targets, given, message({"t": 1}))
    second = Arrived(message({"t": 2}))
    async with performing(targets) as performer:
        performer.perform(given, fire(given, second.delivery.message), second.delivery)
        second.delivery.release()
        await until(lambda: len(listener.asked) == 2)
        await asyncio.sleep(0.1)
        assert not second.acknowledged.is_set()
        await call(rule_failures.discard, settings.SCOPE)
        await second.wait()
    assert len(await call(kept)) == 1


async def test_a_statement_that_fails_is_counted_always_and_kept_once_a_second(targets: Targets) -> None:
    given = rule(republish("out"))
    of = message({"t": 1})
    async with performing(targets) as performer:
        for _ in range(5):
            performer.evaluation_failed(given, fire(given, of).run.input, "it cannot be")
        deadline = asyncio.get_running_loop().time() + 10
        while not await call(kept):
            assert asyncio.get_running_loop().time() < deadline
    (row,) = await call(kept)
    assert (row.action, row.reason) == ("", "it cannot be")
    assert given.counts["ParseError"] == 5


async def test_counters_become_metrics_of_the_rule_and_of_its_actions(targets: Targets) -> None:
    given = rule(republish("out"), name="counted")
    await perform(targets, given, message({"t": 1}))
    async with performing(targets) as performer:
        performer.settle(given)
    await call(metrics.flush, settings.SCOPE)
    found = await call(metrics.totals, settings.SCOPE)
    assert found["Success", "counted"] == 1
    assert found["Success", "counted/0:republish"] == 1
    assert found["ActionLatency.Count", "counted/0:republish"] == 1
    assert given.counts == {}
