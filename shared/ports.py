"""What the use cases need of the outside world, named for the thing."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice
from shared.domain.story import Story
from shared.domain.sweep import (
    ActiveSweep,
    Merged,
    PageHeader,
    PageInStorage,
    Pointer,
    Sweep,
    Throttling,
)
from shared.domain.tenant import TenantReading
from shared.messages import Message


class DevicePage(Struct, frozen=True):
    """One page of devices as read and topped up.

    `unreadable` says, device by device, what could not be decoded; those devices are counted and
    reported, and the others go on. `next` is Graph's nextLink, None on the last page.
    """

    devices: Sequence[ManagedDevice]
    next: str | None = None
    unreadable: tuple[str, ...] = ()
    other_platforms: int = 0
    cost: Throttling = Throttling()


class DevicesById(Struct, frozen=True):
    """The answer to asking for devices by id: present, absent (404), or not answered."""

    present: Sequence[ManagedDevice] = ()
    absent: frozenset[str] = frozenset()
    unanswered: frozenset[str] = frozenset()


class Devices(Protocol):
    """The tenant's managed devices."""

    async def page(self, cursor: str | None) -> DevicePage:
        """Read one page; None is the first. Raises GraphError, never returns empty by error."""
        ...

    async def by_id(self, ids: Sequence[str]) -> DevicesById:
        """Ask for devices by their Intune ids. Raises GraphError when nothing can be asked."""
        ...


class Tenant(Protocol):
    """The tenant's settings and policies."""

    async def read(self) -> tuple[TenantReading, Mapping[str, GuidSet]]:
        """Read all of it once. A list that fails is UNSET with an outcome; the rest goes on."""
        ...


class Queue(Protocol):
    """The app's queues."""

    async def send(self, queue: str, message: Message, delay: float = 0) -> None:
        """Send one message, visible after `delay` seconds (at most seven days)."""
        ...


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
        """Remove the pages and sets of a sweep; its record stays."""
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
        """Gather the pages of `sweep` and the snapshot of the sweep `previous`."""
        ...

    async def store(self, sweep: str, merge: Merge, merged: Merged, summary: bytes) -> None:
        """Upload the files of a snapshot; nobody sees them before the pointer says so."""
        ...

    async def summary(self, sweep: str) -> bytes:
        """Read the summary of a stored snapshot. Raises StorageError when it is missing."""
        ...

    async def commit(self, pointer: Pointer, etag: str | None) -> None:
        """Make a snapshot current. Raises ConflictError when the pointer has changed since."""
        ...

    async def find(self, sweep: str, wanted: str, most: int) -> Sequence[Story]:
        """Look devices up in a snapshot by name, id, Entra id or serial."""
        ...

    async def add_to_trend(self, day: date, point: bytes) -> None:
        """Store the day's point of the trend."""
        ...
