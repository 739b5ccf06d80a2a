import itertools
import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from local.host.ncrontab import Ncrontab
from shared.errors import InputError

START = datetime(2026, 11, 22, 6, 30, 15, tzinfo=UTC)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    ends = st.lists(number, min_size=2, max_size=2, unique=True).map(sorted)
    span = ends.map(lambda two: f"{two[0]}-{two[1]}")
    base = st.one_of(st.just("*"), span)
    step = st.integers(2, 70)
    stepped = st.tuples(base, step).map(lambda parts: f"{parts[0]}/{parts[1]}")
    open_step = st.tuples(number, step).map(lambda parts: f"{parts[0]}/{parts[1]}")
    atom = st.one_of(base, number.map(str), stepped, open_step)
    return st.lists(atom, min_size=1, max_size=2).map(",".join)


def values(text: str, low: int, high: int) -> set[int]:
    found = set()
    for atom in text.split(","):
        base, _, step = atom.partition("/")
        first, _, last = (f"{low}-{high}" if base == "*" else base).partition("-")
        end = int(last or (high if step else first))
        found |= {
            n
            for n in range(low, high + 1)
            if int(first) <= n <= end and (n - int(first)) % int(step or 1) == 0
        }
    return found


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    field(0, 59), field(0, 59), field(0, 23),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)  # fmt: skip
def test_the_next_time_of_day_is_that_of_a_slow_clock(
    second: str, minute: str, hour: str, start: datetime
) -> None:
    """A clock that ticks through seconds, minutes and hours meets the same moment first."""
    start = start.replace(tzinfo=UTC)
    expected = start.replace(microsecond=0) + timedelta(seconds=1)
    seconds, minutes, hours = values(second, 0, 59), values(minute, 0, 59), values(hour, 0, 23)
    while expected.hour not in hours or expected.minute not in minutes:
        expected = expected.replace(second=0) + timedelta(minutes=1)
    while expected.second not in seconds:
        expected += timedelta(seconds=1)
        while expected.hour not in hours or expected.minute not in minutes:
            expected = expected.replace(second=0) + timedelta(minutes=1)
    assert Ncrontab(f"{second} {minute} {hour} * * *").next_after(start) == expected


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    field(1, 31), field(1, 12), field(0, 6),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)  # fmt: skip
def test_the_next_day_is_that_of_a_slow_calendar(
    day: str, month: str, weekday: str, start: datetime
) -> None:
    """Day of month AND day of week: a calendar turned day by day finds the same day first."""
    start = start.replace(tzinfo=UTC)
    days, months, weekdays = values(day, 1, 31), values(month, 1, 12), values(weekday, 0, 6)
    assume(min(days) < 29)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    expected = next(
        at
        for ahead in itertools.count()
        if (at := midnight + timedelta(days=ahead, hours=2)) > start
        and at.day in days
        and at.month in months
        and at.isoweekday() % 7 in weekdays
    )
    assert Ncrontab(f"0 0 2 {day} {month} {weekday}").next_after(start) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 2 * * *", "2026-11-23T02:00:00"),
        ("0 2 * * *", "2026-11-23T02:00:00"),
        ("*/10 * * * * *", "2026-11-22T06:30:20"),
        ("15 30 6 * * *", "2026-11-23T06:30:15"),
        ("0 0 12 13 * FRI", "2027-08-13T12:00:00"),
        ("0 0 0 29 feb *", "2028-02-29T00:00:00"),
        ("0 0 0 29 2 Mon", "2044-02-29T00:00:00"),
        ("0 5/15 * * * *", "2026-11-22T06:35:00"),
        ("0 59/15 * * * *", "2026-11-22T06:59:00"),
        ("0 0 0 31 * *", "2026-12-31T00:00:00"),
        ("0 0 0 * JAN-mar/2 mon-5", "2027-01-01T00:00:00"),
    ],
)
def test_an_expression_fires_when_azure_fires_it(expression: str, expected: str) -> None:
    assert Ncrontab(expression).next_after(START).replace(tzinfo=None).isoformat() == expected


@pytest.mark.parametrize("zone", [None, UTC, ZoneInfo("Europe/Amsterdam")])
def test_an_occurrence_is_in_the_time_zone_of_the_moment(zone: tzinfo | None) -> None:
    found = Ncrontab("0 0 2 * * *").next_after(datetime(2026, 11, 22, 6, 30, tzinfo=zone))
    assert found == datetime(2026, 11, 23, 2, tzinfo=zone)
    assert found.tzinfo == zone


@pytest.mark.parametrize(
    "expression",
    [
        "", "@daily", "* * * *", "0 0 0 1 1 * 2027", "0 0 0 L * *", "0 0 0 ? * MON",
        "0 0 0 * * 5#2", "0 0 0 * * 7", "0 0 0 15W * *", "60 * * * * *", "0 0 24 * * *",
        "0 0 0 0 * *", "0 0 0 * 13 *", "0 */0 * * * *", "0 0 0 31 2 *", "00:05:00",
        "0 0 0 * * MON-", "0 0 ² * * *", "-1 * * * * *", "0 0 0 * mon *", "0 0 0 * * monday",
        "0 0 R * * *", "0 0 0 * * L5", "0 0 0 W15 * *", "0 0 0 1,, * *", "0 0 0 32/2 * *",
    ],
)  # fmt: skip
def test_what_azure_refuses_or_never_fires_is_refused(expression: str) -> None:
    with pytest.raises(InputError, match="the schedule"):
        Ncrontab(expression)


@pytest.mark.parametrize(
    ("expression", "advice"),
    [
        ("0 40/1 * * * *", "has '40/1' as its minute; write 40"),
        ("0 0 0 * * 0-0", "has '0-0' as its day of the week; write a range from the lower"),
        ("0 0 22-20 * * *", "has '22-20' as its hour; write a range from the lower"),
        ("0 0 0 * * fri-mon/2", "has 'fri-mon/2' as its day of the week; write a range"),
        ("0 0 0 * * 7", "has '7' as its day of the week; write 0 to 6 or sun to sat"),
        ("0 0 0 ? * MON", r"has '\?' as its day; write \*"),
        ("0 0 0 1 1 * 2027", "has 7 fields; write six"),
        ("0 0 0 31 2 *", "never fires; write a day that its months have"),
    ],
)
def test_a_refusal_says_what_to_write_instead(expression: str, advice: str) -> None:
    with pytest.raises(InputError, match=f"the schedule '{re.escape(expression)}' {advice}"):
        Ncrontab(expression)
