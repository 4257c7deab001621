"""The report: medians, percentiles, and the same load straight to the broker beside it."""

from typing import Any, cast

from rich.console import Console

from iot.management.bench import report
from iot.management.bench.measures import Load, Sample
from iot.management.bench.report import Item


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
