"""Charts: rounding, filling, labels."""

import json

import pytest

from console.charts import HEIGHT, WIDTH, line_chart, nice_top, spell


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (1.5, 2), (3, 4), (4.5, 5), (7, 10), (990, 1000), (1001, 2000)]
)
def test_the_top_is_the_next_round_number(value: float, top: float) -> None:
    assert nice_top(value) == top


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (2.5, "2.5"), (950, "950"), (1200, "1.2\u202fk"), (3e6, "3\u202fM")]
)
def test_values_are_spelt_briefly(value: float, text: str) -> None:
    assert spell(value) == text


def test_minutes_without_a_value_are_zero() -> None:
    chart = line_chart("c", [("in", [(60, 4)])], start=0, end=180)
    assert chart.lines[0].path == f"M0,{HEIGHT}.0L{WIDTH / 3:g},0.0L{WIDTH * 2 / 3:g},{HEIGHT}.0L{WIDTH},{HEIGHT}.0"
    assert [row[1] for row in chart.rows] == [("0",), ("0",), ("4",), ("0",)]


def test_a_gauge_keeps_its_last_value_and_the_highest_of_a_step() -> None:
    chart = line_chart("c", [("n", [(60, 4), (90, 2)])], start=0, end=240, step=120, gauge=True)
    assert [row[1][0] for row in chart.rows] == ["4", "4", "4"]


def test_every_point_can_be_read_out() -> None:
    chart = line_chart("c", [("in", [(0, 1)]), ("out", [])], start=0, end=120)
    points = json.loads(chart.points)
    assert points[0] == ["00:00", 0, "in 1 · out 0"]
    assert len(points) == len(chart.rows) == 3
    assert "in: 0, highest 1" in chart.summary
    assert chart.times[0] == "00:00"
    assert chart.times[-1] == "00:02"


def test_a_week_is_labelled_with_days() -> None:
    assert "Jan" in line_chart("c", [("in", [])], start=0, end=7 * 86_400, step=3600).times[0]
