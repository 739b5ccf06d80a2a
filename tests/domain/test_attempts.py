from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.attempts import (
    LONGEST_HOLD,
    LONGEST_PAUSE,
    LONGEST_TRY,
    LOOK_AGAIN,
    PAUSES,
    again,
    begun,
    ended,
    has_died,
    held_until,
    in_doubt,
    may_have_arrived,
    pause,
    settled,
    waits_until,
)
from shared.domain.delivery import UNKNOWN_WINDOW, Attempt, Delivery

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PENDING = Delivery("d1", "teams", "pending", NOON)
BEGUN = begun(PENDING, NOON)


def test_a_try_is_in_the_record_before_it_ends() -> None:
    assert Delivery("d1", "teams", "sending", NOON, (Attempt(NOON, "sending"),)) == BEGUN
    assert ended(BEGUN, "sent", "sent", status=202).attempts == (Attempt(NOON, "sent", 202),)


def test_a_try_makes_an_old_trouble_forgotten_and_not_what_became_of_it() -> None:
    failed = ended(BEGUN, "failed", "refused", status=404, wrong="gone")
    tried = begun(again(failed, NOON), NOON)
    assert (tried.state, tried.wrong, tried.not_before) == ("sending", None, None)
    assert [each.outcome for each in tried.attempts] == ["refused", "replayed", "sending"]


def test_a_try_is_dead_once_it_can_no_longer_be_under_way() -> None:
    assert not has_died(BEGUN, NOON + LONGEST_TRY - timedelta(seconds=1))
    assert has_died(BEGUN, NOON + LONGEST_TRY)
    assert not has_died(ended(BEGUN, "sent", "sent"), NOON + LONGEST_TRY)


def test_a_doubt_is_left_alone_for_its_window_and_counted() -> None:
    doubtful = in_doubt(BEGUN, 504)
    assert waits_until(doubtful, NOON) == NOON + UNKNOWN_WINDOW
    assert may_have_arrived(doubtful) == 1
    assert may_have_arrived(in_doubt(begun(doubtful, NOON))) == 2
    assert may_have_arrived(settled(PENDING, "failed", "no such channel", NOON)) == 0


def test_what_nobody_is_at_may_be_tried_at_once() -> None:
    assert waits_until(PENDING, NOON) == NOON
    assert waits_until(BEGUN, NOON) == NOON + LONGEST_TRY


def test_a_digest_waits_until_the_one_before_it_is_settled() -> None:
    later = NOON + timedelta(hours=1)
    waiting = ended(BEGUN, "pending", "throttled", not_before=later)
    assert held_until(PENDING, NOON) == held_until(BEGUN, NOON) == NOON + LOOK_AGAIN
    assert held_until(waiting, NOON) == later
    for state in ("sent", "failed"):
        assert held_until(ended(BEGUN, state, state), NOON) == NOON
    assert held_until(None, NOON) == NOON


def test_a_digest_waits_no_longer_than_a_day_for_one_that_may_be_lost() -> None:
    end = NOON + LONGEST_HOLD
    assert held_until(PENDING, end - LOOK_AGAIN) == end
    assert held_until(PENDING, end) == end


@given(
    tries=st.integers(1, 2 * len(PAUSES)),
    asked=st.timedeltas(timedelta(), timedelta(days=30)),
)
def test_a_pause_is_never_shorter_than_was_asked_for_nor_than_the_one_before(
    tries: int, asked: timedelta
) -> None:
    wait, next_wait = pause(tries, asked), pause(tries + 1, asked)
    if tries > len(PAUSES):
        assert wait is None
        return
    assert wait is not None
    assert min(asked, LONGEST_PAUSE) <= wait <= LONGEST_PAUSE
    assert next_wait is None or next_wait >= wait
