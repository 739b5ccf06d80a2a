"""One device's story is told whole, and in its own words."""

import io
import re
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.console import Console

from local import explain
from local.explain import tell
from shared.domain.assessment import Assessment
from shared.domain.history import OpenBlocker
from shared.domain.story import Story
from shared.use_cases.explain_device import Explanation
from tests.builders import device, judged, tenant

SUNDAY = datetime(2026, 11, 22, 2, tzinfo=UTC)
OLD_BUILD = judged(device(os_version="10.0.26100.1000"))


def story(assessment: Assessment = OLD_BUILD, **differing: Any) -> Story:
    values: dict[str, Any] = {
        "id": "00259f92",
        "name": "NYC-LT-1",
        "entra_id": "2d494672",
        "user_name": "ada@contoso.example",
        "serial": "PF1",
        "manufacturer": "LENOVO",
        "model": "21HM",
        "os_version": "10.0.26100.1000",
        "enrolled": None,
        "last_sync": datetime(2026, 11, 21, 10, 30, tzinfo=UTC),
        "assessment": assessment,
        "open": (),
    }
    return Story(**(values | differing))


def told(*stories: Story, more: bool = False, width: int = 100, terminal: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out, width=width, highlight=False, markup=False, emoji=False, force_terminal=terminal
    )
    tell(Explanation(SUNDAY, stories, more), console)
    return out.getvalue()


def words(text: str) -> str:
    return " ".join(text.split())


def test_it_tells_who_the_device_is_and_as_of_when() -> None:
    text = words(told(story()))

    for expected in (
        *("NYC-LT-1", "id 00259f92", "Entra device id 2d494672", "serial PF1"),
        *("user ada@contoso.example", "model LENOVO 21HM", "Windows 10.0.26100.1000"),
        *("last sync 2026-11-21 10:30 UTC", "as of the sweep of 2026-11-22 02:00 UTC"),
    ):
        assert expected in text


def test_a_device_that_was_read_again_is_told_as_of_then() -> None:
    ten = datetime(2026, 11, 22, 10, 15, 7, tzinfo=UTC)

    assert (
        "as of 2026-11-22 10:15:07 UTC, when it was read again after the sweep of 2026-11-22 02:00"
        in words(told(story(reassessed=ten), width=140))
    )


def test_what_is_not_known_of_the_device_takes_no_line() -> None:
    nobody = story(user_name=None, serial=None, manufacturer=None, model=None, last_sync=None)

    text = told(nobody)

    for name in ("user ", "serial", "model", "last sync"):
        assert f"  {name}" not in text.split("Backup:")[0]


def test_a_device_without_a_name_goes_by_its_id() -> None:
    assert told(story(name=None)).startswith("00259f92 ──")


def test_each_capability_has_both_answers() -> None:
    no_policy = judged(device(backup_policy="disabled"))

    text = told(story(no_policy))

    assert "Backup: eligible, ready: no" in text
    assert "Restore at enrolment: eligible, ready: yes" in text
    assert "Restore at first sign-in: eligible, ready: yes" in text


def test_a_blocker_is_told_with_what_was_seen_what_is_needed_why_how_and_where_it_stands() -> None:
    backup = words(told(story()).split("Restore at enrolment:")[0])

    (blocker,) = OLD_BUILD.backup.blockers
    assert "blocks os_build_too_old" in backup
    assert f"on build {blocker.observed}; needed is {blocker.required}" in backup
    assert "why: " in backup
    assert "fix: Install the latest cumulative update. " in backup
    assert re.search(r"source: Microsoft Intune: .*, 2025-08-18", backup)


def test_a_value_that_the_sentence_leaves_out_is_told_beside_it() -> None:
    text = words(told(story(judged(tenant_facts=tenant(cloud="dod")))))

    assert "where the feature is not offered. required: " in text


def test_a_blocker_that_nothing_on_the_device_removes_says_what_to_do_instead() -> None:
    text = words(told(story(judged(device(operating_system="macOS")))))

    assert "fix: Leave other platforms and servers out" in text


def test_a_reason_is_explained_once_and_named_for_every_capability() -> None:
    text = told(story(judged(device(has_user=False))))

    assert text.count("blocks   shared_or_userless") == 3
    assert text.count("fix: Give the device a user of its own") == 1


def test_blockers_come_before_what_is_unknown_and_before_notes() -> None:
    mixed = judged(
        device(esp_quality_updates=False, has_backup_profile=False, join_type=None, trust_type=None)
    )
    restore = told(story(mixed)).split("Restore at enrolment:")[1].split("Restore at first")[0]

    marks = re.findall(r"^  (blocks|unknown|note) ", restore, re.MULTILINE)
    assert marks == sorted(marks, key=["blocks", "unknown", "note"].index)
    assert set(marks) == {"blocks", "unknown", "note"}


def test_a_blocker_is_dated_and_an_earlier_first_time_is_told() -> None:
    first, since = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    again = OpenBlocker("backup", "os_build_too_old", first, since, held=False)
    new = OpenBlocker("restore", "os_build_too_old", since, since, held=False)

    text = told(story(open=(again, new)))

    assert text.count("os_build_too_old, since 2026-11-20") == 2
    assert text.count("os_build_too_old, since 2026-11-20 (first seen 2026-10-01)") == 1


def test_a_blocker_that_could_not_be_looked_at_again_is_told_as_held() -> None:
    since = datetime(2026, 11, 20, tzinfo=UTC)
    held = OpenBlocker("backup", "os_build_too_old", since, since, held=True)
    unread = judged(device(os_version=None))

    text = words(told(story(unread, open=(held,))))

    assert "held os_build_too_old, since 2026-11-20 What it depends on could not be read" in text


@pytest.mark.parametrize("name", ["[bold]x", "[/]", ":skull:", "[link=https://evil.example]x"])
def test_names_that_look_like_markup_are_shown_as_they_are(name: str) -> None:
    text = told(story(name=name, user_name=name), terminal=True)

    assert re.sub(r"\x1b\[[\d;]*m", "", text).count(name) == 2


def test_names_cannot_speak_to_the_terminal() -> None:
    text = told(story(name="a\x1b[2J", model="b\u202ec", id="d\ne"))

    assert r"a\x1b[2J" in text
    assert r"b\u202ec" in text
    assert r"d\ne" in text
    assert not set(text) & set("\x1b\u202e")


@pytest.mark.parametrize("width", [80, 120])
def test_what_does_not_fit_goes_on_below_its_beginning(width: int) -> None:
    lines = told(story(), width=width).splitlines()

    assert max(map(len, lines)) <= width
    *_, why = (n for n, line in enumerate(lines) if "why: " in line)
    assert lines[why + 1].startswith(" " * 11)


def test_more_matches_than_are_told_are_mentioned() -> None:
    assert "Others match too" in told(story(), more=True)
    assert "Others match too" not in told(story())


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, Explanation | None]:
    """What storage answers, by what is asked for."""
    answers: dict[str, Explanation | None] = {}

    async def explanation(wanted: str, _: str) -> Explanation | None:
        return answers[wanted]

    monkeypatch.setattr(explain, "connected", lambda: nullcontext("a connection"))
    monkeypatch.setattr(explain, "_explanation", explanation)
    return answers


@pytest.mark.parametrize("asked", [["nyc"], ["-dash-0000021"], ["--name"], ["--", "-h"]])
def test_a_device_that_is_found_ends_with_status_0_whatever_its_name_begins_with(
    stored: dict[str, Explanation | None], capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    stored[asked[-1]] = Explanation(SUNDAY, (story(),), more=False)

    assert explain.main(asked) == 0
    assert "NYC-LT-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "There is no snapshot yet"),
        (Explanation(SUNDAY, (), more=False), r"matches '[x] \x1b:skull:'"),
    ],
)
def test_nothing_to_tell_ends_with_status_1_and_says_why(
    stored: dict[str, Explanation | None],
    capsys: pytest.CaptureFixture[str],
    answer: Explanation | None,
    said: str,
) -> None:
    stored["[x] \x1b:skull:"] = answer

    assert explain.main(["[x] \x1b:skull:"]) == 1
    assert said in capsys.readouterr().out
