"""The merge of pages with the last snapshot."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from shared.adapters.storage.merge import REMEMBERED_DAYS
from shared.errors import SweepError
from tests.adapters.storage.merges import (
    FINE,
    MONDAY,
    OLD_BUILD,
    SHARED,
    TUESDAY,
    UNREAD_BUILD,
    WEDNESDAY,
    changes,
    merged,
    merging,
    naive,
    table,
    written,
)
from tests.adapters.storage.pages import page_lines
from tests.builders import device


async def test_the_first_sweep_is_a_baseline_without_transitions(tmp_path: Path) -> None:
    result = await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": OLD_BUILD})

    assert result.devices == 2
    assert result.tallies == ()
    assert changes(tmp_path / "a") == set()
    open_now = table(tmp_path / "a", "devices", "id, open, backup_blockers")
    assert open_now[0] == ("1", [], [])
    assert open_now[1][2] == ["os_build_too_old"]
    assert {(o["reason"], o["since"], o["first_seen"]) for o in open_now[1][1]} == {
        ("os_build_too_old", naive(MONDAY), naive(MONDAY))
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
    assert {o["since"] for o in blockers} == {naive(MONDAY)}


async def test_a_blocker_keeps_its_date_when_another_one_comes(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    both = device(os_version="10.0.26100.4945", has_user=False)
    await merged(tmp_path / "b", TUESDAY, {"1": both}, previous=tmp_path / "a")

    [(blockers,)] = table(tmp_path / "b", "devices", "open")
    since = {o["reason"]: o["since"] for o in blockers}
    assert since["os_build_too_old"] == naive(MONDAY)
    assert since["shared_or_userless"] == naive(TUESDAY)
    assert {reason for _, _, reason, *_ in changes(tmp_path / "b")} == {"shared_or_userless"}


async def test_a_blocker_that_comes_back_is_reopened_with_its_first_date(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD})
    await merged(tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a")
    await merged(tmp_path / "c", WEDNESDAY, {"1": OLD_BUILD}, previous=tmp_path / "b")

    assert ("1", "backup", "os_build_too_old", "reopened", "assessed") in changes(tmp_path / "c")
    [(blockers, cleared)] = table(tmp_path / "c", "devices", "open, cleared")
    assert {(o["first_seen"], o["since"]) for o in blockers} == {(naive(MONDAY), naive(WEDNESDAY))}
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
    assert {o["first_seen"] for o in blockers} == {naive(late)}


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
    result = await merged(
        tmp_path,
        MONDAY,
        page_lines(1, {"1": OLD_BUILD}, last_sync="2026-11-16T01:00:00Z"),
        page_lines(2, {"1": FINE}, last_sync="2026-11-16T01:30:00.1234567Z"),
    )

    assert (result.devices, result.duplicates) == (1, 1)
    assert table(tmp_path, "devices", "backup_verdict") == [("eligible",)]


async def test_of_two_pages_that_know_the_same_sync_the_one_read_later_counts(
    tmp_path: Path,
) -> None:
    await merged(
        tmp_path,
        MONDAY,
        page_lines(1, {"1": FINE}, read_at=TUESDAY),
        page_lines(2, {"1": OLD_BUILD}, read_at=MONDAY),
    )
    assert table(tmp_path, "devices", "backup_verdict, read_at") == [("eligible", naive(TUESDAY))]


async def test_devices_asked_for_by_id_are_taken_in(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": SHARED})
    async with merging(tmp_path / "b", {"1": FINE}, previous=tmp_path / "a") as merge:
        assert await merge.missing() == ["2"]
        await merge.add(2, page_lines(2, {"2": SHARED}))
        result = await written(merge, TUESDAY)

    assert (result.devices, result.gone_devices) == (2, 0)
    assert changes(tmp_path / "b") == set()


async def test_a_device_that_was_found_after_all_is_not_kept_beside_it(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE})
    result = await merged(
        tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a", keep=("1", "unheard of")
    )
    assert (result.devices, result.kept_unverified) == (1, 0)


async def test_each_device_says_when_its_page_was_read(tmp_path: Path) -> None:
    early, late = MONDAY + timedelta(minutes=1), MONDAY + timedelta(minutes=2)
    await merged(
        tmp_path,
        MONDAY,
        page_lines(1, {"1": FINE}, read_at=early),
        page_lines(2, {"2": FINE}, read_at=late),
    )
    assert table(tmp_path, "devices", "id, read_at, succeeded_by") == [
        ("1", naive(early), None),
        ("2", naive(late), None),
    ]


async def test_a_change_is_dated_no_earlier_than_the_device_was_read_before(
    tmp_path: Path,
) -> None:
    page = page_lines(1, {"1": OLD_BUILD, "2": SHARED}, read_at=WEDNESDAY)
    await merged(tmp_path / "a", MONDAY, page)
    await merged(tmp_path / "b", TUESDAY, {"1": FINE}, previous=tmp_path / "a")

    assert set(table(tmp_path / "b", "changes", 'id, "at"')) == {
        ("1", naive(WEDNESDAY)),
        ("2", naive(WEDNESDAY)),
    }
    [(cleared,)] = table(tmp_path / "b", "devices", "cleared")
    assert {c["cleared"] for c in cleared} == {naive(WEDNESDAY)}


async def test_what_the_merge_finds_is_told_as_found_by_the_sweep(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": FINE, "2": SHARED})
    await merged(tmp_path / "b", TUESDAY, {"1": OLD_BUILD}, previous=tmp_path / "a")
    assert set(table(tmp_path / "b", "changes", "id, via")) == {("1", "sweep"), ("2", "sweep")}


async def test_a_snapshot_from_before_these_columns_is_read_all_the_same(tmp_path: Path) -> None:
    await merged(tmp_path / "a", MONDAY, {"1": OLD_BUILD, "2": SHARED, "3": FINE})
    of_old = (tmp_path / "a" / "devices.parquet").as_posix()
    with duckdb.connect() as db:
        db.execute(
            f"CREATE TABLE t AS SELECT * EXCLUDE (read_at, succeeded_by, succeeds) FROM '{of_old}'"
        )
        db.execute(f"COPY t TO '{of_old}' (FORMAT parquet)")
    result = await merged(
        tmp_path / "b", TUESDAY, {"1": FINE, "3": FINE}, previous=tmp_path / "a", keep=("2",)
    )

    assert {c[0] for c in changes(tmp_path / "b")} == {"1"}
    assert (result.devices, result.new_devices, result.kept_unverified) == (3, 0, 1)
    assert [at for _, at in table(tmp_path / "b", "devices", "id, read_at")][1] is None


async def test_a_page_that_lost_rows_is_no_page(tmp_path: Path) -> None:
    lines = page_lines(1, {"1": FINE, "2": FINE}).splitlines(keepends=True)
    with pytest.raises(SweepError, match="announce 2 devices and hold 1"):
        async with merging(tmp_path, b"".join(lines[:-1])):
            raise AssertionError


async def test_an_empty_fleet_makes_an_empty_snapshot(tmp_path: Path) -> None:
    result = await merged(tmp_path, MONDAY, {})
    assert (result.devices, result.per_assessment) == (0, {})


async def test_names_that_try_to_break_out_stay_names(tmp_path: Path) -> None:
    name = "x'); DROP TABLE found; -- \u202e \U0001f600 \n"
    await merged(tmp_path, MONDAY, page_lines(1, {"1": FINE}, name=name))
    assert table(tmp_path, "devices", "name") == [(name,)]
