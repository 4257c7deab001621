"""Line charts as plain data for a template: paths, labels and read-outs; every chart has a table behind it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

WIDTH, HEIGHT = 600, 150
Points = Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its label, its colour (1 to 6), its last value in words, and its paths."""

    label: str
    colour: int
    last: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to be drawn; `points` is what the script reads out, `rows` is the table."""

    title: str
    summary: str
    lines: tuple[Line, ...]
    heights: tuple[str, str, str]
    times: tuple[str, ...]
    points: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    width: int = WIDTH
    height: int = HEIGHT
    middle: int = HEIGHT // 2


def line_chart(
    title: str, series: Sequence[tuple[str, Points]], *, start: int, end: int, step: int = 60, gauge: bool = False
) -> Chart:
    """Draw series of (epoch second, value) from start to end; a step without a value is 0, a gauge keeps its last."""
    ticks = list(range(start // step * step, end // step * step + 1, step))
    filled = [_fill(points, ticks, step, gauge=gauge) for _, points in series]
    top = nice_top(max((value for values in filled for value in values), default=0))
    pattern = "%H:%M" if end - start <= 26 * 3600 else "%d %b %H:%M"
    labels = [datetime.fromtimestamp(tick, UTC).strftime(pattern) for tick in ticks]
    xs = [round(index * WIDTH / max(1, len(ticks) - 1), 1) for index in range(len(ticks))]
    lines = [
        _line(label, index + 1, xs, values, top)
        for index, ((label, _), values) in enumerate(zip(series, filled, strict=True))
    ]
    names = [label for label, _ in series]
    spoken = [
        [label, x, " · ".join(f"{name} {spell(values[index])}" for name, values in zip(names, filled, strict=True))]
        for index, (label, x) in enumerate(zip(labels, xs, strict=True))
    ]
    rows = tuple(
        (labels[index], tuple(spell(values[index]) for values in filled)) for index in range(len(ticks) - 1, -1, -1)
    )
    shown = tuple(labels[round(part * (len(labels) - 1) / 4)] for part in range(5))
    summary = "; ".join(
        f"{line.label}: {line.last}, highest {spell(max(values))}" for line, values in zip(lines, filled, strict=True)
    )
    return Chart(title, summary, tuple(lines), (spell(top), spell(top / 2), "0"), shown, json.dumps(spoken), rows)


def nice_top(value: float) -> float:
    """Answer the next higher round number: 1, 2, 4, 5 or 10 times a power of ten, at least 1."""
    if value <= 1:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(float(factor * power) for factor in (1, 2, 4, 5, 10) if value <= factor * power)


def spell(value: float) -> str:
    """Write a value briefly: 950, 1.2 k, 3.4 M."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.1f}".removesuffix(".0") + f"\u202f{unit}"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.1f}"


def _fill(points: Points, ticks: Sequence[int], step: int, *, gauge: bool) -> list[float]:
    found: dict[int, float] = {}
    for at, value in points:
        slot = at // step * step
        found[slot] = max(found.get(slot, 0), value) if gauge else found.get(slot, 0) + value
    values, last = [], 0.0
    for tick in ticks:
        last = found.get(tick, last if gauge else 0.0)
        values.append(last)
    return values


def _line(label: str, colour: int, xs: Sequence[float], values: Sequence[float], top: float) -> Line:
    corners = [f"{x:g},{HEIGHT - value / top * HEIGHT:.1f}" for x, value in zip(xs, values, strict=True)]
    path = "M" + "L".join(corners)
    return Line(label, (colour - 1) % 6 + 1, spell(values[-1]), path, f"{path}L{xs[-1]:g},{HEIGHT}L0,{HEIGHT}Z")
