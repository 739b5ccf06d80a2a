"""When people hear of changes: soon after a quiet time, and not more often than they like."""

from datetime import UTC, datetime, timedelta

from shared.domain.window import LOST, SOON, Window

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def test_the_first_change_after_a_quiet_time_is_told_soon() -> None:
    assert Window().next_end(NOW, QUARTER) == NOW + SOON
    assert Window(closed=NOW - timedelta(hours=1)).next_end(NOW, QUARTER) == NOW + SOON


def test_the_next_changes_wait_until_the_last_telling_is_long_enough_ago() -> None:
    closed = NOW - timedelta(minutes=3)
    assert Window(closed=closed).next_end(NOW, QUARTER) == closed + QUARTER


def test_an_open_window_takes_in_whatever_comes() -> None:
    assert Window(until=NOW + SOON).next_end(NOW, QUARTER) is None
    assert Window(until=NOW - LOST).next_end(NOW, QUARTER) is None


def test_a_window_that_nobody_closed_is_opened_anew() -> None:
    forgotten = Window(until=NOW - LOST - timedelta(seconds=1), closed=NOW - timedelta(hours=1))
    assert forgotten.next_end(NOW, QUARTER) == NOW + SOON
