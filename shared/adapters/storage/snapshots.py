"""Snapshots as Parquet files in blobs, made current by one conditional write of a pointer."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.known import SnapshotCopy
from shared.adapters.storage.lookup import matching, story_of
from shared.adapters.storage.merge import SnapshotMerge
from shared.adapters.storage.overlay import BlobOverlay
from shared.domain.assessment import Assessment
from shared.domain.known_device import KnownDevice
from shared.domain.story import Story
from shared.domain.sweep import Merged, Pointer
from shared.errors import StorageError
from shared.ports import Merge

CURRENT = "snapshots/current.json"
DOWNLOADS_AT_ONCE = 8


class BlobSnapshots:
    """Implements the Snapshots port; every file of a snapshot lies under snapshots/{sweep}/."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._overlay = BlobOverlay(blobs)
        self._copying = asyncio.Lock()
        self._copy: SnapshotCopy | None = None

    async def current(self) -> tuple[Pointer | None, str | None]:
        """Read the pointer and its ETag; None, None before the first snapshot."""
        blob = await self._blobs.read(CURRENT)
        if blob is None:
            return None, None
        try:
            return msgspec.json.decode(blob.content, type=Pointer), blob.etag
        except msgspec.DecodeError as error:
            raise StorageError(f"blob {CURRENT!r} does not hold a pointer: {error}") from error

    @asynccontextmanager
    async def merging(
        self, sweep: str, previous: str | None, rule_blockers: Mapping[str, tuple[str, ...]]
    ) -> AsyncIterator[SnapshotMerge]:
        """Copy what a merge needs into a temporary folder, and remove it afterwards."""
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="sweep-"))
        merge: SnapshotMerge | None = None
        try:
            await self._fetch_pages(sweep, folder / "pages")
            if previous is not None:
                await self.file(previous, "devices.parquet", folder / "previous.parquet")
                await self.file(previous, "assessments.json", folder / "previous-assessments.json")
            merge = SnapshotMerge(folder, rule_blockers)
            await merge.gather(await self._overlay.changed(previous, None) if previous else ())
            yield merge
        finally:
            if merge is not None:
                merge.close()
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def store(self, sweep: str, merge: Merge, merged: Merged, summary: bytes) -> None:
        """Upload devices, changes, assessments and summary."""
        await self._blobs.upload(_name(sweep, "devices.parquet"), merge.devices_file)
        await self._blobs.upload(_name(sweep, "changes.parquet"), merge.changes_file)
        await self._blobs.write(
            _name(sweep, "assessments.json"), msgspec.json.encode(merged.assessments)
        )
        await self._blobs.write(_name(sweep, "summary.json"), summary)

    async def summary(self, sweep: str) -> bytes:
        """Read the summary of a stored snapshot."""
        return await self.read(sweep, "summary.json")

    async def commit(self, pointer: Pointer, etag: str | None) -> str:
        """Write the pointer if nobody has since `etag` was read. Raises ConflictError."""
        return await self._blobs.write(
            CURRENT, msgspec.json.encode(pointer), if_match=etag, if_absent=etag is None
        )

    async def add_to_trend(self, day: date, point: bytes) -> None:
        """Store the day's point; a later sweep of the same day replaces it."""
        await self._blobs.write(f"trend/{day.isoformat()}.json", point)

    async def trend(self, day: date) -> bytes | None:
        """Read the day's point; None when there is none."""
        blob = await self._blobs.read(f"trend/{day.isoformat()}.json")
        return blob.content if blob else None

    async def file(self, sweep: str, name: str, path: Path) -> None:
        """Copy one file of a snapshot. Raises StorageError when it is missing."""
        if not await self._blobs.download(_name(sweep, name), path):
            raise StorageError(f"snapshot file {_name(sweep, name)!r} is missing")

    async def read(self, sweep: str, name: str) -> bytes:
        """Read one file of a snapshot. Raises StorageError when it is missing."""
        blob = await self._blobs.read(_name(sweep, name))
        if blob is None:
            raise StorageError(f"snapshot file {_name(sweep, name)!r} is missing")
        return blob.content

    async def find(self, sweep: str, wanted: str, most: int) -> Sequence[Story]:
        """Look devices up in a snapshot and its overlay."""
        copy = await self.copy_of(sweep)
        overlaid = await self._overlay.shown(sweep)
        ids = await asyncio.to_thread(matching, copy.devices, overlaid, wanted, most)
        known = {d.record.id: d for d in await asyncio.to_thread(copy.known, ids, (), ())}
        newer = {id: d for id, (d, _) in (await self._overlay.read(sweep, ids)).items()}
        return [
            story_of(device, reassessed=id in newer)
            for id in ids
            if (device := newer.get(id) or known.get(id)) and not device.gone
        ]

    async def known(
        self,
        sweep: str,
        *,
        ids: Iterable[str] = (),
        entra_ids: Iterable[str] = (),
        serials: Iterable[str] = (),
    ) -> Sequence[KnownDevice]:
        """Read the devices of a snapshot, its overlay aside, that one of these names."""
        copy = await self.copy_of(sweep)
        return await asyncio.to_thread(copy.known, ids, entra_ids, serials)

    async def assessments(self, sweep: str) -> dict[str, Assessment]:
        """Read the distinct assessments of a snapshot, by key."""
        content = await self.read(sweep, "assessments.json")
        return msgspec.json.decode(content, type=dict[str, Assessment])

    async def copy_of(self, sweep: str) -> SnapshotCopy:
        """Copy a snapshot once for all who ask of it, until another one is asked of."""
        async with self._copying:
            if self._copy is None or self._copy.sweep != sweep:
                copy = await asyncio.to_thread(SnapshotCopy, sweep)
                await self.file(sweep, "devices.parquet", copy.devices)
                copy.assessments = await self.assessments(sweep)
                self._copy = copy
            return self._copy

    async def _fetch_pages(self, sweep: str, folder: Path) -> None:
        await asyncio.to_thread(folder.mkdir)
        limit = asyncio.Semaphore(DOWNLOADS_AT_ONCE)

        async def one(name: str) -> None:
            async with limit:
                if not await self._blobs.download(name, folder / name.rsplit("/", 1)[1]):
                    raise StorageError(f"page blob {name!r} has gone")

        listed = await self._blobs.list(f"sweeps/{sweep}/pages/")
        await asyncio.gather(*(one(blob.name) for blob in listed))


def _name(sweep: str, name: str) -> str:
    return f"snapshots/{sweep}/{name}"
