"""The merge of pages with the last snapshot."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from shared.adapters.storage.merge import REMEMBERED_DAYS, SnapshotMerge
from shared.domain.facts import Facts
from shared.domain.sweep import Merged
from shared.errors import SweepError
from shared.report.vocabulary import blockers_by_unknown
from tests.adapters.storage.pages import page_lines, write_pages
from tests.builders import device

MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 2, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 18, 2, tzinfo=UTC)

FINE = device()
OLD_BUILD = device(os_version="10.0.26100.4945")
UNREAD_BUILD = device(os_version=None)
SHARED = device(has_user=False)


async def merged(
    folder: Path,
    started: datetime,
    *pages: Mapping[str, Facts],
    previous: Path | None = None,
    keep: tuple[str, ...] = (),
) -> Merged:
    write_pages(folder, [page_lines(n, page) for n, page in enumerate(pages, start=1)])
    if previous is not None:
        shutil.copy(previous / "devices.parquet", folder / "previous.parquet")
        shutil.copy(previous / "assessments.json", folder / "previous-assessments.json")
    merge = SnapshotMerge(folder, blockers_by_unknown())
    try:
        await merge.gather()
        await merge.keep(keep)
        result = await merge.write(started)
        (folder / "assessments.json").write_bytes(msgspec.json.encode(result.assessments))
        return result
    finally:
        merge.close()


def table(folder: Path, name: str, columns: str) -> list[tuple[Any, ...]]:
    query = f"SELECT {columns} FROM '{folder.as_posix()}/{name}.parquet'"
    return duckdb.connect().execute(query).fetchall()


def changes(folder: Path) -> set[tuple[Any, ...]]:
    return set(table(folder, "changes", "id, capability, reason, transition, cause"))


async def test_the_first_sweep_is_a_baseline_without_transitions(tmp_path: Path) -> None:
    result = await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": OLD_BUILD})

    assert result.devices == 2
    assert result.tallies == ()
    assert changes(tmp_path / "a") == set()
    open_now = table(tmp_path / "a", "devices", "id, open, backup_blockers")
    assert open_now[0] == ("1", [], [])
    assert open_now[1][2] == ["os_build_too_old"]
    assert {(o["reason"], o["since"], o["first_seen"]) for o in open_now[1][1]} == {
        ("os_build_too_old", MONDAY.replace(tzinfo=None), MONDAY.replace(tzinfo=None))
    }


async def test_a_new_blocker_is_raised_and_one_that_went_is_cleared(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": OLD_BUILD})
    result = await merged(
        tmp_path / "b", TUESDAY, {"1": OLD_BUILD}, {"2": FINE}, previous=tmp_path / "a"
    )

    assert changes(tmp_path / "b") == {
        ("1", "backup", "os_build_too_old", "raised", "assessed"),
        ("1", "first_sign_in_restore", "os_build_too_old", "raised", "assessed"),
        ("2", "backup", "os_build_too_old", "cleared", "assessed"),
        ("2", "first_sign_in_restore", "os_build_too_old", "cleared", "assessed"),
    }
    assert sum(t.devices for t in result.tallies) == 4


async def test_an_unchanged_blocker_keeps_its_date_and_is_not_told_again(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    await merged(tmp_path / "b", TUESDAY, {"1": OLD_BUILD}, previous=tmp_path / "a")

    assert changes(tmp_path / "b") == set()
    [(blockers,)] = table(tmp_path / "b", "devices", "open")
    assert {o["since"] for o in blockers} == {MONDAY.replace(tzinfo=None)}


async def test_a_blocker_keeps_its_date_when_another_one_comes(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    both = device(os_version="10.0.26100.4945", has_user=False)
    await merged(tmp_path / "b", TUESDAY, {"1": both}, previous=tmp_path / "a")

    [(blockers,)] = table(tmp_path / "b", "devices", "open")
    since = {o["reason"]: o["since"] for o in blockers}
    assert since["os_build_too_old"] == MONDAY.replace(tzinfo=None)
    assert since["shared_or_userless"] == TUESDAY.replace(tzinfo=None)
    assert {reason for _, _, reason, *_ in changes(tmp_path / "b")} == {"shared_or_userless"}


async def test_a_blocker_that_comes_back_is_reopened_with_its_first_date(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    await merged(tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a")
    await merged(tmp_path / "c", WEDNESDAY, {"1": OLD_BUILD}, previous=tmp_path / "b")

    assert ("1", "backup", "os_build_too_old", "reopened", "assessed") in changes(tmp_path / "c")
    [(blockers, cleared)] = table(tmp_path / "c", "devices", "open, cleared")
    assert {(o["first_seen"], o["since"]) for o in blockers} == {
        (MONDAY.replace(tzinfo=None), WEDNESDAY.replace(tzinfo=None))
    }
    assert cleared == []


async def test_a_blocker_that_comes_back_after_the_remembered_days_is_raised_anew(
    tmp_path: Path,
) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    await merged(tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a")
    late = TUESDAY + timedelta(days=REMEMBERED_DAYS)
    await merged(tmp_path / "c", late, {"1": FINE}, previous=tmp_path / "b")
    assert table(tmp_path / "c", "devices", "cleared") == [([],)]

    await merged(tmp_path / "d", late, {"1": OLD_BUILD}, previous=tmp_path / "b")
    assert ("1", "backup", "os_build_too_old", "raised", "assessed") in changes(tmp_path / "d")
    [(blockers,)] = table(tmp_path / "d", "devices", "open")
    assert {o["first_seen"] for o in blockers} == {late.replace(tzinfo=None)}


async def test_a_fact_that_could_not_be_read_clears_nothing(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    await merged(tmp_path / "b", TUESDAY, {"1": UNREAD_BUILD}, previous=tmp_path / "a")

    assert changes(tmp_path / "b") == set()
    [(blockers, verdict)] = table(tmp_path / "b", "devices", "open, backup_verdict")
    assert verdict == "unknown"
    assert {(o["reason"], o["held"]) for o in blockers} == {("os_build_too_old", True)}

    await merged(tmp_path / "c", WEDNESDAY, {"1": FINE}, previous=tmp_path / "b")
    assert ("1", "backup", "os_build_too_old", "cleared", "assessed") in changes(tmp_path / "c")


async def test_a_device_that_is_gone_clears_its_blockers_as_gone(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": SHARED})
    result = await merged(tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a")

    assert result.gone_devices == 1
    assert {c[3:] for c in changes(tmp_path / "b")} == {("cleared", "gone")}
    assert [id for (id,) in table(tmp_path / "b", "devices", "id")] == ["1"]


async def test_a_device_nobody_could_ask_about_stays_as_it_was(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": SHARED})
    result = await merged(
        tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a", keep=("2",)
    )

    assert (result.gone_devices, result.kept_unverified, result.devices) == (0, 1, 2)
    assert changes(tmp_path / "b") == set()
    assert table(tmp_path / "b", "devices", "*") == table(tmp_path / "a", "devices", "*")


async def test_a_device_on_two_pages_is_counted_once_as_it_was_read_last(tmp_path: Path) -> None:
    folder = write_pages(
        tmp_path,
        [
            page_lines(1, {"1": OLD_BUILD}, last_sync="2026-11-16T01:00:00Z"),
            page_lines(2, {"1": FINE}, last_sync="2026-11-16T01:30:00.1234567Z"),
        ],
    )
    merge = SnapshotMerge(folder, blockers_by_unknown())
    await merge.gather()
    result = await merge.write(MONDAY)
    merge.close()

    assert (result.devices, result.duplicates) == (1, 1)
    assert table(tmp_path, "devices", "backup_verdict") == [("eligible",)]


async def test_devices_asked_for_by_id_are_taken_in(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": SHARED})
    folder = write_pages(tmp_path / "b", [page_lines(1, {"1": FINE})])
    shutil.copy(tmp_path / "a" / "devices.parquet", folder / "previous.parquet")
    merge = SnapshotMerge(folder, blockers_by_unknown())
    await merge.gather()
    assert await merge.missing() == ["2"]
    await merge.add(2, page_lines(2, {"2": SHARED}))
    result = await merge.write(TUESDAY)
    merge.close()

    assert (result.devices, result.gone_devices) == (2, 0)
    assert changes(tmp_path / "b") == set()


async def test_a_page_that_lost_rows_is_no_page(tmp_path: Path) -> None:
    lines = page_lines(1, {"1": FINE, "2": FINE}).splitlines(keepends=True)
    folder = write_pages(tmp_path, [b"".join(lines[:-1])])
    merge = SnapshotMerge(folder, blockers_by_unknown())
    with pytest.raises(SweepError, match="announce 2 devices and hold 1"):
        await merge.gather()
    merge.close()


async def test_an_empty_fleet_makes_an_empty_snapshot(tmp_path: Path) -> None:
    result = await merged(tmp_path, MONDAY, {})
    assert (result.devices, result.per_assessment) == (0, {})


async def test_names_that_try_to_break_out_stay_names(tmp_path: Path) -> None:
    name = "x'); DROP TABLE found; -- \u202e \U0001f600 \n"
    folder = write_pages(tmp_path, [page_lines(1, {"1": FINE}, name=name)])
    merge = SnapshotMerge(folder, blockers_by_unknown())
    await merge.gather()
    await merge.write(MONDAY)
    merge.close()
    assert table(tmp_path, "devices", "name") == [(name,)]
