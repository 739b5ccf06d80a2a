"""What is remembered of a device's blockers, and how an assessment moves it on."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shared.domain.history import (
    REMEMBERED,
    ClearedBlocker,
    History,
    OpenBlocker,
    Reason,
    Transition,
    step,
    vanish,
)

Split: TypeAlias = tuple[list[Reason], list[Reason]]
Looks: TypeAlias = list[tuple[Split, int]]

MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
BUILD: Reason = ("backup", "os_build_too_old")
USER: Reason = ("restore", "shared_or_userless")

reasons = st.sampled_from([BUILD, USER, ("backup", "edition"), ("restore", "edition")])
splits = st.dictionaries(reasons, st.booleans()).map(
    lambda chosen: (
        [r for r, on in chosen.items() if on],
        [r for r, on in chosen.items() if not on],
    )
)
"""Reasons that are open, and reasons that are held: never the same ones."""
looks = st.lists(st.tuples(splits, st.integers(0, 120)), max_size=6)
"""Assessments one after another, and the days between them."""


def after(
    assessments: Looks,
) -> tuple[History, datetime]:
    """The history that assessments lead to, and the time of the last one."""
    history, at = History(), MONDAY
    for (opened, held), days in assessments:
        at += timedelta(days=days)
        history, _ = step(history, opened, held, "assessed", at)
    return history, at


def open_in(history: History) -> set[Reason]:
    return {(b.capability, b.reason) for b in history.open}


def first_seen(history: History) -> dict[Reason, datetime]:
    dates = {(b.capability, b.reason): b.first_seen for b in history.open}
    return dates | {(b.capability, b.reason): b.first_seen for b in history.cleared}


@given(looks, splits)
def test_transitions_replayed_over_what_was_open_give_what_is_open(
    before: Looks,
    now: Split,
) -> None:
    history, at = after(before)
    following, transitions = step(history, *now, "assessed", at)
    replayed = open_in(history)
    for t in transitions:
        reason = (t.capability, t.reason)
        assert (reason in replayed) == (t.transition == "cleared")
        replayed ^= {reason}
    assert replayed == open_in(following)


@given(looks, splits)
def test_what_was_open_and_is_held_stays_open_and_nothing_else_is_opened_by_being_held(
    before: Looks,
    now: Split,
) -> None:
    history, at = after(before)
    opened, held = now
    following, _ = step(history, opened, held, "assessed", at)
    assert open_in(following) == set(opened) | (open_in(history) & set(held))
    assert {(b.capability, b.reason) for b in following.open if b.held} == open_in(history) & set(
        held
    )


@given(looks, splits, st.integers(0, 120))
def test_a_first_date_never_moves_while_it_is_remembered(
    before: Looks,
    now: Split,
    days: int,
) -> None:
    history, at = after(before)
    at += timedelta(days=days)
    following, _ = step(history, *now, "assessed", at)
    forgotten = {(b.capability, b.reason) for b in history.cleared if b.cleared <= at - REMEMBERED}
    dates = first_seen(following)
    for reason, date in first_seen(history).items():
        if reason in dates:
            assert dates[reason] == (at if reason in forgotten else date)
        else:
            assert reason in forgotten


@given(looks, splits)
def test_the_same_assessment_again_tells_nothing_and_changes_nothing(
    before: Looks,
    now: Split,
) -> None:
    history, at = after(before)
    following, _ = step(history, *now, "assessed", at)
    assert step(following, *now, "assessed", at) == (following, ())


@given(looks)
def test_a_device_that_vanishes_has_nothing_open_and_forgets_nothing(
    before: Looks,
) -> None:
    history, at = after(before)
    following, transitions = vanish(history, at)
    assert following.open == ()
    assert first_seen(following) == first_seen(history)
    assert {(t.capability, t.reason) for t in transitions} == open_in(history)
    assert {(t.transition, t.cause) for t in transitions} <= {("cleared", "gone")}


def test_a_new_blocker_is_raised_with_the_time_of_the_assessment() -> None:
    following, told = step(History(), [BUILD], [], "new_device", MONDAY)
    assert following.open == (OpenBlocker(*BUILD, MONDAY, MONDAY, held=False),)
    assert told == (Transition(*BUILD, "raised", "new_device", MONDAY, MONDAY, MONDAY),)


def test_a_blocker_that_went_is_cleared_and_says_how_long_it_stood() -> None:
    history = History(open=(OpenBlocker(*BUILD, MONDAY, MONDAY, held=True),))
    following, told = step(history, [], [], "assessed", TUESDAY)
    assert following == History(cleared=(ClearedBlocker(*BUILD, MONDAY, TUESDAY),))
    assert told == (Transition(*BUILD, "cleared", "assessed", MONDAY, MONDAY, TUESDAY),)


def test_a_held_blocker_keeps_its_dates_and_so_it_does_when_its_rule_answers_again() -> None:
    standing = OpenBlocker(*BUILD, MONDAY, MONDAY, held=False)
    held, told = step(History(open=(standing,)), [], [BUILD], "assessed", TUESDAY)
    assert (held.open, told) == ((structs.replace(standing, held=True),), ())
    again, told = step(held, [BUILD], [], "assessed", TUESDAY)
    assert (again.open, told) == ((standing,), ())


def test_a_blocker_is_reopened_as_long_as_it_is_remembered_and_raised_from_then_on() -> None:
    history = History(cleared=(ClearedBlocker(*BUILD, MONDAY, TUESDAY),))
    last = TUESDAY + REMEMBERED - timedelta(microseconds=1)
    following, [told] = step(history, [BUILD], [], "assessed", last)
    assert (told.transition, told.first_seen, told.since) == ("reopened", MONDAY, last)
    assert following.cleared == ()

    _, [told] = step(history, [BUILD], [], "assessed", TUESDAY + REMEMBERED)
    assert (told.transition, told.first_seen) == ("raised", TUESDAY + REMEMBERED)


def test_a_cleared_blocker_is_forgotten_in_the_end() -> None:
    history = History(cleared=(ClearedBlocker(*BUILD, MONDAY, TUESDAY),))
    assert step(history, [USER], [], "assessed", TUESDAY + REMEMBERED)[0].cleared == ()
