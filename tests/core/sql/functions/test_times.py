"""Moments to text and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.core.sql.functions.times import parse_time, time_to_epoch, zone_of
from iot.core.sql.values import UNDEFINED
from tests.core.sql.running import value

U = UNDEFINED
MOMENT = 1_520_687_045_678  # Saturday, 10 March 2018, 13:04:05.678 UTC
PATTERN = "yyyy-MM-dd HH:mm:ss.SSS"


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZZ", "2018-03-10T13:04:05.678+00:00"),
        ("yy M d H m s S", "18 3 10 13 4 5 6"),
        ("uuuu YYYY xxxx C", "2018 2018 2018 20"),
        ("EEE, dd MMM yyyy", "Sat, 10 Mar 2018"),
        ("EEEE d MMMM LL", "Saturday 10 March 03"),
        ("w e D", "10 6 69"),
        ("hh:mm a K k", "01:04 PM 1 13"),
        ("G z Z ZZZ", "AD UTC +0000 UTC"),
        ("X XXX VV", "Z Z UTC"),
        ("h 'o''clock'", "1 o'clock"),
        ("''yyyy''", "'2018'"),
        ("SSSSSSSSS", "678000000"),
        ("'open", U),
        ("q", U),
    ],
)
def test_a_moment_is_written_by_the_letters_of_a_pattern(pattern: str, written: Any) -> None:
    assert parse_time(pattern, MOMENT) == written


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("America/Belize", "07:04 CST -0600 -06:00 America/Belize"),
        ("Europe/Berlin", "14:04 CET +0100 +01:00 Europe/Berlin"),
        ("GMT-05:30", "07:34 -05:30 -0530 -05:30 -05:30"),
        ("+01", "14:04 +01:00 +0100 +01:00 +01:00"),
        ("Nowhere/At-All", U),
    ],
)
def test_a_moment_is_written_in_a_zone(zone: str, written: Any) -> None:
    assert parse_time("HH:mm z Z ZZ ZZZ", MOMENT, zone) == written


def test_midnight_and_noon_have_their_own_hours() -> None:
    assert parse_time("h K k H a", 0) == "12 0 24 0 AM"
    assert parse_time("h K k H a", 12 * 3_600_000) == "12 0 12 12 PM"


@pytest.mark.parametrize("milliseconds", [10**18, -(10**18)])
def test_a_time_outside_the_calendar_is_undefined(milliseconds: int) -> None:
    assert parse_time("yyyy", milliseconds) is U


@pytest.mark.parametrize(
    ("text", "pattern", "milliseconds"),
    [
        ("2020-04-03 09:45:18 UTC+01:00", "yyyy-MM-dd HH:mm:ss VV", 1_585_903_518_000),
        ("18 December 2015", "dd MMMM yyyy", 1_450_396_800_000),
        ("2007-12-03 10:15:30.592 America/Los_Angeles", "yyyy-MM-dd HH:mm:ss.SSS z", 1_196_705_730_592),
        ("2007-12-03 10:15:30 PST", "yyyy-MM-dd HH:mm:ss z", 1_196_705_730_000),
        ("20180310", "yyyyMMdd", 1_520_640_000_000),
        ("10/3/18 1:04 PM", "d/M/yy h:mm a", 1_520_687_040_000),
        ("10/3/18 1:04 pm", "d/M/yy h:mm a", U),
        ("10 Mar 2018 AD, Sat", "d MMM uuuu G, EEE", 1_520_640_000_000),
        ("2018 69", "yyyy D", 1_520_640_000_000),
        ("24:00", "kk:mm", 0),
        ("0:30 PM", "K:mm a", 45_000_000),
        ("1970-01-01T00:00:00-0530", "yyyy-MM-dd'T'HH:mm:ssZ", 19_800_000),
        ("1970-01-01T00:00:00Z", "yyyy-MM-dd'T'HH:mm:ssX", 0),
        ("1970-01-01T00:00:00+01", "yyyy-MM-dd'T'HH:mm:ssx", -3_600_000),
        ("00:00:01 5000000", "HH:mm:ss n", 1_005),
        ("1500", "A", 1_500),
        ("7", "L", 15_638_400_000),
        ("2020-13-01", "yyyy-MM-dd", U),
        ("2020-02-31", "yyyy-MM-dd", 1_582_934_400_000),
        ("2020-02-32", "yyyy-MM-dd", U),
        ("+12020-02-01", "yyyy-MM-dd", U),
        ("12020-02-01", "yyyy-MM-dd", U),
        ("2019 366", "yyyy DDD", U),
        ("2020 366", "yyyy DDD", 1_609_372_800_000),
        ("24:00:00", "HH:mm:ss", 86_400_000),
        ("24:00:01", "HH:mm:ss", U),
        ("13:00 PM", "hh:mm a", U),
        ("00:60", "HH:mm", U),
        ("1970-01-02 00:00", "yyyy-MM-dd HH:mm[:ss][.SSS]", 86_400_000),
        ("1970-01-02 00:00:01.5", "yyyy-MM-dd HH:mm[:ss][.S]", 86_401_500),
        ("[1970]", "'['yyyy']'", 0),
        ("1970", "[[yyyy]", U),
        ("{1970}", "{yyyy}", U),
        ("1 january 1970", "d MMMM yyyy", U),
        ("1 Jan 1970", "d MMMM yyyy", U),
        ("1 J 1970", "d MMMMM yyyy", U),
        ("Thursday 1 Jan 1970", "EEEE d MMM yyyy", 0),
        ("Friday 1 Jan 1970", "EEEE d MMM yyyy", U),
        ("Thu", "EEEEE", U),
        ("001", "ddd", U),
        ("1970 +01:00", "yyyy XXX", -3_600_000),
        ("1970 +0100", "yyyy XXX", U),
        ("1970 Z", "yyyy ZZZZZ", 0),
        ("1970 GMT+1", "yyyy O", -3_600_000),
        ("1970 +0100", "yyyy XXXXXX", U),
        ("1970 AM", "yyyy aa", U),
        ("2020-1-1", "yyyy-MM-dd", U),
        ("1 Brumaire 2020", "d MMMM yyyy", U),
        ("2020 Nowhere/X", "yyyy VV", U),
        ("2020 +19:00", "yyyy z", U),
        ("2020", "yyyy'", U),
        ("2020", "Q", U),
        ("x", "yyyy", U),
    ],
)
def test_a_text_is_read_by_the_letters_of_a_pattern(text: str, pattern: str, milliseconds: Any) -> None:
    assert time_to_epoch(text, pattern) == milliseconds


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda moment: moment.replace(tzinfo=UTC)))
def test_what_is_written_is_read_back(moment: datetime) -> None:
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert time_to_epoch(parse_time(PATTERN, milliseconds), PATTERN) == milliseconds


@given(st.text("yMdHhmsSazZXVGE'0 -:", max_size=12), st.text("0123456789 -:APMZ", max_size=12))
def test_no_pattern_makes_them_fail(pattern: str, text: str) -> None:
    for found in (parse_time(pattern, MOMENT), time_to_epoch(text, pattern)):
        assert found is U or isinstance(found, str | int)


def test_a_zone_may_have_seconds_and_at_most_18_hours() -> None:
    zone = zone_of("+01:02:03")
    assert zone is not None
    assert zone.utcoffset(None) == timedelta(hours=1, minutes=2, seconds=3)
    assert zone_of("+19") is None
    assert zone_of("+01:60") is None


def test_sql_converts_the_arguments() -> None:
    assert value("parse_time('yyyy', '1520687045678', 'UTC')") == "2018"
    assert value("parse_time('yyyy', arr)") is U
    assert value("time_to_epoch(2018, 'yyyy')") == 1_514_764_800_000
