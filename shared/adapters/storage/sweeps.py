"""Sweeps in progress: their record, their GUID sets, and their pages."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from io import BytesIO
from typing import BinaryIO, TypeVar

import msgspec
import zstandard

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.guid_sets import packed, unpacked
from shared.domain.guid_set import GuidSet
from shared.domain.sweep import ActiveSweep, PageHeader, PageInStorage, PageOpening, Sweep
from shared.errors import ConflictError, StorageError

ACTIVE = "sweeps/active.json"
START_LOCK = "sweeps/starting.lock"
T = TypeVar("T")
LEVEL, HASH_LOG, MIN_MATCH = -5, 12, 7
"""How zstd packs page blobs, which live for minutes: larger than at level 1, in half its time.

Rows repeat whole property values, so that short matches are not worth looking for, and a table
that fits the processor's nearest cache finds the longer ones sooner.
"""


class BlobSweeps:
    """Implements the Sweeps port over blobs named as docs/architecture.md lists them."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    def starting(self, patience: float) -> AbstractAsyncContextManager[None]:
        """Hold the lease under which a sweep is started. Raises LeaseHeldError."""
        return self._blobs.lease(START_LOCK, patience=patience)

    async def active(self) -> ActiveSweep:
        """Read which sweep runs."""
        blob = await self._blobs.read(ACTIVE)
        return ActiveSweep() if blob is None else _decoded(ACTIVE, blob.content, ActiveSweep)

    async def set_active(self, active: ActiveSweep) -> None:
        """Write which sweep runs; only under the starting lease."""
        await self._blobs.write(ACTIVE, msgspec.json.encode(active))

    async def ended(self, sweep: str) -> None:
        """Say that a sweep no longer runs; another one that has begun since is left alone."""
        blob = await self._blobs.read(ACTIVE)
        if blob is None or _decoded(ACTIVE, blob.content, ActiveSweep).sweep != sweep:
            return
        try:
            await self._blobs.write(ACTIVE, msgspec.json.encode(ActiveSweep()), if_match=blob.etag)
        except ConflictError:
            # A start has just taken the place, which ends this sweep all the same.
            return

    async def read(self, sweep: str) -> Sweep | None:
        """Read a sweep's record; None when there is none (any more)."""
        blob = await self._blobs.read(_record(sweep))
        return None if blob is None else _decoded(_record(sweep), blob.content, Sweep)

    async def write(self, sweep: Sweep) -> None:
        """Write a sweep's record, whatever stood there."""
        await self._blobs.write(_record(sweep.id), msgspec.json.encode(sweep))

    async def replace(self, before: Sweep, after: Sweep) -> None:
        """Write `after` if the record still is `before`. Raises ConflictError otherwise."""
        name = _record(before.id)
        blob = await self._blobs.read(name)
        if blob is None or _decoded(name, blob.content, Sweep) != before:
            raise ConflictError(f"the record {name!r} has changed meanwhile: read it again")
        await self._blobs.write(name, msgspec.json.encode(after), if_match=blob.etag)

    async def write_sets(self, sweep: str, sets: Mapping[str, GuidSet]) -> None:
        """Store the GUID sets of a sweep, all in one blob."""
        await self._blobs.write(_sets(sweep), packed(sets))

    async def read_sets(self, sweep: Sweep) -> dict[str, GuidSet]:
        """Read the GUID sets of a sweep back. Raises StorageError when one is missing."""
        name = _sets(sweep.id)
        return unpacked(name, await self._blobs.read(name), sweep.sets)

    async def write_page(self, sweep: str, page: int, lines: bytes, shown: PageInStorage) -> bool:
        """Store a page unless it is there already; False when it was."""
        try:
            await self._blobs.write(
                page_name(sweep, page),
                compressed(lines),
                if_absent=True,
                metadata={
                    "devices": str(shown.devices),
                    "throttled": str(shown.throttled),
                    "waited": f"{shown.waited:.3f}",
                    "last": "yes" if shown.last else "no",
                },
            )
        except ConflictError:
            return False
        return True

    async def has_page(self, sweep: str, page: int) -> bool:
        """Tell whether a page is stored."""
        return await self._blobs.exists(page_name(sweep, page))

    async def page_header(self, sweep: str, page: int) -> PageHeader:
        """Read the header of a stored page. Raises StorageError when there is no such page."""
        name = page_name(sweep, page)
        blob = await self._blobs.read(name)
        if blob is None:
            raise StorageError(f"page blob {name!r} has gone")
        return await asyncio.to_thread(header_of, name, BytesIO(blob.content))

    async def pages(self, sweep: str) -> Sequence[PageInStorage]:
        """List the pages stored so far, in order."""
        listed = await self._blobs.list(f"sweeps/{sweep}/pages/")
        return [
            PageInStorage(
                page=page_number(blob.name),
                devices=int((blob.metadata or {}).get("devices", "0")),
                throttled=int((blob.metadata or {}).get("throttled", "0")),
                waited=float((blob.metadata or {}).get("waited", "0")),
                last=(blob.metadata or {}).get("last") == "yes",
            )
            for blob in listed
        ]

    async def remove_pages(self, sweep: str) -> None:
        """Remove the pages of a sweep; its record and its sets stay."""
        listed = await self._blobs.list(f"sweeps/{sweep}/pages/")
        await self._blobs.delete(blob.name for blob in listed)

    async def remove_sets(self, sweep: str) -> None:
        """Remove the sets of a sweep whose snapshot has been replaced, or never was."""
        await self._blobs.delete([_sets(sweep)])

    async def last(self) -> Sweep | None:
        """Read the record of the newest sweep, whatever became of it."""
        listed = await self._blobs.list("sweeps/")
        records = [blob.name for blob in listed if blob.name.endswith("/sweep.json")]
        return await self.read(records[-1].split("/")[1]) if records else None


def page_name(sweep: str, page: int) -> str:
    """Name a page blob; zero-padded, so that storage lists pages in order."""
    return f"sweeps/{sweep}/pages/{page:06d}.jsonl.zst"


def page_number(name: str) -> int:
    """Read the page number off a blob or file name."""
    return int(name.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0])


def compressed(lines: bytes) -> bytes:
    """Compress the lines of a page for storage."""
    how = zstandard.ZstdCompressionParameters.from_level(
        LEVEL, hash_log=HASH_LOG, min_match=MIN_MATCH
    )
    return zstandard.ZstdCompressor(compression_params=how).compress(lines)


def header_of(name: str, packed: BinaryIO) -> PageHeader:
    """Read the header of a compressed page without unpacking the rest. Raises StorageError."""
    line = bytearray()
    with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
        while b"\n" not in line and (chunk := reader.read(1 << 16)):
            line += chunk
    return _decoded(name, bytes(line).split(b"\n", 1)[0], PageOpening).header


def _record(sweep: str) -> str:
    return f"sweeps/{sweep}/sweep.json"


def _sets(sweep: str) -> str:
    return f"sweeps/{sweep}/sets.msgpack"


def _decoded(name: str, content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise StorageError(f"blob {name!r} cannot be read: {error}") from error
