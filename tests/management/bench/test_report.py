"""The report: medians, percentiles, and the same load straight to the broker beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from rich.console import Console

from iot.management.bench import report
from iot.management.bench.measures import Load, Measure, Sample
from iot.management.bench.report import Against, Goal, Item


class Rates:
    """A measure that answers one sample after the other."""

    def __init__(self, *samples: Sample) -> None:
        self.samples = list(samples)

    async def __call__(self, load: Load) -> Sample:
        return self.samples.pop(0)


def run(*items: Item) -> dict[str, Any]:
    class Nothing:
        messages = 100

    return report.run(cast(Load, Nothing()), items, 3, lambda name: None)


def test_the_median_counts_and_single_times_are_percentiles() -> None:
    seconds = [number / 1000 for number in range(1, 101)]
    item = Item("a", "requests/s", Rates(Sample(10, seconds), Sample(30, seconds), Sample(20, seconds)))
    found = run(item)["results"]["a"]
    assert (found["median"], found["runs"]) == (20, [10, 30, 20])
    assert (found["p50_ms"], found["p99_ms"]) == (51, 100)


def test_a_latency_is_the_median_of_its_times() -> None:
    item = Item("a", "ms", Rates(*(Sample(500, [0.001, 0.002, 0.009]) for _ in range(3))), is_latency=True)
    assert run(item)["results"]["a"]["median"] == 2


def test_the_broker_alone_stands_beside_it() -> None:
    ours, theirs = Rates(*(Sample(1) for _ in range(3))), Rates(*(Sample(5) for _ in range(3)))
    found = run(Item("a", "messages/s", ours, theirs))
    assert found["results"]["a"]["straight_to_broker"] == 5
    console = Console(width=120)
    with console.capture() as drawn:
        console.print(report.table(found))
    assert "1 messages/s" in drawn.get()


def steps(*rates: float) -> Measure:
    return Rates(*(Sample(rate) for rate in rates))


def test_a_ratio_is_taken_run_by_run() -> None:
    item = Item("a", "/s", steps(10, 20, 90), alone=steps(20, 20, 30), goal=Goal(1, Against.RATIO))
    found = run(item)["results"]["a"]
    assert (found["broker_with_tls"], found["found"]) == (20, 1)
    assert found["goal"] == "≥ 1 × the broker with TLS"


def test_what_is_added_to_a_latency_is_held_against_its_goal() -> None:
    ours, alone = (Rates(*(Sample(1, [seconds]) for _ in range(3))) for seconds in (0.003, 0.001))
    item = Item("a", "ms", ours, alone=alone, is_latency=True, goal=Goal(1, Against.ADDED, at_most=True))
    found = run(item)["results"]["a"]
    assert (found["found"], found["goal"]) == (2, "≤ 1 ms more than the broker with TLS")


def test_what_a_sample_says_besides_has_a_line_and_a_goal_of_its_own() -> None:
    held: list[bool] = []

    @asynccontextmanager
    async def around(load: Load) -> AsyncIterator[None]:
        held.append(True)
        yield
        held.append(False)

    goal = Goal(512, at_most=True)
    item = Item("a", "s", Rates(Sample(7, more={"memory": 400})), around=around, more={"memory": ("MB", goal)}, runs=1)
    found = run(item)["results"]
    assert found["a, memory"] == {"unit": "MB", "runs": [400], "median": 400, "found": 400, "goal": "≤ 512"}
    assert (found["a"]["median"], held) == (7, [True, False])
