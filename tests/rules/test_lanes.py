import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from iot.rules.action import Action, ActionError, Failed, Request, actions
from iot.rules.lanes import DEFERRED, Lanes, weight
from iot.rules.targets import Targets
from tests.rules.running import until


def action(send: Any, **more: Any) -> Action:
    """An action that is carried out by a function."""
    return replace(
        actions()["sqs"], **{"name": "tested", "send": send, "lane": lambda one: one["to"], "batch": 10, **more}
    )


class Sent:
    """Carries requests out and remembers the calls; it can be held."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, targets: Targets, requests: list[Request]) -> list[Failed | None]:
        self.calls.append([one["n"] for one in requests])
        self.go.wait(10)
        return [None] * len(requests)


async def submit(targets: Targets, given: Action, requests: list[Request], **more: Any) -> list[Failed | None]:
    lanes = Lanes(targets)
    results: list[Failed | None] = []
    try:
        for request in requests:
            lanes.submit(given, request, results.append, **more)
        await until(lambda: len(results) == len(requests))
        assert len(lanes) == 0
    finally:
        lanes.close()
    return results


async def test_what_waits_while_a_call_is_under_way_goes_out_together(targets: Targets) -> None:
    sent = Sent()
    requests = [{"to": "a", "n": number} for number in range(25)]
    assert await submit(targets, action(sent, concurrency=1), requests) == [None] * 25
    assert [number for call in sent.calls for number in call] == list(range(25))
    assert len(sent.calls) <= 4
    assert max(map(len, sent.calls)) <= 10


async def test_a_batch_is_bounded_in_bytes(targets: Targets) -> None:
    sent = Sent()
    requests = [{"to": "a", "n": number, "body": b"x" * 100} for number in range(6)]
    assert weight(requests[0]) > 100
    await submit(targets, action(sent, concurrency=1, batch_bytes=350), requests)
    assert max(map(len, sent.calls)) == 2


async def test_one_destination_does_not_wait_for_another(targets: Targets) -> None:
    slow, lanes = Sent(), Lanes(targets)
    slow.go.clear()
    results: dict[str, Any] = {}
    given = action(lambda of, requests: slow(of, requests) if requests[0]["to"] == "slow" else [None] * len(requests))
    lanes.submit(given, {"to": "slow", "n": 1}, lambda result: results.setdefault("slow", result))
    lanes.submit(given, {"to": "quick", "n": 2}, lambda result: results.setdefault("quick", result))
    await until(lambda: "quick" in results)
    assert "slow" not in results
    slow.go.set()
    await until(lambda: "slow" in results)
    lanes.close()


async def test_what_a_batch_says_of_itself_counts_and_it_waits_for_others(targets: Targets) -> None:
    sent = Sent()
    batch = {"size": 3, "bytes": 100_000, "open": 0.05, "of": "r"}
    requests = [{"to": "a", "n": number, "body": b"x", "batch": batch} for number in range(4)]
    await submit(targets, action(sent), requests)
    assert sorted(map(len, sent.calls)) == [1, 3]


async def test_the_bytes_of_a_batch_are_those_of_its_elements(targets: Targets) -> None:
    sent = Sent()
    batch = {"size": 10, "bytes": 100, "open": 0.01, "of": "r"}
    requests = [{"to": "a", "n": number, "url": "x" * 500, "body": b"x" * 49, "batch": batch} for number in range(3)]
    await submit(targets, action(sent, concurrency=1), requests)
    assert sent.calls == [[0, 1], [2]]


async def test_lanes_without_work_are_forgotten(targets: Targets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iot.rules.lanes.LANES", 3)
    lanes, sent = Lanes(targets), Sent()
    results: list[Failed | None] = []
    for number in range(10):
        lanes.submit(action(sent), {"to": f"{number}", "n": number}, results.append)
        await until(lambda: len(lanes) == 0)
    assert len(results) == 10
    assert len(lanes._lanes) <= 3
    lanes.close()


@pytest.mark.parametrize(("error", "final"), [(ActionError("no"), True), (OSError("no"), False)])
async def test_an_exception_is_the_result_of_every_request(targets: Targets, error: Exception, final: bool) -> None:
    def fail(of: Targets, requests: list[Request]) -> list[Failed | None]:
        raise error

    results = await submit(targets, action(fail), [{"to": "a"}, {"to": "a"}])
    assert [one is not None and one.final is final for one in results] == [True, True]


async def test_a_coroutine_is_awaited(targets: Targets) -> None:
    async def send(of: Targets, requests: list[Request]) -> list[Failed | None]:
        await asyncio.sleep(0)
        return [Failed("told")] * len(requests)

    assert await submit(targets, action(send), [{"to": "a"}]) == [Failed("told")]


async def test_what_waits_is_deferred_although_nothing_comes_and_no_call_ends(
    targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot.rules.lanes.PATIENCE", 0.05)
    stuck, lanes = Sent(), Lanes(targets)
    stuck.go.clear()
    results: list[Failed | None] = []
    for number in range(5):
        lanes.submit(action(stuck, concurrency=1, batch=1), {"to": "a", "n": number}, results.append)
    await until(lambda: results == [DEFERRED] * 3)
    stuck.go.set()
    await until(lambda: len(lanes) == 0)
    lanes.close()


async def test_what_waits_too_long_is_deferred_unless_it_is_patient(
    targets: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iot.rules.lanes.PATIENCE", 0.0)
    sent = Sent()
    given = action(sent, concurrency=1, batch=1)
    requests = [{"to": "a", "n": number} for number in range(20)]
    assert DEFERRED in await submit(targets, given, requests)
    assert await submit(targets, given, requests, patient=True) == [None] * 20
