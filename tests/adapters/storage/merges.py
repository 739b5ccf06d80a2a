"""Merges for tests, and what they leave behind."""

import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from shared.adapters.storage.merge import SnapshotMerge
from shared.domain.assessment import Assessment
from shared.domain.facts import Facts
from shared.domain.history import History, Transition, step
from shared.domain.known_device import DeviceRecord, KnownDevice
from shared.domain.sweep import Merged
from shared.domain.transitions import held_reasons, open_reasons
from shared.report.vocabulary import blockers_by_unknown
from tests.adapters.storage.pages import SYNC, assessed, page_lines, write_pages
from tests.builders import device

MONDAY = datetime(2026, 11, 16, 2, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 2, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 18, 2, tzinfo=UTC)

FINE = device()
OLD_BUILD = device(os_version="10.0.26100.4945")
UNREAD_BUILD = device(os_version=None)
SHARED = device(has_user=False)


@asynccontextmanager
async def merging(
    folder: Path,
    *pages: Mapping[str, Facts] | bytes,
    previous: Path | None = None,
    overlay: Sequence[KnownDevice] = (),
) -> AsyncIterator[SnapshotMerge]:
    """Gather pages, given as lines or as what they are made of, and what was known before."""
    lines = [p if isinstance(p, bytes) else page_lines(n, p) for n, p in enumerate(pages, start=1)]
    write_pages(folder, lines)
    if previous is not None:
        shutil.copy(previous / "devices.parquet", folder / "previous.parquet")
        shutil.copy(previous / "assessments.json", folder / "previous-assessments.json")
    merge = SnapshotMerge(folder, blockers_by_unknown())
    try:
        await merge.gather(overlay)
        yield merge
    finally:
        merge.close()


async def written(merge: SnapshotMerge, started: datetime) -> Merged:
    """Write a merge, and beside it what the next one needs."""
    result = await merge.write(started)
    content = msgspec.json.encode(result.assessments)
    (merge.devices_file.parent / "assessments.json").write_bytes(content)
    return result


async def merged(
    folder: Path,
    started: datetime,
    *pages: Mapping[str, Facts] | bytes,
    previous: Path | None = None,
    overlay: Sequence[KnownDevice] = (),
    keep: tuple[str, ...] = (),
) -> Merged:
    """Merge pages from beginning to end."""
    async with merging(folder, *pages, previous=previous, overlay=overlay) as merge:
        await merge.keep(keep)
        return await written(merge, started)


def assessed_history(
    history: History, assessment: Assessment, at: datetime
) -> tuple[History, tuple[Transition, ...]]:
    """Move a history on by an assessment."""
    held = held_reasons(assessment, blockers_by_unknown())
    return step(history, open_reasons(assessment), held, "assessed", at)


def entry(
    id: str,
    facts: Facts,
    read_at: datetime,
    *,
    gone: bool = False,
    succeeded_by: str | None = None,
    transitions: tuple[Transition, ...] = (),
    **differing: Any,
) -> KnownDevice:
    """Build an overlay's entry, its blockers open since it was read; what is gone has none."""
    assessment = assessed(facts)
    history, _ = assessed_history(History(), assessment, read_at)
    sync = None if gone else datetime.fromisoformat(SYNC)
    values = {"name": f"PC-{id}", "entra_id": f"entra-{id}", "serial": f"S{id}", "last_sync": sync}
    return KnownDevice(
        DeviceRecord(id, **(values | differing)),
        assessment,
        History() if gone else history,
        read_at,
        gone=gone,
        succeeded_by=succeeded_by,
        transitions=transitions,
    )


def table(folder: Path, name: str, columns: str) -> list[tuple[Any, ...]]:
    """Read columns of a file that a merge left."""
    query = f"SELECT {columns} FROM '{folder.as_posix()}/{name}.parquet'"
    return duckdb.connect().execute(query).fetchall()


def changes(folder: Path) -> set[tuple[Any, ...]]:
    """Read what a merge told."""
    return set(table(folder, "changes", "id, capability, reason, transition, cause"))


def causes(folder: Path) -> set[tuple[Any, ...]]:
    """Read of whom a merge told something, and why."""
    return set(table(folder, "changes", "id, transition, cause, via"))


def naive(time: datetime) -> datetime:
    """Return a time in UTC as Parquet files give it."""
    return time.astimezone(UTC).replace(tzinfo=None)
