"""The merge folds in what was assessed again since the last snapshot."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.domain.history import Transition
from shared.domain.known_device import KnownDevice
from tests.adapters.storage.merges import (
    FINE,
    MONDAY,
    OLD_BUILD,
    SHARED,
    TUESDAY,
    causes,
    changes,
    entry,
    merged,
    merging,
    naive,
    table,
    written,
)
from tests.adapters.storage.pages import SYNC, page_lines

NOON = MONDAY + timedelta(hours=10)
BEFORE_NOON, AFTER_NOON = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
LATER_SYNC, EARLIER_SYNC = "2026-11-21T10:00:00.5Z", "2026-11-21T09:00:00Z"
RAISED = Transition("backup", "os_build_too_old", "raised", "assessed", NOON, NOON, NOON)


@pytest.fixture
async def monday(tmp_path: Path) -> Path:
    """A snapshot of three devices that are all well."""
    await merged(tmp_path / "monday", MONDAY, {"1": FINE, "2": FINE, "3": FINE})
    return tmp_path / "monday"


async def backup_of_1(
    monday: Path, overlay: Sequence[KnownDevice], *, read_at: datetime, sync: str = SYNC
) -> tuple[list[str], list[str]]:
    """Merge a page on which 1 is well; return its verdict, if any, and what is outdated."""
    folder = monday.parent / "tuesday"
    page = page_lines(1, {"1": FINE}, read_at=read_at, last_sync=sync)
    rest = page_lines(2, {"2": FINE, "3": FINE})
    async with merging(folder, page, rest, previous=monday, overlay=overlay) as merge:
        assert await merge.missing() == []
        outdated = await merge.outdated()
        await written(merge, TUESDAY)
    rows = table(folder, "devices", "id, backup_verdict")
    return [verdict for id, verdict in rows if id == "1"], outdated


async def test_a_page_read_after_the_overlay_wins(monday: Path) -> None:
    overlay = [entry("1", OLD_BUILD, NOON)]
    assert await backup_of_1(monday, overlay, read_at=AFTER_NOON) == (["eligible"], [])


async def test_a_page_read_before_the_overlay_loses(monday: Path) -> None:
    overlay = [entry("1", OLD_BUILD, NOON)]
    assert await backup_of_1(monday, overlay, read_at=BEFORE_NOON) == (["ineligible"], ["1"])


async def test_a_page_read_at_the_same_moment_loses(monday: Path) -> None:
    overlay = [entry("1", OLD_BUILD, NOON)]
    assert await backup_of_1(monday, overlay, read_at=NOON) == (["ineligible"], ["1"])


async def test_a_page_that_knows_a_later_sync_wins_though_it_was_read_before(monday: Path) -> None:
    overlay = [entry("1", OLD_BUILD, NOON)]
    answer = await backup_of_1(monday, overlay, read_at=BEFORE_NOON, sync=LATER_SYNC)
    assert answer == (["eligible"], [])


async def test_a_page_from_an_old_copy_loses_though_it_was_read_later(monday: Path) -> None:
    overlay = [entry("1", OLD_BUILD, NOON)]
    answer = await backup_of_1(monday, overlay, read_at=AFTER_NOON, sync=EARLIER_SYNC)
    assert answer == (["ineligible"], ["1"])


async def test_a_device_that_went_after_its_page_was_read_is_gone(monday: Path) -> None:
    overlay = [entry("1", FINE, NOON, gone=True)]
    answer = await backup_of_1(monday, overlay, read_at=BEFORE_NOON, sync=LATER_SYNC)
    assert answer == ([], ["1"])


async def test_a_device_that_is_back_after_it_went_is_there(monday: Path) -> None:
    overlay = [entry("1", FINE, NOON, gone=True)]
    assert await backup_of_1(monday, overlay, read_at=AFTER_NOON) == (["eligible"], [])


async def test_an_outdated_page_is_made_up_for_by_a_newer_one(monday: Path) -> None:
    folder, rest = monday.parent / "tuesday", page_lines(2, {"2": FINE, "3": FINE})
    page = page_lines(1, {"1": FINE}, read_at=BEFORE_NOON)
    overlay = [entry("1", OLD_BUILD, NOON)]
    async with merging(folder, page, rest, previous=monday, overlay=overlay) as merge:
        assert await merge.outdated() == ["1"]
        await merge.add(3, page_lines(3, {"1": SHARED}, read_at=AFTER_NOON))
        assert await merge.outdated() == []
        result = await written(merge, TUESDAY)
    assert (result.devices, result.duplicates) == (3, 0)
    assert table(folder, "devices", "backup_blockers")[0] == (["shared_or_userless"],)


async def test_only_devices_that_neither_snapshot_nor_overlay_knows_are_newcomers(
    monday: Path,
) -> None:
    folder = monday.parent / "tuesday"
    page = page_lines(1, dict.fromkeys("12345", FINE), read_at=BEFORE_NOON)
    overlay = [entry("4", OLD_BUILD, NOON)]
    async with merging(folder, page, previous=monday, overlay=overlay) as merge:
        assert await merge.newcomers() == ["5"]


async def test_against_no_snapshot_nobody_is_a_newcomer(tmp_path: Path) -> None:
    async with merging(tmp_path / "first", page_lines(1, {"1": FINE})) as merge:
        assert await merge.newcomers() == []


async def test_the_preferred_entry_stands_in_the_snapshot_as_it_was_read(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    pages = page_lines(1, {"1": FINE, "2": FINE, "3": FINE}, read_at=BEFORE_NOON)
    overlay = [entry("1", OLD_BUILD, NOON, name="RENAMED", succeeded_by="9")]
    result = await merged(folder, TUESDAY, pages, previous=monday, overlay=overlay)

    [row] = [
        row
        for row in table(folder, "devices", "id, name, read_at, succeeded_by, open")
        if row[0] == "1"
    ]
    assert row[1:4] == ("RENAMED", naive(NOON), "9")
    assert {b["since"] for b in row[4]} == {naive(NOON)}
    assert "ineligible" in {a.backup.verdict for a in result.assessments.values()}
    assert changes(folder) == set()


async def test_what_the_overlay_knew_first_keeps_its_date_and_is_told_once(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    page = page_lines(1, {"1": OLD_BUILD, "2": FINE, "3": FINE}, read_at=AFTER_NOON)
    overlay = [entry("1", OLD_BUILD, NOON, transitions=(RAISED,))]
    result = await merged(folder, TUESDAY, page, previous=monday, overlay=overlay)

    told = table(folder, "changes", "* EXCLUDE (name, serial, user_name, model)")
    date = naive(NOON)
    assert told == [
        ("1", "backup", "os_build_too_old", "raised", "assessed", date, date, date, "feed")
    ]
    [(blockers,)] = table(folder, "devices", "open")[:1]
    assert {b["since"] for b in blockers} == {date}
    assert [t.devices for t in result.tallies] == [1]


async def test_what_a_fresher_page_finds_is_told_beside_what_the_overlay_told(
    monday: Path,
) -> None:
    folder = monday.parent / "tuesday"
    page = page_lines(1, {"1": FINE, "2": FINE, "3": FINE}, read_at=AFTER_NOON)
    overlay = [entry("1", OLD_BUILD, NOON, transitions=(RAISED,))]
    await merged(folder, TUESDAY, page, previous=monday, overlay=overlay)
    assert causes(folder) == {
        ("1", "raised", "assessed", "feed"),
        ("1", "cleared", "assessed", "sweep"),
    }


async def test_what_was_told_of_a_device_that_is_gone_is_carried_over(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    cleared = Transition("backup", "os_build_too_old", "cleared", "gone", MONDAY, MONDAY, NOON)
    overlay = [entry("1", OLD_BUILD, NOON, gone=True, transitions=(RAISED, cleared))]
    async with merging(folder, {"2": FINE, "3": FINE}, previous=monday, overlay=overlay) as merge:
        assert await merge.missing() == []
        result = await written(merge, TUESDAY)

    assert causes(folder) == {("1", "raised", "assessed", "feed"), ("1", "cleared", "gone", "feed")}
    assert (result.devices, result.gone_devices) == (2, 1)


async def test_a_device_that_only_the_overlay_knows_is_missed_like_any_other(monday: Path) -> None:
    folder, page = monday.parent / "tuesday", {"1": FINE, "2": FINE, "3": FINE}
    overlay = [entry("4", OLD_BUILD, NOON), entry("5", SHARED, NOON)]
    async with merging(folder, page, previous=monday, overlay=overlay) as merge:
        assert await merge.missing() == ["4", "5"]
        await merge.keep(["4"])
        result = await written(merge, TUESDAY)

    assert [id for (id,) in table(folder, "devices", "id")] == ["1", "2", "3", "4"]
    assert {c[0] for c in changes(folder)} == {"5"}
    assert (result.new_devices, result.gone_devices, result.kept_unverified) == (1, 0, 1)


async def test_a_kept_device_stays_as_the_overlay_knew_it(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    overlay = [entry("1", OLD_BUILD, NOON)]
    result = await merged(
        folder, TUESDAY, {"2": FINE, "3": FINE}, previous=monday, overlay=overlay, keep=("1",)
    )
    columns = "id, backup_verdict, backup_blockers, read_at"
    assert table(folder, "devices", columns)[0] == (
        *("1", "ineligible", ["os_build_too_old"], naive(NOON)),
    )
    assert sum(result.per_assessment.values()) == 3


async def test_a_change_is_dated_no_earlier_than_the_overlay_read_the_device(monday: Path) -> None:
    folder, late = monday.parent / "tuesday", TUESDAY + timedelta(minutes=5)
    page = page_lines(1, {"1": FINE, "2": FINE, "3": FINE}, read_at=late + timedelta(minutes=1))
    await merged(folder, TUESDAY, page, previous=monday, overlay=[entry("1", OLD_BUILD, late)])
    assert set(table(folder, "changes", 'id, "at"')) == {("1", naive(late))}


async def test_many_entries_are_folded_range_by_range_like_few(
    monday: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.adapters.storage.merge.RANGED_FROM", 1)
    folder = monday.parent / "tuesday"
    ids = [f"{digit}{n}" for digit in "09af" for n in range(3)]
    overlay = [entry(id, OLD_BUILD, NOON, transitions=(RAISED,)) for id in ids]
    page = page_lines(1, dict.fromkeys(["1", "2", "3", *ids], FINE), read_at=BEFORE_NOON)
    result = await merged(folder, TUESDAY, page, previous=monday, overlay=overlay)

    rows = table(folder, "devices", "id, backup_verdict")
    assert {id for id, verdict in rows if verdict == "ineligible"} == set(ids)
    assert sorted(rows) == rows
    assert (result.devices, result.new_devices, [t.devices for t in result.tallies]) == (
        15,
        12,
        [12],
    )
