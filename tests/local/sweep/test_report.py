"""The terminal report shows what matters, in order, and odd names cannot break it."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from rich.console import Console

from local.sweep.report import draw, show
from shared.domain.sweep import Tally, Throttling
from shared.domain.tenant import Policy, RestoreSetting, Target, TenantReading
from shared.report.summary import Summary, summarise
from shared.report.vocabulary import fix_of_blocker
from shared.rules import reasons
from tests.builders import device, tenant
from tests.report.fleets import fleet, sweep

WIDTHS = (80, 120)
FILTERED = (Target("all_devices", filtered=True),)


def summary(policy_name: str = "Lab laptops", **merged: Any) -> Summary:
    """Summarise 1,234 devices of a tenant with something of everything."""
    reading = TenantReading(
        tenant(),
        restore_setting=RestoreSetting("x", "disabled", "2026-11-01"),
        backup_policies=(Policy("1", policy_name, "EnableWindowsBackup", "enabled", FILTERED),),
    )
    devices = [
        (device(), 1_000),
        (device(has_user=False), 200),
        (device(has_user=False, join_type="hybridAzureADJoined", trust_type="ServerAd"), 30),
        (device(os_version=None), 4),
    ]
    return summarise(sweep(reading), fleet(devices, **merged), None)


def printed(shown: Summary, width: int = 120, *, terminal: bool = False) -> str:
    out = io.StringIO()
    show(shown, Console(file=out, width=width, highlight=False, force_terminal=terminal))
    return out.getvalue()


def line_with(text: str, words: str) -> str:
    return next(line for line in text.splitlines() if words in line)


def test_the_parts_come_in_the_order_of_their_importance() -> None:
    text = printed(summary())

    titles = (
        *("1,234 Windows devices", "Verdicts", "Fix first", "What blocks", "The tenant"),
        *("What could not be decided", "The first sweep"),
    )
    places = [text.index(title) for title in titles]
    assert places == sorted(places)


@pytest.mark.parametrize("width", WIDTHS)
def test_verdicts_are_told_in_devices_and_shares_for_each_capability(width: int) -> None:
    text = printed(summary(), width)

    assert re.findall(r"[\d,]+ +\d+%", line_with(text, "  eligible")) == [
        "1,000   81%",
        "1,000   81%",
        "1,000   81%",
    ]
    assert "230   19%" in line_with(text, "  ineligible")
    assert "4    0%" in line_with(text, "  unknown")


def test_on_a_narrow_terminal_words_wrap_and_figures_do_not() -> None:
    assert printed(summary(), 48).count("1,000   81%") == 6


@pytest.mark.parametrize("width", WIDTHS)
def test_fixes_that_go_together_stand_on_lines_of_their_own(width: int) -> None:
    text = printed(summary(), width)

    user, join = "Give the device a user of its own", "Join the device to Microsoft Entra"
    assert re.search(rf"{user} .*\+200 +\+200 +\+200", text)
    assert re.search(rf"\+ {join}", text)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_reason_code_is_cut_and_no_line_too_long(width: int) -> None:
    codes = [code for code, kind in reasons() if kind == "blocker"]
    shown = summary()
    many = shown.capabilities[0].blockers[0]
    for start in range(0, len(codes), 10):
        blockers = tuple(replace(many, reason=code) for code in codes[start : start + 10])
        first = replace(shown.capabilities[0], blockers=blockers)
        text = printed(replace(shown, capabilities=(first, *shown.capabilities[1:])), width)
        for code in codes[start : start + 10]:
            assert re.search(rf"(?<!\w){code}(?!\w)", text), code
        assert max(len(line) for line in text.splitlines()) <= width


def test_the_longest_code_stays_whole_beside_a_million_devices() -> None:
    longest = max(fix_of_blocker(), key=len)
    shown = summary()
    blockers = (replace(shown.capabilities[0].blockers[0], reason=longest, devices=1_000_000),)
    capabilities = tuple(replace(c, blockers=blockers) for c in shown.capabilities)

    text = printed(replace(shown, capabilities=capabilities), 80)

    assert line_with(text, longest).count("1,000,000") == 3


def test_more_reasons_than_fit_are_counted() -> None:
    codes = [code for code, kind in reasons() if kind == "blocker"]
    shown = summary()
    blockers = tuple(replace(shown.capabilities[0].blockers[0], reason=c) for c in codes[:15])
    first = replace(shown.capabilities[0], blockers=blockers)

    text = printed(replace(shown, capabilities=(first,)))

    assert "and 3 more, in summary.json" in text


@pytest.mark.parametrize(
    "name",
    ["[bold]", "[/red] [link=https://evil.example]x", ":skull:", "\\[", "x" * 300, "名前 " * 30],
)
@pytest.mark.parametrize("terminal", [False, True])
def test_names_that_look_like_markup_are_shown_as_they_are(name: str, terminal: bool) -> None:
    text = printed(summary(policy_name=name), terminal=terminal)

    shown = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert "".join(name.split()) in "".join(shown.split())
    assert "]8;" not in text.replace(name, "")


def test_names_cannot_speak_to_the_terminal_or_hide() -> None:
    text = printed(summary(policy_name="a\x1b[2Jb\u202ec\nd\x07"))

    assert r"a\x1b[2Jb\u202ec\nd\x07" in text
    assert not set(text) & set("\x1b\u202e\x07")


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("unreadable", "2,000 devices came without an id"),
        ("kept_unverified", "2,000 devices not listed"),
        ("duplicates", "2,000 devices listed more than once"),
        ("other_platforms", "2,000 devices not running Windows"),
    ],
)
def test_odd_counts_are_told_only_where_there_are_any(field: str, words: str) -> None:
    differing: dict[str, Any] = {field: 2_000}
    assert words in printed(summary(**differing))
    assert words.removeprefix("2,000") not in printed(summary())


def test_throttling_is_told_where_there_was_any() -> None:
    assert "throttled" not in printed(summary())
    assert "throttled 3 times, 1,200 s waited" in printed(
        summary(cost=Throttling(calls=9, throttled=3, waited=1_200.4))
    )


def test_one_of_a_thing_is_named_in_the_singular() -> None:
    text = printed(summarise(sweep(), fleet([(device(), 1)]), None))

    assert "1 Windows device on" in text
    assert "1 page," in text


def test_changes_are_told_with_what_they_are_due_to() -> None:
    tallies = (
        Tally("raised", "backup", "shared_or_userless", "assessed", 3),
        Tally("cleared", "restore", "join_type_unsupported", "gone", 1_500),
        Tally("reopened", "backup", "os_build_too_old", "new_device", 2),
    )
    shown = replace(
        summary(tallies=tallies, new_devices=1, gone_devices=2), previous="20261121T020000Z"
    )

    text = printed(shown)

    assert "since sweep 20261121T020000Z: 1 new device, 2 gone" in text
    assert re.search(
        r"1,500 +cleared +join_type_unsupported +Restore at enrolment +device gone", text
    )
    places = [text.index(word) for word in (" cleared ", " raised ", " reopened ")]
    assert places == sorted(places)


def test_a_sweep_that_changed_nothing_says_so() -> None:
    text = printed(replace(summary(new_devices=7), previous="20261121T020000Z"))

    assert "No blocker came or went since sweep 20261121T020000Z; 7 new devices, 0 gone." in text


def test_where_all_is_well_nothing_is_listed_as_blocking() -> None:
    text = printed(summarise(sweep(), fleet([(device(), 5)]), None))

    for title in ("Fix first", "What blocks", "The tenant", "What could not be decided"):
        assert title not in text


def test_an_empty_tenant_has_a_report() -> None:
    assert "0 Windows devices" in printed(summarise(sweep(), fleet([]), None))


def test_a_picture_is_well_formed_the_same_every_time_and_asks_nobody_for_fonts(
    tmp_path: Path,
) -> None:
    draw(summary(), tmp_path / "a.svg")
    draw(summary(), tmp_path / "b.svg")

    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "b.svg").read_text(encoding="utf-8")
    ET.fromstring(drawn)  # noqa: S314 - our own file
    assert "Fix&#160;first" in drawn
    assert "url(" not in drawn.replace("url(#", "")
