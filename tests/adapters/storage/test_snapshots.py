"""Snapshots on a real Azurite, from the pages of a sweep to the pointer that shows them."""

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import msgspec
import pytest

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.overlay import BlobOverlay
from shared.adapters.storage.snapshots import CURRENT, BlobSnapshots
from shared.adapters.storage.sweeps import BlobSweeps
from shared.domain.sweep import Merged, PageInStorage, Pointer
from shared.errors import ConflictError, StorageError
from shared.ports import DevicePage
from shared.report.vocabulary import blockers_by_unknown
from shared.use_cases.judge_page import page_lines
from tests.adapters.storage.known_devices import MORNING, known, store_snapshot
from tests.adapters.storage.known_devices import TOO_OLD as ASSESSED_TOO_OLD
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
        lines = page_lines(number, page, book(), read_at=NIGHT, user_names=True)
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
    etag = await snapshots.commit(Pointer(LAST_NAME, LAST_NIGHT), None)
    assert (await snapshots.current())[1] == etag

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
    assert {blocker.since for blocker in story.open} == {NIGHT}


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


async def test_devices_are_known_by_id_entra_id_and_serial(
    snapshots: BlobSnapshots, blobs: Blobs, tmp_path: Path
) -> None:
    devices = [known(id) for id in "abcd"]
    await store_snapshot(blobs, NAME, devices, tmp_path)
    found = await snapshots.known(NAME, ids=["a"], entra_ids=["ENTRA-B"], serials=["sc"])
    assert found == devices[:3]
    assert await snapshots.known(NAME) == []


async def test_all_messages_of_a_process_share_one_copy_of_the_snapshot(
    snapshots: BlobSnapshots, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sweep in (LAST_NAME, NAME):
        await store_snapshot(blobs, sweep, [known("a", name=sweep)], tmp_path)
    downloaded = []
    download = blobs.download

    async def counted(name: str, path: Path) -> bool:
        downloaded.append(name)
        return await download(name, path)

    monkeypatch.setattr(blobs, "download", counted)

    async def names(sweep: str) -> Sequence[str | None]:
        return [device.record.name for device in await snapshots.known(sweep, ids=["a"])]

    assert await asyncio.gather(*(names(LAST_NAME) for _ in range(8))) == [[LAST_NAME]] * 8
    assert [story.name for story in await snapshots.find(LAST_NAME, "a", 1)] == [LAST_NAME]
    assert await names(NAME) == [NAME]
    assert downloaded == [f"snapshots/{s}/devices.parquet" for s in (LAST_NAME, NAME)]


async def test_another_snapshot_takes_the_place_of_the_copy(
    snapshots: BlobSnapshots, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "place"
    place.mkdir()
    for sweep in (LAST_NAME, NAME):
        await store_snapshot(blobs, sweep, [known("a")], tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with pytest.raises(StorageError):
        await snapshots.known("never", ids=["a"])
    assert left_behind(place) == []
    await snapshots.known(LAST_NAME, ids=["a"])
    [last] = left_behind(place)
    await snapshots.known(NAME, ids=["a"])
    [now] = left_behind(place)
    assert now != last


async def test_a_device_assessed_again_since_is_told_of_as_it_is_now(
    snapshots: BlobSnapshots, blobs: Blobs, tmp_path: Path
) -> None:
    overlay = BlobOverlay(blobs)
    await store_snapshot(blobs, NAME, [known(id) for id in "abc"], tmp_path)
    await overlay.write(NAME, known("b", ASSESSED_TOO_OLD, name="DESK-b"), None)
    await overlay.write(NAME, known("c", gone=True), None)
    await overlay.write(NAME, known("d"), None)
    await overlay.write(LAST_NAME, known("a", name="of another snapshot"), None)

    async def told(wanted: str) -> list[tuple[str, str | None, datetime | None]]:
        stories = await snapshots.find(NAME, wanted, most=5)
        return [(story.id, story.name, story.reassessed) for story in stories]

    assert await told("PC") == [("a", "PC-a", None), ("d", "PC-d", MORNING)]
    assert await told("entra-B") == [("b", "DESK-b", MORNING)]
    assert await told("Sc") == []
    [story] = await snapshots.find(NAME, "desk-b", most=5)
    assert story.assessment == ASSESSED_TOO_OLD


async def test_an_entry_that_changes_while_it_is_looked_up_is_told_of_as_it_is_then(
    snapshots: BlobSnapshots, blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay = BlobOverlay(blobs)
    await store_snapshot(blobs, NAME, [known("a"), known("b")], tmp_path)
    etag = await overlay.write(NAME, known("b", name="PC-bb"), None)
    listed = await blobs.list("snapshots/")
    await overlay.write(NAME, known("a", gone=True), None)
    await overlay.write(NAME, known("b", name="PC-bbb"), etag)

    async def as_it_was(prefix: str) -> object:
        return [blob for blob in listed if blob.name.startswith(prefix)]

    monkeypatch.setattr(blobs, "list", as_it_was)
    assert [story.name for story in await snapshots.find(NAME, "pc", most=5)] == ["PC-bbb"]


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
    point = await snapshots.trend(date(2026, 11, 22))
    assert point is not None
    assert msgspec.json.decode(point) == {"devices": 2}
    assert await snapshots.trend(date(2026, 11, 21)) is None
