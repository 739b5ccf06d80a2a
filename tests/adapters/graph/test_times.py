from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.adapters.graph.times import read_time, write_time

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T12:00:00", NOON),
        ("2026-11-22T14:00:00+02:00", NOON),
        ("2026-11-22T12:00:00.7023255Z", NOON.replace(microsecond=702325)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+02:00", None),
        ("soon", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_times_are_read_in_utc_and_what_is_none_is_none(text: Any, time: datetime | None) -> None:
    assert read_time(text) == time


def test_a_time_is_written_in_utc_and_never_later_than_it_is() -> None:
    east = timezone(timedelta(hours=2))
    assert write_time(datetime(2026, 11, 22, 14, 0, 0, 999_999, east)) == "2026-11-22T12:00:00Z"
