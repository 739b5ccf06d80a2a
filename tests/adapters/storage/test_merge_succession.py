"""A device that was enrolled again keeps its history under its new id."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from shared.domain.history import ClearedBlocker, History
from shared.domain.sweep import Merged
from tests.adapters.storage.merges import (
    FINE,
    MONDAY,
    OLD_BUILD,
    SHARED,
    TUESDAY,
    WEDNESDAY,
    causes,
    entry,
    merged,
    naive,
    table,
)
from tests.adapters.storage.pages import page_lines

NOON = MONDAY + timedelta(hours=10)


def device(page: int, id: str, facts: Any = OLD_BUILD, **differing: Any) -> bytes:
    """A page with one device."""
    return page_lines(page, {id: facts}, read_at=TUESDAY, **differing)


def counts(result: Merged) -> tuple[int, int, int]:
    """Devices that are new, gone and enrolled again."""
    return result.new_devices, result.gone_devices, result.re_enrolled_devices


def dates(folder: Path) -> dict[str, set[Any]]:
    """First dates of open blockers by device."""
    rows = table(folder, "devices", "id, open")
    return {id: {b["first_seen"] for b in blockers} for id, blockers in rows}


def heirs(folder: Path) -> dict[str, str | None]:
    return dict(table(folder, "devices", "id, succeeded_by"))


@pytest.fixture(params=[100_000, 1], ids=["at once", "range by range"], autouse=True)
def _ranges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.adapters.storage.merge.RANGED_FROM", request.param)


@pytest.fixture
async def monday(tmp_path: Path) -> Path:
    """A snapshot with one device, whose build is too old."""
    await merged(tmp_path / "monday", MONDAY, device(1, "f", entra_id="E-1", serial="PF-1"))
    return tmp_path / "monday"


async def test_the_same_entra_id_passes_the_history_on_and_tells_nothing(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    page = device(1, "0", entra_id="e-1", serial="another")
    result = await merged(folder, TUESDAY, page, previous=monday)

    assert causes(folder) == set()
    assert dates(folder) == {"0": {naive(MONDAY)}}
    assert counts(result) == (0, 0, 1)


async def test_the_page_of_an_enrolment_that_has_ended_since_inherits_nothing(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    older = {"entra_id": "e-1", "enrolled": "2024-05-14T00:00:00Z"}
    pages = (device(1, "f", entra_id="E-1", serial="PF-1"), device(2, "0", **older))
    await merged(folder, TUESDAY, *pages, previous=monday)

    assert causes(folder) == {("0", "raised", "new_device", "sweep")}
    assert heirs(folder) == {"f": None, "0": None}


async def test_an_heir_remembers_whom_it_took_its_history_from(monday: Path) -> None:
    tuesday, wednesday = monday.parent / "tuesday", monday.parent / "wednesday"
    page = device(1, "0", entra_id="e-1")
    await merged(tuesday, TUESDAY, page, previous=monday)
    await merged(wednesday, WEDNESDAY, page, previous=tuesday)
    for folder in (tuesday, wednesday):
        assert table(folder, "devices", "id, succeeds") == [("0", "f")]


async def test_the_same_serial_passes_the_history_on_when_the_former_is_gone(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    page = device(1, "0", entra_id="another", serial=" pf-1 ")
    result = await merged(folder, TUESDAY, page, previous=monday)

    assert (causes(folder), dates(folder)) == (set(), {"0": {naive(MONDAY)}})
    assert counts(result) == (0, 0, 1)


async def test_what_changed_with_the_enrolment_is_told_as_re_enrolled(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    await merged(folder, TUESDAY, device(1, "0", SHARED, entra_id="E-1"), previous=monday)
    assert causes(folder) == {
        ("0", "raised", "re_enrolled", "sweep"),
        ("0", "cleared", "re_enrolled", "sweep"),
    }


async def test_the_same_serial_means_nothing_while_the_former_is_there(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    former = device(1, "f", entra_id="E-1", serial="PF-1")
    newcomer = device(2, "0", entra_id="another", serial="PF-1")
    result = await merged(folder, TUESDAY, former, newcomer, previous=monday)

    assert causes(folder) == {("0", "raised", "new_device", "sweep")}
    assert (counts(result), heirs(folder)) == ((1, 0, 0), {"0": None, "f": None})


async def test_the_same_serial_means_nothing_while_nobody_knows_of_the_former(
    monday: Path,
) -> None:
    folder = monday.parent / "tuesday"
    newcomer = device(1, "0", entra_id="another", serial="PF-1")
    result = await merged(folder, TUESDAY, newcomer, previous=monday, keep=("f",))
    assert (counts(result), heirs(folder)) == ((1, 0, 0), {"0": None, "f": None})


@pytest.mark.parametrize("serial", ["Default string", "0000000", "", None])
async def test_a_serial_that_means_nothing_connects_nobody(
    tmp_path: Path, serial: str | None
) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    await merged(before, MONDAY, device(1, "f", entra_id="E-1", serial=serial))
    page = device(1, "0", entra_id=None, serial=serial)
    result = await merged(after, TUESDAY, page, previous=before)
    assert counts(result) == (1, 1, 0)


@pytest.mark.parametrize("nobody", [None, "", "00000000-0000-0000-0000-000000000000"])
async def test_devices_without_an_entra_id_are_not_one_device(
    tmp_path: Path, nobody: str | None
) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    await merged(before, MONDAY, device(1, "f", entra_id=nobody))
    result = await merged(after, TUESDAY, device(1, "0", entra_id=nobody), previous=before)
    assert counts(result) == (1, 1, 0)


@pytest.mark.parametrize("keep", [(), ("f",)], ids=["on a page", "unverified"])
async def test_a_former_enrolment_that_stays_says_who_succeeded_it_and_goes_in_silence(
    monday: Path, keep: tuple[str, ...]
) -> None:
    tuesday, wednesday = monday.parent / "tuesday", monday.parent / "wednesday"
    newcomer = device(1, "0", entra_id="E-1", serial="another")
    former = [] if keep else [device(2, "f", entra_id="E-1", serial="PF-1")]
    result = await merged(tuesday, TUESDAY, newcomer, *former, previous=monday, keep=keep)
    assert (causes(tuesday), counts(result)) == (set(), (0, 0, 1))
    assert heirs(tuesday) == {"0": None, "f": "0"}

    result = await merged(wednesday, WEDNESDAY, newcomer, previous=tuesday)
    assert (causes(wednesday), counts(result)) == (set(), (0, 0, 0))


async def test_who_has_an_heir_gets_no_second_one(monday: Path) -> None:
    tuesday, wednesday = monday.parent / "tuesday", monday.parent / "wednesday"
    pages = [device(1, "f", entra_id="E-1"), device(2, "g", entra_id="E-1")]
    await merged(tuesday, TUESDAY, *pages, previous=monday)
    await merged(wednesday, WEDNESDAY, *pages, device(3, "h", entra_id="E-1"), previous=tuesday)
    assert heirs(wednesday) == {"f": "g", "g": "h", "h": None}


async def test_what_was_inherited_by_entra_id_is_not_inherited_again_by_serial(
    monday: Path,
) -> None:
    folder = monday.parent / "tuesday"
    by_serial = device(1, "0", entra_id="another", serial="PF-1")
    by_entra_id = device(2, "a", entra_id="E-1", serial="another")
    result = await merged(folder, TUESDAY, by_serial, by_entra_id, previous=monday)
    assert causes(folder) == {("0", "raised", "new_device", "sweep")}
    assert counts(result) == (1, 0, 1)


async def test_an_heir_tells_nothing_from_before_it_was_last_missed(monday: Path) -> None:
    folder, late = monday.parent / "tuesday", TUESDAY + timedelta(minutes=5)
    page = page_lines(1, {"0": FINE}, entra_id="E-1", read_at=late + timedelta(minutes=1))
    overlay = [entry("0", FINE, late, gone=True)]
    await merged(folder, TUESDAY, page, previous=monday, overlay=overlay)
    assert set(table(folder, "changes", 'id, cause, "at"')) == {("0", "re_enrolled", naive(late))}


async def test_of_two_newcomers_the_lower_id_inherits(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    pages = [device(1, "a", entra_id="E-1"), device(2, "0", entra_id="E-1")]
    result = await merged(folder, TUESDAY, *pages, previous=monday)
    assert causes(folder) == {("a", "raised", "new_device", "sweep")}
    assert counts(result) == (1, 0, 1)


async def test_an_entra_id_counts_more_than_a_serial_and_then_the_latest_sync(
    tmp_path: Path,
) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    await merged(
        before,
        MONDAY,
        device(1, "d", entra_id="E-1", serial="S-1", last_sync="2026-11-02T00:00:00Z"),
        device(2, "e", entra_id="E-1", serial="S-2", last_sync="2026-11-03T00:00:00Z"),
        device(3, "f", entra_id="E-2", serial="S-3", last_sync="2026-11-09T00:00:00Z"),
    )
    page = device(1, "0", entra_id="E-1", serial="S-3")
    result = await merged(after, TUESDAY, page, previous=before)
    assert {id for id, *_ in causes(after)} == {"d", "f"}
    assert counts(result) == (0, 2, 1)


async def test_devices_that_share_a_serial_are_paired_off_one_by_one(tmp_path: Path) -> None:
    before, after = tmp_path / "a", tmp_path / "b"
    await merged(before, MONDAY, *(device(n, f"f{n}", serial="S-1") for n in (1, 2, 3)))
    pages = [device(n, f"0{n}", serial="S-1") for n in (1, 2)]
    result = await merged(after, TUESDAY, *pages, previous=before)
    assert counts(result) == (0, 1, 2)
    assert causes(after) == {("f3", "cleared", "gone", "sweep")}


async def test_the_history_of_a_device_that_the_overlay_saw_go_is_inherited(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    cleared = ClearedBlocker("backup", "os_build_too_old", MONDAY, NOON)
    former = entry("f", OLD_BUILD, NOON, gone=True, serial="PF-1")
    overlay = [structs.replace(former, history=History(cleared=(cleared,)))]
    page = device(1, "0", entra_id="another", serial="PF-1")
    result = await merged(folder, TUESDAY, page, previous=monday, overlay=overlay)

    assert causes(folder) == {
        ("0", "reopened", "re_enrolled", "sweep"),
        ("0", "raised", "re_enrolled", "sweep"),
    }
    assert naive(MONDAY) in dates(folder)["0"]
    assert counts(result) == (0, 0, 1)


async def test_a_device_that_is_back_under_its_own_id_goes_on_with_its_history(
    monday: Path,
) -> None:
    folder = monday.parent / "tuesday"
    history = History(cleared=(ClearedBlocker("backup", "os_build_too_old", MONDAY, NOON),))
    left = entry("f", OLD_BUILD, NOON, gone=True)
    overlay = [structs.replace(left, history=history)]
    result = await merged(folder, TUESDAY, device(1, "f"), previous=monday, overlay=overlay)

    told = table(folder, "changes", "capability, transition, cause, first_seen")
    assert ("backup", "reopened", "re_enrolled", naive(MONDAY)) in told
    assert {cause for _, _, cause, _ in told} == {"re_enrolled"}
    assert (counts(result), heirs(folder)) == ((0, 0, 1), {"f": None})


async def test_what_a_successor_took_over_is_not_open_for_who_comes_back(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    taken = entry("f", OLD_BUILD, MONDAY)
    overlay = [
        structs.replace(taken, read_at=NOON, gone=True, succeeded_by="0"),
        entry("0", OLD_BUILD, NOON, entra_id="another"),
    ]
    pages = [device(1, "0", entra_id="another"), device(2, "f")]
    await merged(folder, TUESDAY, *pages, previous=monday, overlay=overlay)
    assert causes(folder) == {("f", "reopened", "re_enrolled", "sweep")}


async def test_a_promise_of_the_overlay_is_kept_by_the_merge(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    overlay = [entry("f", OLD_BUILD, NOON, entra_id="E-1", succeeded_by="a")]
    pages = [device(1, "0", entra_id="E-1"), device(2, "a", entra_id="E-1")]
    result = await merged(folder, TUESDAY, *pages, previous=monday, overlay=overlay)
    assert causes(folder) == {("0", "raised", "new_device", "sweep")}
    assert counts(result) == (1, 0, 1)


async def test_whom_the_overlay_enrolled_again_counts_as_such_and_not_as_new(monday: Path) -> None:
    folder = monday.parent / "tuesday"
    left = entry("f", OLD_BUILD, NOON, gone=True, succeeded_by="0")
    overlay = [left, entry("0", OLD_BUILD, NOON), entry("1", FINE, NOON)]
    pages = [device(1, "0"), device(2, "1", FINE)]
    result = await merged(folder, TUESDAY, *pages, previous=monday, overlay=overlay)
    assert (causes(folder), counts(result)) == (set(), (1, 0, 1))


async def test_a_first_sweep_re_enrols_nobody(tmp_path: Path) -> None:
    pages = [device(1, "0", entra_id="E-1"), device(2, "1", entra_id="E-1")]
    assert counts(await merged(tmp_path, MONDAY, *pages)) == (0, 0, 0)
