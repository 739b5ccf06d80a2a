"""Snapshots on a real Azurite, from the pages of a sweep to the pointer that shows them."""

import tempfile
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.snapshots import CURRENT, BlobSnapshots
from shared.adapters.storage.sweeps import BlobSweeps
from shared.domain.sweep import Merged, PageInStorage, Pointer
from shared.errors import ConflictError, StorageError
from shared.ports import DevicePage
from shared.report.vocabulary import blockers_by_unknown
from shared.use_cases.judge_page import page_lines
from tests.world import LAST_NAME, LAST_NIGHT, NAME, NIGHT, book, pc

TOO_OLD = {"os_version": "10.0.19045.1"}


@pytest.fixture
def snapshots(blobs: Blobs) -> BlobSnapshots:
    return BlobSnapshots(blobs)


@pytest.fixture
def sweeps(blobs: Blobs) -> BlobSweeps:
    return BlobSweeps(blobs)


async def stored(
    snapshots: BlobSnapshots,
    sweeps: BlobSweeps,
    pages: list[DevicePage],
    *,
    sweep: str = NAME,
    started: datetime = NIGHT,
    previous: str | None = None,
) -> Merged:
    """Store pages, merge them, and store the snapshot they make."""
    for number, page in enumerate(pages, start=1):
        lines = page_lines(number, page, book(), user_names=True)
        await sweeps.write_page(
            sweep, number, lines, PageInStorage(number, len(page.devices), 0, 0)
        )
    async with snapshots.merging(sweep, previous, blockers_by_unknown()) as merge:
        await merge.keep(await merge.missing())
        merged = await merge.write(started)
        await snapshots.store(sweep, merge, merged, b'{"devices": "all"}')
    return merged


async def test_before_the_first_snapshot_nothing_is_current(snapshots: BlobSnapshots) -> None:
    assert await snapshots.current() == (None, None)


async def test_the_first_commit_is_made_once(snapshots: BlobSnapshots) -> None:
    await snapshots.commit(Pointer(LAST_NAME, LAST_NIGHT), None)
    with pytest.raises(ConflictError):
        await snapshots.commit(Pointer(NAME, NIGHT), None)
    pointer, etag = await snapshots.current()
    assert pointer == Pointer(LAST_NAME, LAST_NIGHT)
    assert etag


async def test_a_commit_replaces_only_the_pointer_that_was_read(snapshots: BlobSnapshots) -> None:
    await snapshots.commit(Pointer(LAST_NAME, LAST_NIGHT), None)
    _, etag = await snapshots.current()

    await snapshots.commit(Pointer(NAME, NIGHT, LAST_NAME), etag)
    with pytest.raises(ConflictError):
        await snapshots.commit(Pointer("another", NIGHT, LAST_NAME), etag)
    assert (await snapshots.current())[0] == Pointer(NAME, NIGHT, LAST_NAME)


async def test_a_pointer_that_cannot_be_read_is_an_error(
    snapshots: BlobSnapshots, blobs: Blobs
) -> None:
    await blobs.write(CURRENT, b"{}")
    with pytest.raises(StorageError, match=r"current\.json' does not hold a pointer"):
        await snapshots.current()


async def test_pages_become_a_snapshot_that_is_found_by_name(
    snapshots: BlobSnapshots, sweeps: BlobSweeps, tmp_path: Path
) -> None:
    merged = await stored(
        snapshots,
        sweeps,
        [DevicePage([pc("a"), pc("b")], "next"), DevicePage([pc("c", **TOO_OLD)])],
    )

    assert (merged.devices, merged.pages) == (3, 2)
    assert await snapshots.summary(NAME) == b'{"devices": "all"}'
    assert await snapshots.assessments(NAME) == merged.assessments
    for name in ("devices.parquet", "changes.parquet"):
        await snapshots.file(NAME, name, tmp_path / name)
        assert (tmp_path / name).read_bytes()[:4] == b"PAR1"
    [story] = await snapshots.find(NAME, "pc-C", most=5)
    assert story.id == "c"
    assert story.assessment.backup.verdict == "ineligible"
    assert "os_build_too_old" in {blocker.reason for blocker in story.open}
    assert {blocker.since.replace(tzinfo=None) for blocker in story.open} == {
        NIGHT.replace(tzinfo=None)
    }


async def test_a_merge_knows_what_the_last_snapshot_had(
    snapshots: BlobSnapshots, sweeps: BlobSweeps
) -> None:
    both = [DevicePage([pc("a"), pc("gone", **TOO_OLD)])]
    await stored(snapshots, sweeps, both, sweep=LAST_NAME, started=LAST_NIGHT)
    merged = await stored(snapshots, sweeps, [DevicePage([pc("a")])], previous=LAST_NAME)

    assert (merged.devices, merged.kept_unverified, merged.new_devices) == (2, 1, 0)
    [kept] = await snapshots.find(NAME, "gone", most=5)
    assert kept.assessment.backup.verdict == "ineligible"


async def test_a_merge_leaves_no_file_behind_even_when_it_fails(
    snapshots: BlobSnapshots,
    sweeps: BlobSweeps,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(StorageError, match=r"snapshots/never/devices\.parquet' is missing"):
        await stored(snapshots, sweeps, [], previous="never")
    assert left_behind(tmp_path) == []
    async with snapshots.merging(NAME, None, {}):
        assert len(left_behind(tmp_path)) == 1
    assert left_behind(tmp_path) == []


def left_behind(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_what_a_snapshot_lacks_is_named(snapshots: BlobSnapshots, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=f"snapshots/{NAME}/summary.json' is missing"):
        await snapshots.summary(NAME)
    with pytest.raises(StorageError, match=f"snapshots/{NAME}/devices.parquet' is missing"):
        await snapshots.find(NAME, "a", most=1)


async def test_a_later_sweep_of_the_day_replaces_its_point_of_the_trend(
    snapshots: BlobSnapshots, blobs: Blobs
) -> None:
    await snapshots.add_to_trend(date(2026, 11, 22), msgspec.json.encode({"devices": 1}))
    await snapshots.add_to_trend(date(2026, 11, 22), msgspec.json.encode({"devices": 2}))
    await snapshots.add_to_trend(date(2026, 11, 23), msgspec.json.encode({"devices": 3}))
    assert [blob.name for blob in await blobs.list("trend/")] == [
        "trend/2026-11-22.json",
        "trend/2026-11-23.json",
    ]
    point = await blobs.read("trend/2026-11-22.json")
    assert point is not None
    assert msgspec.json.decode(point.content) == {"devices": 2}
