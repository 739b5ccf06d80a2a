"""How far people have been told: one small state, and beside it a file of every word."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from shared.adapters.storage.blobs import Blobs
from shared.adapters.storage.composition import Difference
from shared.adapters.storage.digests import BlobDigests
from shared.adapters.storage.known import SnapshotCopy
from shared.adapters.storage.overlay import BlobOverlay
from shared.adapters.storage.scratch import scratch_folder
from shared.domain.digest import Severity
from shared.domain.exemption import Exemption
from shared.domain.sweep import Pointer
from shared.domain.telling import TellingState, Terms, told_name
from shared.errors import ConflictError, StorageError

STATE = "told/state.json"


class Copies(Protocol):
    """Copies of snapshots on this machine, as BlobSnapshots keeps them."""

    async def copy_of(self, sweep: str) -> SnapshotCopy:
        """Copy a snapshot once for all who ask of it, until another one is asked of."""
        ...


class BlobTelling(BlobDigests):
    """Implements the Telling port over the blobs under told/ and digests/.

    `severities` are those of the blockers, by reason code.
    """

    def __init__(self, blobs: Blobs, copies: Copies, severities: Mapping[str, Severity]) -> None:
        super().__init__(blobs)
        self._overlay = BlobOverlay(blobs)
        self._copies = copies
        self._severities = severities

    async def state(self) -> tuple[TellingState | None, str | None]:
        """Read the state and its ETag; None, None before anything was told."""
        blob = await self._blobs.read(STATE)
        if blob is None:
            return None, None
        try:
            return msgspec.json.decode(blob.content, type=TellingState), blob.etag
        except msgspec.DecodeError as error:
            raise StorageError(f"blob {STATE!r} cannot be read: {error}") from error

    async def commit(self, state: TellingState, etag: str | None) -> str:
        """Write the state if nobody has since, and return its ETag. Raises ConflictError."""
        return await self._blobs.write(
            STATE, msgspec.json.encode(state), if_match=etag, if_absent=etag is None
        )

    @asynccontextmanager
    async def composing(
        self,
        state: TellingState | None,
        pointer: Pointer,
        terms: Terms,
        exemptions: Iterable[Exemption],
        now: datetime,
    ) -> AsyncIterator[Difference]:
        """Compare what stands open at a snapshot and its overlay with what was told.

        Raises ConflictError when the state has moved on, and its file of told words is gone.
        """
        copy = await self._copies.copy_of(pointer.sweep)
        async with scratch_folder("telling-") as folder:
            difference = Difference(folder, terms)
            try:
                if state is not None and state.told is not None:
                    await self._fetch_told(state.told, difference.stored_file)
                overlay = await self._overlay.changed(pointer.sweep, None)
                await difference.gather(copy.devices, overlay, exemptions, self._severities, now)
                del overlay
                yield difference
            finally:
                difference.close()

    async def store_told(self, name: str, file: Path) -> None:
        """Store what was told under a name of its own (domain/telling.py `told_name`)."""
        await self._blobs.upload(_file(name), file)

    async def tidy(self, state: TellingState) -> None:
        """Remove the files that no state will name again, once `state` has been committed.

        Files of a later number may be about to be committed, and stay.
        """
        before = _file(told_name(state.number + 1, ""))
        listed = await self._blobs.list("told/")
        await self._blobs.delete(
            blob.name
            for blob in listed
            if blob.name.endswith(".parquet")
            and blob.name < before
            and (state.told is None or blob.name != _file(state.told))
        )

    async def _fetch_told(self, name: str, path: Path) -> None:
        if not await self._blobs.download(_file(name), path):
            raise ConflictError(f"blob {_file(name)!r} has been replaced: read the state again")


def _file(name: str) -> str:
    return f"told/{name}.parquet"
