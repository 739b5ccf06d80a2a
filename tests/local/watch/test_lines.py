"""An event is one line, in words an administrator knows, and strangers' text stays text."""

import re
from datetime import UTC, datetime

import pytest

from local.sweep.report import CAUSES
from local.watch.events import DeviceChanged, SweepMade, Trouble
from local.watch.lines import WORDS, Tally, line
from shared.domain.feed import Actor
from shared.domain.history import Cause, Change
from shared.rules import rules_by_reason
from tests.local.watch.stage import REASON, TEN, tenant_change, transition

AT = datetime(2026, 11, 22, 10, 15, 7, tzinfo=UTC)


def changed(
    change: Change = "raised", cause: Cause = "assessed", name: str | None = "NYC-LT-1"
) -> DeviceChanged:
    return DeviceChanged("00259f92", name, transition(AT, change, cause))


@pytest.mark.parametrize(
    ("change", "word"),
    [("raised", "blocked"), ("cleared", "cleared"), ("reopened", "blocked again")],
)
def test_a_transition_names_time_device_what_happened_where_and_why(
    change: Change, word: str
) -> None:
    title = rules_by_reason()[REASON, "blocker"].title

    text = " ".join(line(changed(change), UTC).plain.split())

    assert text == f"10:15:07 NYC-LT-1 {word} Backup: {REASON} needed: {title}"


def test_what_blocks_is_red_and_what_is_cleared_green() -> None:
    assert {change: style for change, (_, style) in WORDS.items()} == {
        "raised": "red",
        "cleared": "green",
        "reopened": "bold red",
    }
    assert "green" in [span.style for span in line(changed("cleared")).spans]


@pytest.mark.parametrize(
    ("cause", "words"),
    [("re_enrolled", "re-enrolled"), ("gone", "device gone"), ("new_device", "new device")],
)
def test_a_cause_beside_the_device_itself_is_told(cause: Cause, words: str) -> None:
    assert CAUSES[cause] == words
    assert line(changed(cause=cause)).plain.endswith(f"  {words}")


def test_a_device_without_a_name_goes_by_its_id() -> None:
    assert "00259f92" in line(changed(name=None)).plain


def test_a_reason_that_no_rule_knows_any_more_is_told_by_its_code() -> None:
    event = DeviceChanged("1", "PC", transition(AT, reason="a_former_reason"))

    assert line(event).plain.endswith("Backup: a_former_reason")


def test_a_name_can_neither_break_the_line_nor_speak_to_the_terminal() -> None:
    text = line(changed(name="[bold]a\x1b[2J\nb")).plain

    assert r"[bold]a\x1b[2J\nb" in text
    assert not re.search(r"[\x1b\n]", text)


def test_a_sweep_is_told_with_its_devices() -> None:
    text = line(SweepMade("20261122T020000Z", AT, 2000, None), UTC).plain

    assert text == "10:15:07  Sweep 20261122T020000Z is complete: 2,000 devices."


def test_a_change_of_the_tenant_says_what_differs_and_who_did_it() -> None:
    change = tenant_change(AT, name="Wo\u202erk", who=Actor("ada@contoso.example", None, None, AT))

    assert line(change, UTC).plain == (
        r"10:15:07  The tenant: backup policy 'Wo\u202erk' was changed: value is disabled, was"
        " enabled, by ada@contoso.example."
    )


def test_trouble_is_told_with_its_reason() -> None:
    assert line(Trouble("blob storage failed")).plain.endswith("again: blob storage failed")


def test_the_tally_counts_what_happened_and_on_how_many_devices() -> None:
    tally = Tally()
    for event in (changed(), changed("cleared"), changed("cleared"), tenant_change(TEN)):
        tally.add(event)

    assert str(tally) == "1 blocked, 2 cleared, on 1 device."
    assert str(Tally()) == "No device has changed."
