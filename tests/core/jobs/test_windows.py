"""Maintenance windows."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from iot.core import errors
from iot.core.jobs.windows import parse_window


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def openings(expression: str, since: str, count: int) -> list[str]:
    found = islice(parse_window(expression, 60).openings(at(since)), count)
    return [f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M}" for moment in found]


@pytest.mark.parametrize(
    ("expression", "since", "expected"),
    [
        ("cron(0 18 ? * MON *)", "2030-01-01", ["2030-01-07 18:00", "2030-01-14 18:00"]),
        ("30 6,22 ? * 2-3 *", "2030-01-07 07:00", ["2030-01-07 22:30", "2030-01-08 06:30"]),
        ("cron(0/20 9 1 * ? *)", "2030-01-01 09:20", ["2030-01-01 09:20", "2030-01-01 09:40", "2030-02-01 09:00"]),
        ("cron(5-15/5 0 */30 JAN,3 ? 2031)", "2030-01-01", ["2031-01-01 00:05", "2031-01-01 00:10"]),
        ("cron(0 0 L * ? *)", "2032-02-01", ["2032-02-29 00:00", "2032-03-31 00:00"]),
        ("cron(0 0 15W * ? *)", "2030-06-01", ["2030-06-14 00:00", "2030-07-15 00:00"]),
        ("cron(0 0 1W * ? *)", "2030-06-01", ["2030-06-03 00:00"]),
        ("cron(0 0 31W * ? *)", "2030-03-01", ["2030-03-29 00:00"]),
        ("cron(0 0 15W * ? *)", "2030-09-01", ["2030-09-16 00:00"]),
        ("cron(0 0 ? * 6L *)", "2030-05-01", ["2030-05-31 00:00"]),
        ("cron(0 0 ? * WED#2 *)", "2030-05-01", ["2030-05-08 00:00"]),
        ("cron(0 0 ? * L *)", "2030-05-01", ["2030-05-04 00:00"]),
        ("cron(0 0 29 2 ? *)", "2030-03-01", ["2032-02-29 00:00"]),
        ("cron(0 0 30 2 ? *)", "2030-01-01", []),
    ],
)
def test_a_window_opens_when_its_expression_says(expression: str, since: str, expected: list[str]) -> None:
    assert openings(expression, since, max(len(expected), 1)) == expected


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        ("2030-01-07 22:59", False),
        ("2030-01-07 23:00", True),
        ("2030-01-08 00:59", True),
        ("2030-01-08 01:00", False),
    ],
)
def test_a_window_is_open_for_its_duration_across_midnight(now: str, is_open: bool) -> None:
    assert parse_window("cron(0 23 ? * MON *)", 120).is_open(at(now)) is is_open


def test_a_window_that_never_opens_is_closed() -> None:
    assert not parse_window("cron(0 0 * * ? 1999)", 60).is_open(at("2030-01-01"))


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "every day",
        "rate(5 minutes)",
        "cron(0 18 ? * MON)",
        "cron(0 18 * * * *)",
        "cron(0 18 ? * ? *)",
        "cron(60 18 ? * MON *)",
        "cron(0 24 ? * MON *)",
        "cron(0 18 ? * NON *)",
        "cron(0 18 32 * ? *)",
        "cron(0 9-8 1 * ? *)",
        "cron(0/0 9 1 * ? *)",
        "cron(0 , 1 * ? *)",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(errors.InvalidRequestException):
        parse_window(expression, 60)
