"""Runs measures, takes medians, and writes what came out as a table and as JSON."""

import asyncio
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop
from rich.table import Table

from iot.management.bench import by_hand, measures
from iot.management.bench.measures import Load, Measure, Sample


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the report; `straight` is the same load without us, where that makes sense."""

    name: str
    unit: str
    measure: Measure
    straight: Measure | None = None
    is_latency: bool = False


ITEMS = (
    Item("publish", "messages/s", measures.publish, measures.publish_straight),
    Item("publish to subscriber", "messages/s", measures.deliver, measures.deliver_straight),
    Item("publish to subscriber at 500/s", "ms", measures.deliver_latency, is_latency=True),
    Item("publish evaluated by a rule", "messages/s", measures.match),
    Item("publish, rule, republish, subscriber", "messages/s", measures.republish),
    Item("publish, rule, queue of SQS", "messages/s", measures.send_to_queue),
    Item("publish, rule, republish at 500/s", "ms", measures.republish_latency, is_latency=True),
    Item("shadow update over MQTT", "updates/s", measures.shadow_mqtt),
    Item("shadow update over HTTP", "updates/s", measures.shadow_update_http),
    Item("shadow get over HTTP", "requests/s", measures.shadow_get_http),
    Item("CreateThing", "requests/s", measures.create_thing),
    Item("DescribeThing", "requests/s", measures.describe_thing),
    Item("SQL evaluation", "evaluations/s", measures.evaluate_sql),
    Item("SQL, four fields and WHERE", "× by hand", by_hand.FOUR_FIELDS),
    Item("SQL, CASE and three functions", "× by hand", by_hand.CASE_AND_FUNCTIONS),
    Item("policy decision", "decisions/s", measures.decide),
)


def run(load: Load, items: Sequence[Item], runs: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Run each item some times; answers the report."""
    results = {}
    for item in items:
        tell(item.name)
        samples = [_once(item.measure, load) for _ in range(runs)]
        results[item.name] = _result(item, samples)
        if item.straight is not None:
            tell(f"{item.name}, straight to the broker")
            straight = [_once(item.straight, load).rate for _ in range(runs)]
            results[item.name]["straight_to_broker"] = round(statistics.median(straight), 1)
    machine = {"python": platform.python_version(), "system": platform.platform(), "runs": runs}
    return {"machine": machine, "messages": load.messages, "results": results}


def table(report: dict[str, Any]) -> Table:
    """Draw the report."""
    drawn = Table("measured", "median", "p50 ms", "p99 ms", "straight to the broker")
    for name, result in report["results"].items():
        shown = [f"{result['median']:,} {result['unit']}"]
        shown += [f"{result[key]:,}" if key in result else "" for key in ("p50_ms", "p99_ms", "straight_to_broker")]
        drawn.add_row(name, *shown)
    return drawn


def _once(measure: Measure, load: Load) -> Sample:
    async def measured() -> Sample:
        return await measure(load)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measured())


def _result(item: Item, samples: Sequence[Sample]) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": item.unit, "runs": [round(_value(item, sample), 2) for sample in samples]}
    found["median"] = round(statistics.median(_value(item, sample) for sample in samples), 2)
    timed = [sorted(sample.seconds) for sample in samples if sample.seconds]
    if timed:
        for share, key in ((0.5, "p50_ms"), (0.99, "p99_ms")):
            picked = [ordered[min(len(ordered) - 1, int(share * len(ordered)))] for ordered in timed]
            found[key] = round(statistics.median(picked) * 1000, 2)
    return found


def _value(item: Item, sample: Sample) -> float:
    return statistics.median(sample.seconds) * 1000 if item.is_latency else sample.rate
