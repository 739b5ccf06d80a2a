"""Which word is due, and how what was told is named."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.history import Change
from shared.domain.telling import Open, Terms, Told, due, told_name

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = Terms(flap_window=24 * HOUR)
RAISED = Open(NOW - 3 * HOUR, NOW - 3 * HOUR)
AGAIN = Open(NOW - 90 * HOUR, NOW - 3 * HOUR)


def clear(hours: int) -> Told:
    return Told("clear", NOW - hours * HOUR)


def word(told: Told | None, open: Open | None, grace: timedelta = HOUR) -> Change | None:
    return due(told, open, grace, TERMS, NOW)


def test_a_blocker_is_told_once() -> None:
    assert word(None, RAISED) == "raised"
    assert word(Told("blocked", NOW), RAISED) is None


def test_an_all_clear_is_for_those_who_were_told() -> None:
    assert word(Told("blocked", NOW - HOUR), None) == "cleared"
    assert word(clear(90), None) is None
    assert word(None, None) is None


def test_a_blocker_that_was_open_once_is_reopened_told_or_not() -> None:
    assert word(None, AGAIN) == "reopened"
    assert word(clear(90), RAISED) == "reopened"


@pytest.mark.parametrize(("grace", "expected"), [(3, "raised"), (4, None)])
def test_a_blocker_younger_than_its_grace_is_not_told(grace: int, expected: str | None) -> None:
    assert word(None, RAISED, grace * HOUR) == expected


@pytest.mark.parametrize(("hours", "expected"), [(23, None), (24, "reopened")])
def test_a_blocker_back_within_the_flap_window_waits_for_its_end(
    hours: int, expected: str | None
) -> None:
    assert word(clear(hours), AGAIN) == expected


def test_an_exempt_blocker_is_not_told_but_cleared_when_it_was() -> None:
    exempt = Open(RAISED.first_seen, RAISED.since, exempt=True)
    assert word(None, exempt) is None
    assert word(Told("blocked", NOW - HOUR), exempt) is None
    assert word(Told("blocked", NOW - HOUR), None) == "cleared"


def test_names_sort_by_number_and_differ_by_composer() -> None:
    assert told_name(9, "z") < told_name(10, "") < told_name(10, "a") < told_name(11, "")
