"""Runs measures, takes medians, holds them against goals, and writes what came out as a table and as JSON."""

import asyncio
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import uvloop
from rich.table import Table

from iot.management.bench import by_hand, links, measures
from iot.management.bench.measures import Load, Measure, Sample


class Against(Enum):
    """What a goal is about: the figure itself, its ratio to the broker alone, or what is added to the broker's."""

    ITSELF = "{}"
    RATIO = "{} × the broker with TLS"
    ADDED = "{} ms more than the broker with TLS"


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure to reach: at least so much, or at most."""

    number: float
    against: Against = Against.ITSELF
    at_most: bool = False

    def __str__(self) -> str:
        return self.against.value.format(f"{'≤' if self.at_most else '≥'} {self.number:g}")

    def found(self, median: float, alone: float) -> float:
        """Answer the figure that the goal is about."""
        match self.against:
            case Against.RATIO:
                return median / alone
            case Against.ADDED:
                return median - alone
        return median


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the report.

    `straight` is the same load to the broker behind us without TLS, `alone` to the same broker alone with its own TLS;
    they take turns with `measure`. `around` holds while they run. `more` are goals for what a sample says besides.
    `runs` is how often it is measured where that is not the caller's to say.
    """

    name: str
    unit: str
    measure: Measure
    straight: Measure | None = None
    alone: Measure | None = None
    is_latency: bool = False
    goal: Goal | None = None
    around: Callable[[Load], AbstractAsyncContextManager[None]] | None = None
    more: Mapping[str, tuple[str, Goal]] = field(default_factory=dict)
    runs: int | None = None


_AS_FAST = Goal(1.0, Against.RATIO)
ITEMS = (
    Item("publish", "messages/s", measures.publish, measures.publish_straight, measures.publish_alone, goal=_AS_FAST),
    Item(
        "publish to subscriber",
        "messages/s",
        measures.deliver,
        measures.deliver_straight,
        measures.deliver_alone,
        goal=_AS_FAST,
    ),
    Item(
        f"publish beside {links.IDLE:,} idle devices",
        "messages/s",
        measures.publish,
        alone=measures.publish_alone,
        goal=_AS_FAST,
        around=links.idle,
    ),
    Item(
        "publish to subscriber at 500/s",
        "ms",
        measures.deliver_latency,
        alone=measures.deliver_latency_alone,
        is_latency=True,
        goal=Goal(1.0, Against.ADDED, at_most=True),
    ),
    Item("connections of a core of the gateway", "/s", links.handshakes, goal=Goal(250)),
    Item(
        "many idle devices connected",
        "s",
        links.many,
        goal=Goal(60, at_most=True),
        more={"memory": ("MB", Goal(512, at_most=True)), "devices": ("devices", Goal(links.DEVICES))},
        runs=1,
    ),
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
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for item in items:
            tell(item.name)
            results.update(runner.run(_measure(item, load, item.runs or runs)))
    machine = {"python": platform.python_version(), "system": platform.platform(), "runs": runs}
    return {"machine": machine, "messages": load.messages, "results": results}


def table(report: dict[str, Any]) -> Table:
    """Draw the report."""
    drawn = Table("measured", "median", "p50 ms", "p99 ms", "broker", "broker with TLS", "found", "goal")
    for name, result in report["results"].items():
        shown = [f"{result['median']:,} {result['unit']}"]
        keys = ("p50_ms", "p99_ms", "straight_to_broker", "broker_with_tls", "found")
        shown += [f"{result[key]:,}" if key in result else "" for key in keys]
        drawn.add_row(name, *shown, result.get("goal", ""))
    return drawn


async def _measure(item: Item, load: Load, runs: int) -> dict[str, Any]:
    """Let the measure and those beside it take turns; answers the lines of the report."""
    beside = {"straight_to_broker": item.straight, "broker_with_tls": item.alone}
    ours: list[Sample] = []
    theirs: dict[str, list[float]] = {}
    async with nullcontext() if item.around is None else item.around(load):
        for _ in range(runs):
            ours.append(await item.measure(load))
            for key, measure in beside.items():
                if measure is not None:
                    theirs.setdefault(key, []).append(_value(item, await measure(load)))
    found = _result(item, ours)
    for key, values in theirs.items():
        found[key] = round(statistics.median(values), 2)
    values = [_value(item, sample) for sample in ours]
    lines = {item.name: {**found, **_against(item.goal, values, theirs.get("broker_with_tls", values))}}
    for name, (unit, goal) in item.more.items():
        values = [sample.more[name] for sample in ours]
        runs_found = [round(value, 2) for value in values]
        line = {"unit": unit, "runs": runs_found, "median": round(statistics.median(values), 2)}
        lines[f"{item.name}, {name}"] = {**line, **_against(goal, values, values)}
    return lines


def _against(goal: Goal | None, ours: Sequence[float], alone: Sequence[float]) -> dict[str, Any]:
    """Answer the median of a goal's figure, pair by pair: what a machine has to do besides hits both of a pair."""
    if goal is None:
        return {}
    found = [goal.found(one, other) for one, other in zip(ours, alone, strict=True)]
    return {"found": round(statistics.median(found), 2), "goal": str(goal)}


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
