"""A channel is left alone in its quiet hours, on the nights when clocks change too."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain.quiet import awake_at
from shared.domain.routes import QuietHours

BERLIN = "Europe/Berlin"
NIGHT = QuietHours(time(22), time(6))
NOON = QuietHours(time(12), time(13, 30))
ZONES = ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
MINUTE = timedelta(minutes=1)
MINUTES_A_DAY = 24 * 60
MOST_MINUTES = 2 * MINUTES_A_DAY
"""A day that is skipped altogether, as on Samoa, and another one."""

times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
changes = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from([
        datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC),
        datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC),
        datetime(2026, 4, 4, tzinfo=UTC), datetime(2011, 12, 30, tzinfo=UTC),
    ]),
    st.integers(-720, 1440),
)  # fmt: skip


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(BERLIN))


@pytest.mark.parametrize(
    ("quiet", "now", "awake"),
    [
        (None, "2026-11-22T23:00", "2026-11-22T23:00"),
        (NIGHT, "2026-11-22T21:59", "2026-11-22T21:59"),
        (NIGHT, "2026-11-22T22:00", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T00:00", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T05:59", "2026-11-23T06:00"),
        (NIGHT, "2026-11-23T06:00", "2026-11-23T06:00"),
        (NOON, "2026-11-22T12:45", "2026-11-22T13:30"),
        (NOON, "2026-11-22T13:30", "2026-11-22T13:30"),
        (NOON, "2026-11-22T11:59", "2026-11-22T11:59"),
        (QuietHours(time(6), time(6)), "2026-11-22T06:00", "2026-11-22T06:00"),
        (NIGHT, "2026-03-28T23:00", "2026-03-29T06:00"),
        (NIGHT, "2026-10-24T23:00", "2026-10-25T06:00"),
    ],
)
def test_quiet_lasts_until_its_end_by_the_clock_on_the_wall(
    quiet: QuietHours | None, now: str, awake: str
) -> None:
    assert awake_at(quiet, BERLIN, berlin(now)) == berlin(awake).astimezone(UTC)


def test_the_moment_is_told_in_utc() -> None:
    awake = awake_at(NIGHT, BERLIN, berlin("2026-11-22T23:00"))
    assert str(awake) == "2026-11-23 05:00:00+00:00"
    assert str(awake_at(None, BERLIN, berlin("2026-11-22T23:00"))) == "2026-11-22 22:00:00+00:00"


def test_a_night_is_an_hour_shorter_or_longer_when_clocks_change() -> None:
    for now, hours in (("2026-03-28T22:00", 7), ("2026-10-24T22:00", 9), ("2026-11-22T22:00", 8)):
        asked = berlin(now).astimezone(UTC)
        assert awake_at(NIGHT, BERLIN, asked) - asked == timedelta(hours=hours)


def test_an_end_that_the_clock_skips_is_later_by_as_much() -> None:
    quiet = QuietHours(time(22), time(2, 30))
    awake = awake_at(quiet, BERLIN, berlin("2026-03-29T01:00"))
    assert awake == berlin("2026-03-29T03:30").astimezone(UTC)


def test_of_an_end_that_comes_twice_the_next_one_counts() -> None:
    quiet = QuietHours(time(22), time(2, 30))
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert awake_at(quiet, BERLIN, first - 20 * MINUTE) == first
    assert awake_at(quiet, BERLIN, second - 20 * MINUTE) == second


@given(st.builds(QuietHours, times, times), st.sampled_from(ZONES), moments | changes)
@example(QuietHours(time(3), time(2, 30)), BERLIN, datetime(2026, 3, 29, 0, 30, tzinfo=UTC))
@example(QuietHours(time(2, 1), time(0)), BERLIN, datetime(2026, 10, 25, 0, 1, tzinfo=UTC))
def test_quiet_ends_when_the_clock_next_shows_its_end_or_a_little_later_where_it_never_does(
    quiet: QuietHours, zone: str, now: datetime
) -> None:
    def wall(moment: datetime) -> time:
        return moment.astimezone(ZoneInfo(zone)).time()

    def is_quiet(moment: datetime) -> bool:
        if quiet.begin <= quiet.end:
            return quiet.begin <= wall(moment) < quiet.end
        return not quiet.end <= wall(moment) < quiet.begin

    awake = awake_at(quiet, zone, now)
    waited = [now + n * MINUTE for n in range(int((awake - now) / MINUTE))]
    assert not is_quiet(awake)
    assert bool(waited) == is_quiet(now)
    assert quiet.end not in map(wall, waited)
    assert len(waited) <= MOST_MINUTES
    if waited and wall(awake) != quiet.end:
        day_before = (awake - n * MINUTE for n in range(MINUTES_A_DAY))
        assert quiet.end not in map(wall, day_before)
