"""Counts, spans, times, reasons and links read the same in every format."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.report.render.links import Links
from shared.report.render.reason_words import WORDS, blocker, short
from shared.report.render.words import ability, counted, difference, listed, moment, span
from shared.report.vocabulary import fix_of_blocker


def test_one_is_singular_and_thousands_have_commas() -> None:
    assert [counted(n, "device") for n in (0, 1, 1_200)] == [
        "0 devices",
        "1 device",
        "1,200 devices",
    ]


def test_lists_read_as_in_a_sentence() -> None:
    assert [listed(list(words)) for words in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_restore_at_first_sign_in_goes_without_saying_where_restore_is_named() -> None:
    assert ability(("first_sign_in_restore", "restore", "backup")) == "back up or restore"
    assert ability(("first_sign_in_restore",)) == "restore at first sign-in"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC", "6 Nov 2026, 23:30 UTC"), ("Europe/Berlin", "7 Nov 2026, 00:30 CET")],
)
def test_times_are_those_of_the_channel(zone: str, shown: str) -> None:
    assert moment(datetime(2026, 11, 6, 23, 30, tzinfo=UTC), zone) == shown


def test_spans_are_in_the_unit_that_fits_at_least_twice() -> None:
    hours = (1, 2, 47, 48, 24_000)
    shown = [span(timedelta(hours=h)) for h in hours]
    assert shown == [None, "2 hours", "47 hours", "2 days", "1,000 days"]


def test_a_figure_says_how_it_moved_where_there_is_a_yesterday() -> None:
    moved = [difference(10, before) for before in (None, 10, 4, 13)]
    assert moved == ["", " (±0)", " (+6)", " (−3)"]


def test_every_blocker_has_words_and_no_word_is_left_of_a_blocker_that_is_gone() -> None:
    assert set(WORDS) == set(fix_of_blocker())


def test_a_reason_of_another_version_is_read_from_its_code() -> None:
    assert short("battery_too_old") == "battery too old"
    assert blocker("battery_too_old") is None


def test_no_device_id_can_lead_elsewhere() -> None:
    link = Links().device("../x?y#)[z](http://evil.example)")
    assert link.endswith("/mdmDeviceId/..%2Fx%3Fy%23%29%5Bz%5D%28http%3A%2F%2Fevil.example%29")


def test_what_does_not_fit_is_read_on_in_the_dashboard_or_in_intune() -> None:
    assert Links("https://d.example").more == "https://d.example"
    assert Links().more == Links().devices
