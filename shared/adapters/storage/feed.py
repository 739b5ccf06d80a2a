"""How far changes have been followed, and what was seen of the tenant on the way."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TypeVar

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.guid_sets import packed, unpacked
from shared.domain.directory import Directory
from shared.domain.feed import FeedState, Reread, TenantChange
from shared.domain.guid_set import GuidSet
from shared.errors import ConflictError, StorageError

STATE = "feed/state.json"
DIRECTORY = "feed/directory.bin"
REREAD = "feed/reread.json"
REREAD_SETS = "feed/reread-sets-"
TENANT_CHANGES = "feed/tenant-changes/"
T = TypeVar("T")


class BlobFeed:
    """Implements the Feed port over the blobs under feed/."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def read(self) -> tuple[FeedState | None, str | None]:
        """Read the state and its ETag; None, None before the first poll."""
        return await self._read(STATE, FeedState)

    async def write(self, state: FeedState, etag: str | None) -> str:
        """Write the state if nobody has since, and return its ETag. Raises ConflictError."""
        return await self._blobs.write(
            STATE, msgspec.json.encode(state), if_match=etag, if_absent=etag is None
        )

    async def directory(self) -> tuple[Directory, str | None]:
        """Read the map of Entra's objects and its ETag; empty and None before it was written."""
        blob = await self._blobs.read(DIRECTORY)
        if blob is None:
            return Directory(), None
        try:
            return Directory.from_bytes(blob.content), blob.etag
        except ValueError as error:
            raise StorageError(f"blob {DIRECTORY!r} cannot be read: {error}") from error

    async def write_directory(self, directory: Directory, etag: str | None) -> None:
        """Write the map of Entra's objects if nobody has since. Raises ConflictError."""
        await self._blobs.write(
            DIRECTORY, directory.to_bytes(), if_match=etag, if_absent=etag is None
        )

    async def reread(self) -> Reread | None:
        """Read the last reading of the tenant between sweeps; None when there was none."""
        found, _ = await self._read(REREAD, Reread)
        return found

    async def reread_sets(self, reread: Reread) -> dict[str, GuidSet]:
        """Read the GUID sets of that reading. Raises StorageError when they are missing."""
        name = _sets(reread)
        return unpacked(name, await self._blobs.read(name), reread.sets)

    async def write_reread(self, reread: Reread, sets: Mapping[str, GuidSet]) -> None:
        """Store a reading of the tenant in place of an older one; a newer one stays.

        Its sets are there before anybody can learn of them, and those of older readings go only
        when nobody learns of them any more.
        """
        await self._blobs.write(_sets(reread), packed(sets))
        last, etag = await self._read(REREAD, Reread)
        if last is not None and last.read_at > reread.read_at:
            return
        try:
            await self._blobs.write(
                REREAD, msgspec.json.encode(reread), if_match=etag, if_absent=etag is None
            )
        except ConflictError:
            # Somebody else has read the tenant at the same time, which serves as well.
            return
        listed = await self._blobs.list(REREAD_SETS)
        await self._blobs.delete(blob.name for blob in listed if blob.name < _sets(reread))

    async def record(self, change: TenantChange) -> None:
        """Keep a change of the tenant; recording it again changes nothing."""
        with suppress(ConflictError):
            await self._blobs.write(
                change_name(change), msgspec.json.encode(change), if_absent=True
            )

    async def tenant_changes(self, most: int) -> list[TenantChange]:
        """Read the newest recorded changes, the newest first."""
        listed = await self._blobs.list(TENANT_CHANGES)
        newest = [blob.name for blob in reversed(listed)][:most]
        return [
            _decoded(name, blob.content, TenantChange)
            async for name, blob in self._blobs.read_many(newest)
        ]

    async def _read(self, name: str, kind: type[T]) -> tuple[T | None, str | None]:
        blob = await self._blobs.read(name)
        return (_decoded(name, blob.content, kind), blob.etag) if blob else (None, None)


def change_name(change: TenantChange) -> str:
    """Name the blob of a change by what changed, and not by who saw it when.

    A poll that is repeated so finds its change recorded. In name order the changes stand by the
    time at which the old value was last seen.
    """
    what = msgspec.json.encode(
        (change.kind, change.id, change.old, change.new), order="deterministic"
    )
    digest = blake2b(what, digest_size=16).hexdigest()
    return f"{TENANT_CHANGES}{_stamp(change.last_known)}-{digest}.json"


def _sets(reread: Reread) -> str:
    return f"{REREAD_SETS}{_stamp(reread.read_at)}.msgpack"


def _stamp(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"


def _decoded(name: str, content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise StorageError(f"blob {name!r} cannot be read: {error}") from error
