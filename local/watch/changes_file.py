"""Reading the transitions that a snapshot holds."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from local.watch.events import DeviceChanged
from shared.adapters.storage.snapshots import BlobSnapshots
from shared.domain.history import Transition

CHANGES = """
SELECT id, name, capability, reason, transition, cause, first_seen, since, "at"
FROM read_parquet($file) ORDER BY "at", id, capability, reason
"""


async def changes_of(snapshots: BlobSnapshots, sweep: str) -> list[DeviceChanged]:
    """Read changes.parquet of a sweep's snapshot. Raises StorageError when it is missing."""
    with await asyncio.to_thread(TemporaryDirectory, prefix="changes-") as folder:
        file = Path(folder) / "changes.parquet"
        await snapshots.file(sweep, "changes.parquet", file)
        return await asyncio.to_thread(_read, file)


def _read(file: Path) -> list[DeviceChanged]:
    with duckdb.connect() as db:
        rows = db.execute(CHANGES, {"file": str(file)}).fetchall()
    return [
        DeviceChanged(id, name, Transition(*words, *map(_utc, times)))
        for id, name, *words, first_seen, since, at in rows
        for times in [(first_seen, since, at)]
    ]


def _utc(time: datetime) -> datetime:
    """Times are in UTC there, and do not say so."""
    return time.replace(tzinfo=UTC)
