"""What the records of the audit added up to when somebody last looked, and changes filed away."""

import asyncio
import logging
import re
from datetime import datetime
from itertools import islice
from typing import TypeVar

import msgspec

from shared.adapters.storage.blobs import READS_AT_ONCE, Blobs
from shared.domain.ledger import Ledger
from shared.domain.restore_change import Change
from shared.errors import StorageError

LEDGER = "restore-setting/ledger.json"
CHANGES = "restore-setting/changes/"
FILED = re.compile(rf"{CHANGES}([A-Za-z0-9-]+)\.json")
"""Ids come from callers too, and none of them leads out of the folder."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class LedgerCache:
    """The blobs restore-setting/ledger.json and restore-setting/changes/."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs

    async def read(self) -> Ledger | None:
        """Read the ledger that was kept last; None when there is none. Raises StorageError."""
        blob = await self._blobs.read(LEDGER)
        return None if blob is None else _decoded(LEDGER, blob.content, Ledger)

    async def keep(self, ledger: Ledger, now: datetime) -> Ledger:
        """Keep a ledger, and file away what need not be at hand; return what is left of it.

        An older one that is written over a newer one does no harm: readers go on from where it
        ends. Nor does it when nothing can be written, so that is logged and no error.
        """
        kept, old = ledger.filed(now)
        try:
            left = iter(old)
            while some := tuple(islice(left, READS_AT_ONCE)):
                await asyncio.gather(*map(self._file, some))
            await self._blobs.write(LEDGER, msgspec.json.encode(kept))
        except StorageError as error:
            log.warning("The ledger was not kept, and will be made up for: %s", error)
            return ledger
        return kept

    async def filed(self, id: str) -> Change | None:
        """Read a change that was filed away; None for one that never was. Raises StorageError."""
        name = _name(id)
        blob = await self._blobs.read(name) if FILED.fullmatch(name) else None
        return None if blob is None else _decoded(name, blob.content, Change)

    async def filed_ids(self, most: int, before: str | None = None) -> list[str]:
        """List the newest changes that were filed away; ids begin with the time of the plan."""
        ids = sorted(await self._ids(), reverse=True)
        return [id for id in ids if before is None or id < before][:most]

    async def all_filed(self) -> dict[str, Change | None]:
        """Read every change that was filed away; None for one that cannot be read."""
        names = {_name(id): id for id in await self._ids()}
        found: dict[str, Change | None] = {}
        async for name, blob in self._blobs.read_many(names):
            try:
                found[names[name]] = _decoded(name, blob.content, Change)
            except StorageError:
                found[names[name]] = None
        return found

    async def _ids(self) -> list[str]:
        listed = [FILED.fullmatch(blob.name) for blob in await self._blobs.list(CHANGES)]
        return [each[1] for each in listed if each is not None]

    async def _file(self, change: Change) -> None:
        name = _name(change.id)
        if not FILED.fullmatch(name):
            raise StorageError(f"the change {change.id!r} cannot be filed: its id is no blob name")
        await self._blobs.write(name, msgspec.json.encode(change))


def _name(id: str) -> str:
    return f"{CHANGES}{id}.json"


def _decoded(name: str, content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (ValueError, RecursionError) as error:
        raise StorageError(f"blob {name!r} cannot be read: {error}") from error
