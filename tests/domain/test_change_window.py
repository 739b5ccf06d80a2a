"""A change window is open by the clock on the wall, on the nights when clocks change too."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.change_window import ChangeWindow, is_open, read_window, shown

OFFICE = "Mon-Fri 09:00-17:00 Europe/Amsterdam"
NIGHTS = "Mon,Wed,Fri 22:00-04:00 UTC"
ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
times = st.times().map(lambda t: t.replace(second=0, microsecond=0))
days = st.frozensets(st.integers(0, 6), min_size=1)
windows = st.builds(ChangeWindow, days, times, times, st.sampled_from(ZONES)).filter(
    lambda window: window.begin != window.end or window.end == time()
)


def amsterdam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Amsterdam"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "window"),
    [
        (OFFICE, ChangeWindow(frozenset(range(5)), time(9), time(17), "Europe/Amsterdam")),
        (NIGHTS, ChangeWindow(frozenset({0, 2, 4}), time(22), time(4), "UTC")),
        ("sat-MON 00:30-06:00", ChangeWindow(frozenset({5, 6, 0}), time(0, 30), time(6), "UTC")),
        (" Sun   00:00-24:00 ", ChangeWindow(frozenset({6}), time(), time(), "UTC")),
        ("Mon-Tue,Sat 20:00-00:00", ChangeWindow(frozenset({0, 1, 5}), time(20), time(), "UTC")),
        ("Wed-Wed 01:00-02:00", ChangeWindow(frozenset({2}), time(1), time(2), "UTC")),
    ],
)
def test_days_hours_and_a_time_zone_are_read(text: str, window: ChangeWindow) -> None:
    assert read_window(text) == window


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be days, hours"),
        ("Mon-Fri", "must be days, hours"),
        ("09:00-17:00", "must be days, hours"),
        ("Mon 9-17", "has the time '9'"),
        ("Mon 09:00-17:60", "has the time '17:60'"),
        ("Mon 09:00-25:00", "has the time '25:00'"),
        ("Mon 09:00-09:00", "must end after it begins"),
        ("Mon 24:00-09:00", "must end after it begins"),
        ("Mon,Funday 09:00-17:00", "has the day 'Funday'"),
        ("Mon,,Tue 09:00-17:00", "has the day ''"),
        ("Mon-Tue-Wed 09:00-17:00", "has the day 'Tue-Wed'"),
        ("Mon 09:00-17:00 Mars/Olympus", "the time zone 'Mars/Olympus', which is not known"),
        ("Mon 09:00-17:00 ../etc/passwd", "which is not known"),
        ("Mon 09:00-17:00 UTC now", "must be days, hours"),
    ],
)
def test_what_is_no_window_is_said(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        read_window(text)


@pytest.mark.parametrize(
    ("now", "is_within"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T16:59", True),
        ("2026-11-23T17:00", False),
        ("2026-11-22T12:00", False),
        ("2026-07-24T09:00", True),
    ],
)
def test_office_hours_are_those_of_their_time_zone(now: str, is_within: bool) -> None:
    assert is_open(read_window(OFFICE), amsterdam(now)) == is_within


@pytest.mark.parametrize(
    ("now", "is_within"),
    [
        ("2026-11-23T22:00", True),  # Monday
        ("2026-11-24T03:59", True),
        ("2026-11-24T04:00", False),
        ("2026-11-24T22:00", False),
        ("2026-11-25T03:00", False),
        ("2026-11-28T03:00", True),
        ("2026-11-23T03:00", False),
    ],
)
def test_what_lasts_over_midnight_counts_to_the_day_it_began(now: str, is_within: bool) -> None:
    assert is_open(read_window(NIGHTS), utc(now)) == is_within


def test_a_sunday_night_ends_on_monday() -> None:
    window = read_window("Sun 22:00-04:00")
    assert is_open(window, utc("2026-11-23T03:00"))
    assert not is_open(window, utc("2026-11-22T03:00"))


def test_a_whole_day_is_open_to_its_end() -> None:
    window = read_window("Sun 00:00-24:00")
    within = [utc("2026-11-22T00:00"), utc("2026-11-22T23:59")]
    assert [is_open(window, now) for now in within] == [True, True]
    assert not is_open(window, utc("2026-11-23T00:00"))


def test_both_hours_of_one_that_comes_twice_are_within() -> None:
    window = read_window("Sun 02:00-03:00 Europe/Amsterdam")
    autumn = utc("2026-10-25T00:00")
    assert [is_open(window, autumn + timedelta(minutes=30 * n)) for n in range(5)] == [
        *(True, True, True, True),
        False,
    ]


def test_an_hour_that_is_skipped_is_not_there() -> None:
    window = read_window("Sun 02:00-03:00 Europe/Amsterdam")
    spring = utc("2026-03-29T00:00")
    assert not any(is_open(window, spring + timedelta(minutes=n)) for n in range(0, 180, 10))


@given(windows)
def test_what_is_shown_is_read_as_the_same(window: ChangeWindow) -> None:
    assert read_window(shown(window)) == window


def test_it_is_shown_as_people_write_it() -> None:
    assert shown(read_window(OFFICE)) == OFFICE
    assert shown(read_window("Sun,Mon,Tue-Wed,Sat 20:00-00:00")) == (
        "Mon-Wed,Sat,Sun 20:00-24:00 UTC"
    )


@given(windows, moments)
def test_it_is_open_exactly_where_a_minute_of_it_was_begun(
    window: ChangeWindow, now: datetime
) -> None:
    """Count the minutes by the calendar, each day's window laid out from its beginning."""
    there = now.astimezone(ZoneInfo(window.time_zone)).replace(tzinfo=None)
    laid_out = False
    for day in (there.date() - timedelta(days=1), there.date()):
        begin = datetime.combine(day, window.begin)
        end = datetime.combine(day, window.end)
        end += timedelta(days=window.end <= window.begin)
        laid_out |= day.weekday() in window.days and begin <= there < end
    assert is_open(window, now) == laid_out


@given(windows, moments, st.sampled_from(ZONES))
def test_the_zone_in_which_the_moment_is_told_does_not_matter(
    window: ChangeWindow, now: datetime, zone: str
) -> None:
    assert is_open(window, now) == is_open(window, now.astimezone(ZoneInfo(zone)))
