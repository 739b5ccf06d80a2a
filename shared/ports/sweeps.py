"""Sweeps in progress, and the snapshots that they become."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from shared.domain.guid_set import GuidSet
from shared.domain.known_device import KnownDevice
from shared.domain.story import Story
from shared.domain.sweep import (
    ActiveSweep,
    Merged,
    PageHeader,
    PageInStorage,
    Pointer,
    Sweep,
)


class Sweeps(Protocol):
    """Sweeps in progress: which one runs, its record, its sets and its pages."""

    def starting(self, patience: float) -> AbstractAsyncContextManager[None]:
        """Hold the lease under which a sweep is started. Raises LeaseHeldError after `patience`."""
        ...

    async def active(self) -> ActiveSweep:
        """Read which sweep runs."""
        ...

    async def set_active(self, active: ActiveSweep) -> None:
        """Write which sweep runs; only under the starting lease."""
        ...

    async def ended(self, sweep: str) -> None:
        """Say that a sweep no longer runs."""
        ...

    async def read(self, sweep: str) -> Sweep | None:
        """Read a sweep's record; None when there is none."""
        ...

    async def last(self) -> Sweep | None:
        """Read the record of the newest sweep, whatever became of it; None before the first."""
        ...

    async def write(self, sweep: Sweep) -> None:
        """Write a sweep's record, whatever stood there."""
        ...

    async def replace(self, before: Sweep, after: Sweep) -> None:
        """Write `after` if the record still is `before`. Raises ConflictError otherwise."""
        ...

    async def write_sets(self, sweep: str, sets: Mapping[str, GuidSet]) -> None:
        """Store the GUID sets of a sweep."""
        ...

    async def read_sets(self, sweep: Sweep) -> Mapping[str, GuidSet]:
        """Read the GUID sets of a sweep."""
        ...

    async def write_page(self, sweep: str, page: int, lines: bytes, shown: PageInStorage) -> bool:
        """Store a page unless it is there already; False when it was."""
        ...

    async def has_page(self, sweep: str, page: int) -> bool:
        """Tell whether a page is stored."""
        ...

    async def page_header(self, sweep: str, page: int) -> PageHeader:
        """Read the header of a stored page."""
        ...

    async def pages(self, sweep: str) -> Sequence[PageInStorage]:
        """List the pages stored so far, in order."""
        ...

    async def remove_pages(self, sweep: str) -> None:
        """Remove the pages of a sweep; its record and its sets stay."""
        ...

    async def remove_sets(self, sweep: str) -> None:
        """Remove the sets of a sweep whose snapshot has been replaced, or never was."""
        ...


class Merge(Protocol):
    """The merge of one sweep's pages with the snapshot it started from."""

    @property
    def devices_file(self) -> Path:
        """Where `write` puts the devices of the snapshot, as Parquet."""
        ...

    @property
    def changes_file(self) -> Path:
        """Where `write` puts the transitions against the last snapshot, as Parquet."""
        ...

    async def missing(self) -> Sequence[str]:
        """List the ids that the last snapshot has and no page has."""
        ...

    async def add(self, page: int, lines: bytes) -> None:
        """Take in devices that were asked for by id, as one more page."""
        ...

    async def keep(self, ids: Iterable[str]) -> None:
        """Carry devices over as they were."""
        ...

    async def outdated(self) -> Sequence[str]:
        """List the ids whose page is older than the overlay, which therefore was preferred."""
        ...

    async def newcomers(self) -> Sequence[str]:
        """List the ids on pages that were not known before; none where nothing was."""
        ...

    async def write(self, started: datetime) -> Merged:
        """Write devices and changes, dated `started`, and return what was found."""
        ...


class Snapshots(Protocol):
    """The committed truth, and how a sweep becomes it."""

    async def current(self) -> tuple[Pointer | None, str | None]:
        """Read the pointer to the current snapshot, and its ETag."""
        ...

    def merging(
        self, sweep: str, previous: str | None, rule_blockers: Mapping[str, tuple[str, ...]]
    ) -> AbstractAsyncContextManager[Merge]:
        """Gather the pages of `sweep`, and the snapshot of `previous` with its overlay."""
        ...

    async def store(self, sweep: str, merge: Merge, merged: Merged, summary: bytes) -> None:
        """Upload the files of a snapshot; nobody sees them before the pointer says so."""
        ...

    async def summary(self, sweep: str) -> bytes:
        """Read the summary of a stored snapshot. Raises StorageError when it is missing."""
        ...

    async def commit(self, pointer: Pointer, etag: str | None) -> str:
        """Write the pointer and return its ETag. Raises ConflictError when it changed since."""
        ...

    async def find(self, sweep: str, wanted: str, most: int) -> Sequence[Story]:
        """Look devices up in a snapshot and its overlay by name, id, Entra id or serial."""
        ...

    async def known(
        self,
        sweep: str,
        *,
        ids: Iterable[str] = (),
        entra_ids: Iterable[str] = (),
        serials: Iterable[str] = (),
    ) -> Sequence[KnownDevice]:
        """Read the devices of a snapshot, its overlay aside, that one of these names.

        Entra ids and serials are compared as domain/known_device.py says.
        """
        ...

    async def add_to_trend(self, day: date, point: bytes) -> None:
        """Store the day's point of the trend."""
        ...

    async def trend(self, day: date) -> bytes | None:
        """Read the day's point of the trend; None when there is none."""
        ...
