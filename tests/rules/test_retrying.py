import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from django.conf import settings

from iot.models import RuleFailure
from iot.rules.packing import pack_request
from iot.rules.performer import Performer
from iot.rules.retrying import Retrying
from iot.rules.rule import Rule
from iot.rules.targets import Targets
from iot.services import metrics, rule_failures
from iot.services.call import call
from iot.services.rule_failures import Failure
from tests.rules.listening import Listener
from tests.rules.running import ROLE, TRACE, Posts, environment, message, rule, until

pytestmark = pytest.mark.django_db(transaction=True)


@contextlib.asynccontextmanager
async def retrying(targets: Targets, *rules: Rule) -> AsyncIterator[Retrying]:
    performer = Performer(settings.SCOPE, targets)
    try:
        known = {one.name: one for one in rules}
        yield Retrying(settings.SCOPE, targets, performer, environment(), known.get)
    finally:
        performer.lanes.close()


def keep(url: str, *, rule_name: str = "r", action: str = "openSearch", index: int = 0) -> None:
    request: dict[str, Any] = {"url": f"{url}/i/_doc/1", "body": b'{"t":1}', "role": ROLE}
    failure = Failure(
        rule_name, action, index, url, TRACE, message({"t": 1}), pack_request(request), "it failed", dead=False
    )
    rule_failures.record(settings.SCOPE, [failure])
    make_due()


def make_due() -> None:
    RuleFailure.objects.filter(next_at__isnull=False).update(next_at=time.time() - 1, leased_until=0)


def kept() -> list[RuleFailure]:
    return list(rule_failures.failures(settings.SCOPE))


async def test_what_succeeds_is_kept_no_longer(targets: Targets, listener: Listener) -> None:
    await call(keep, listener.url)
    async with retrying(targets) as worker:
        assert await worker.work() == 1
    assert [asked.body for asked in listener.asked] == [b'{"t":1}']
    assert await call(kept) == []


async def test_a_try_is_counted_for_its_rule_and_its_action(targets: Targets, listener: Listener) -> None:
    await call(metrics.flush, settings.SCOPE)
    await call(keep, listener.url, rule_name="counted")
    async with retrying(targets) as worker:
        await worker.work()
    await call(metrics.flush, settings.SCOPE)
    found = await call(metrics.of_rule, settings.SCOPE, "counted")
    assert found == {(name, of): 1 for name in ("Retried", "Success") for of in ("counted", "counted/0:openSearch")}


async def test_what_fails_again_waits_twice_as_long(targets: Targets, listener: Listener) -> None:
    listener.answers = [503]
    await call(keep, listener.url)
    async with retrying(targets) as worker:
        for attempts, pause in ((2, 2), (3, 4), (4, 8)):
            await worker.work()
            (row,) = await call(kept)
            assert row.next_at is not None
            assert (row.attempts, row.claims) == (attempts, 0)
            assert 0.8 * pause <= row.next_at - row.last_at <= 1.2 * pause
            await call(make_due)


async def test_nothing_is_tried_before_its_time(targets: Targets, listener: Listener) -> None:
    await call(keep, listener.url)
    await call(RuleFailure.objects.update, next_at=time.time() + 60)
    async with retrying(targets) as worker:
        assert await worker.work() == 0
    assert listener.asked == []


async def test_after_a_day_it_is_given_up_and_the_error_action_runs(
    targets: Targets, posts: Posts, listener: Listener
) -> None:
    listener.answers = [503]
    await call(keep, listener.url)
    await call(RuleFailure.objects.update, created_at=time.time() - 25 * 3600)
    given = rule(name="r", error_action={"republish": {"topic": "errors/${topic(2)}", "roleArn": ROLE}})
    async with retrying(targets, given) as worker:
        await worker.work()
        await until(lambda: posts.messages)
    (row,) = await call(kept)
    assert row.next_at is None
    (sent,) = posts.messages
    assert sent.topic == "errors/a"
    document = orjson.loads(sent.payload)
    assert document["cloudwatchTraceId"] == TRACE
    assert document["failures"][0]["failedAction"] == "OpenSearchAction"
    assert "503" in document["failures"][0]["errorMessage"]


async def test_an_error_action_that_is_given_up_runs_no_other(
    targets: Targets, posts: Posts, listener: Listener
) -> None:
    listener.answers = [400]
    await call(keep, listener.url, index=-1)
    given = rule(name="r", error_action={"republish": {"topic": "errors", "roleArn": ROLE}})
    async with retrying(targets, given) as worker:
        await worker.work()
    assert posts.messages == []


async def test_a_request_that_kills_its_workers_is_given_up(targets: Targets, listener: Listener) -> None:
    await call(keep, listener.url)
    for _ in range(rule_failures.MOST_CLAIMS):
        assert len(await call(rule_failures.claim, settings.SCOPE)) == 1
        await call(make_due)
    assert await call(rule_failures.claim, settings.SCOPE) == []
    (row,) = await call(kept)
    assert row.next_at is None
    assert "worker died" in row.reason
    assert row.attempts == 1 + rule_failures.MOST_CLAIMS


async def test_a_claimed_request_is_nobody_elses_until_its_lease_ends(targets: Targets, listener: Listener) -> None:
    await call(keep, listener.url)
    assert len(await call(rule_failures.claim, settings.SCOPE)) == 1
    assert await call(rule_failures.claim, settings.SCOPE) == []
    await call(RuleFailure.objects.update, leased_until=time.time() - 1)
    assert len(await call(rule_failures.claim, settings.SCOPE)) == 1


async def test_what_is_given_up_can_be_tried_by_hand(targets: Targets, listener: Listener) -> None:
    listener.answers = [400, 200]
    await call(keep, listener.url)
    async with retrying(targets) as worker:
        await worker.work()
        assert await worker.work() == 0
        assert await call(rule_failures.retry, settings.SCOPE, rule_name="r") == 1
        assert await worker.work() == 1
    assert await call(kept) == []


async def test_an_action_of_another_version_of_us_is_given_up(targets: Targets) -> None:
    await call(keep, "http://127.0.0.1:1", action="telex")
    async with retrying(targets) as worker:
        await worker.work()
    (row,) = await call(kept)
    assert row.next_at is None
    assert "telex is not performed here" in row.reason


async def test_fifty_requests_of_one_destination_go_out_together(targets: Targets) -> None:
    request = {"kind": "table", "name": "t", "at": 1, "rule": "r", "topic": "dt", "data": b"{}", "days": 1, "rows": 9}

    def keep_many() -> None:
        rule_failures.record(
            settings.SCOPE,
            [
                Failure(
                    "r",
                    "thingstead",
                    0,
                    "t",
                    "",
                    message({}),
                    pack_request({**request, "trace": str(one)}),
                    "",
                    dead=False,
                )
                for one in range(60)
            ],
        )
        make_due()

    await call(keep_many)
    async with retrying(targets) as worker:
        assert await worker.work() == 50
        assert await worker.work() == 10
    assert await call(kept) == []
