"""What the use cases need of the outside world, named for the thing."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from shared.domain.delivery import Delivery
from shared.domain.digest import Digest, DigestKind, DigestView, Group
from shared.domain.directory import Directory
from shared.domain.exemption import Exemption
from shared.domain.feed import FeedState, Reread, TenantChange, Watched
from shared.domain.guid_set import GuidSet
from shared.domain.known_device import KnownDevice
from shared.domain.managed_device import ManagedDevice
from shared.domain.outgoing import Outgoing, Receipt
from shared.domain.routes import Routes
from shared.domain.storm import Counts
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
from shared.domain.telling import TellingState, Terms
from shared.domain.tenant import TenantReading
from shared.domain.window import Window
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


class DevicesByEntraId(Struct, frozen=True):
    """The answer to asking for devices by Entra device id, which several may share.

    `unanswered` are the ids for which Graph gave no clear answer; it may ignore the question and
    list other devices, which are never taken for the answer.
    """

    present: Sequence[ManagedDevice] = ()
    unanswered: frozenset[str] = frozenset()


class Devices(Protocol):
    """The tenant's managed devices."""

    async def page(self, cursor: str | None) -> DevicePage:
        """Read one page; None is the first. Raises GraphError, never returns empty by error."""
        ...

    async def by_id(self, ids: Sequence[str]) -> DevicesById:
        """Ask for devices by their Intune ids. Raises GraphError when nothing can be asked."""
        ...

    async def by_entra_id(self, entra_ids: Sequence[str]) -> DevicesByEntraId:
        """Ask for devices by their Entra device ids. Raises GraphError as `by_id` does."""
        ...


class Tenant(Protocol):
    """The tenant's settings and policies."""

    async def read(self) -> tuple[TenantReading, Mapping[str, GuidSet]]:
        """Read all of it once. A list that fails is UNSET with an outcome; the rest goes on."""
        ...

    async def watch(self) -> Watched:
        """Read only what is watched between sweeps; what cannot be read is UNSET.

        Raises GraphThrottledError, and GraphError when nobody could sign in.
        """
        ...


class DeltaPage(Struct, frozen=True):
    """One page of what changed in Entra.

    `changed` are object ids with the device id, None where the page left it out; `removed` are
    object ids. Exactly one of `next` and `delta_link` is set: more pages follow, or all was read.
    """

    changed: Mapping[str, str | None]
    removed: frozenset[str] = frozenset()
    next: str | None = None
    delta_link: str | None = None


class DirectoryPage(Struct, frozen=True):
    """One page of Entra's devices: object id to device id. `next` is None on the last page."""

    devices: Mapping[str, str]
    next: str | None = None


class SyncedPage(Struct, frozen=True):
    """One page of devices that synced with Intune: Intune id to lastSyncDateTime, in UTC.

    `entra_ids` are the Entra device ids of those that have one.
    """

    devices: Mapping[str, datetime]
    next: str | None = None
    entra_ids: Mapping[str, str] = {}


class Changes(Protocol):
    """What changed, as Graph tells it; every method but the last raises GraphError."""

    async def latest(self) -> str:
        """Return a delta link that leads to what changes in Entra from now on."""
        ...

    async def since(self, link: str) -> DeltaPage:
        """Follow a delta link or the `next` of a page. Raises DeltaExpiredError."""
        ...

    async def device_ids(self, objects: Sequence[str]) -> Mapping[str, str]:
        """Ask for the device ids of Entra objects; those that are gone are left out."""
        ...

    async def directory(self, cursor: str | None) -> DirectoryPage:
        """Read one page of Entra's Windows devices; None is the first."""
        ...

    async def synced(self, since: datetime, cursor: str | None) -> SyncedPage:
        """Read one page of the Windows devices whose last sync is later than `since`."""
        ...

    async def actors(self, changes: Sequence[TenantChange]) -> Sequence[TenantChange]:
        """Say who made each change, as far as the audit log may be read and knows; never raises."""
        ...


class Feed(Protocol):
    """How far changes have been followed, and what was seen of the tenant on the way."""

    async def read(self) -> tuple[FeedState | None, str | None]:
        """Read the state and its ETag; None, None before the first poll."""
        ...

    async def write(self, state: FeedState, etag: str | None) -> str:
        """Write the state if nobody has since, and return its ETag. Raises ConflictError."""
        ...

    async def directory(self) -> tuple[Directory, str | None]:
        """Read the map of Entra's objects and its ETag; empty, None before it was written."""
        ...

    async def write_directory(self, directory: Directory, etag: str | None) -> None:
        """Write the map of Entra's objects if nobody has since. Raises ConflictError."""
        ...

    async def reread(self) -> Reread | None:
        """Read the last reading of the tenant between sweeps; None when there was none."""
        ...

    async def reread_sets(self, reread: Reread) -> Mapping[str, GuidSet]:
        """Read the GUID sets of that reading. Raises StorageError when they are missing."""
        ...

    async def write_reread(self, reread: Reread, sets: Mapping[str, GuidSet]) -> None:
        """Store a reading of the tenant in place of the last one."""
        ...

    async def record(self, change: TenantChange) -> None:
        """Keep a change of the tenant; recording it again changes nothing."""
        ...

    async def tenant_changes(self, most: int) -> Sequence[TenantChange]:
        """Read the newest recorded changes, the newest first."""
        ...


class Overlay(Protocol):
    """The devices that were assessed again since a snapshot."""

    async def read(self, sweep: str, ids: Iterable[str]) -> Mapping[str, tuple[KnownDevice, str]]:
        """Read the entries there are for these Intune ids, each with its ETag."""
        ...

    async def alike(
        self, sweep: str, entra_ids: Iterable[str], serials: Iterable[str]
    ) -> Sequence[KnownDevice]:
        """Read the entries with one of these Entra device ids or serials, gone ones too."""
        ...

    async def write(self, sweep: str, device: KnownDevice, etag: str | None) -> str:
        """Store an entry if it still is as it was read, None being absent. Raises ConflictError."""
        ...

    async def changed(self, sweep: str, since: datetime | None) -> Sequence[KnownDevice]:
        """Read the entries written since a moment, by storage's clock; None reads all."""
        ...

    async def remove(self, sweep: str) -> None:
        """Remove all entries of a snapshot that has been folded into the next one."""
        ...


class Composition(Protocol):
    """What is due to be told, worked out in a folder of its own."""

    @property
    def lines_file(self) -> Path:
        """Where `write` puts the lines that are due, as Parquet."""
        ...

    @property
    def told_file(self) -> Path:
        """Where `write` puts what people will have been told, as Parquet."""
        ...

    async def counts(self) -> Counts:
        """Count what is due."""
        ...

    async def told_everything(self) -> None:
        """Take everything that stands open for told, as the first digest does."""
        ...

    async def hold(self, reasons: frozenset[str]) -> None:
        """Leave what is due of these reasons untold for now."""
        ...

    async def groups(self, most_examples: int) -> tuple[Group, ...]:
        """Gather what is due, and not held, by reason and change."""
        ...

    async def devices(self) -> int:
        """Count the devices with a word that is due, and not held."""
        ...

    async def exempt(self) -> int:
        """Count the devices with an open blocker that is exempt."""
        ...

    async def write(self, now: datetime) -> None:
        """Write both files, as of `now`."""
        ...


class Telling(Protocol):
    """What people have been told, and the digests that told it."""

    async def state(self) -> tuple[TellingState | None, str | None]:
        """Read the state and its ETag; None, None before anything was told."""
        ...

    async def commit(self, state: TellingState, etag: str | None) -> str:
        """Write the state if nobody has since, and return its ETag. Raises ConflictError."""
        ...

    def composing(
        self,
        state: TellingState | None,
        pointer: Pointer,
        terms: Terms,
        exemptions: Iterable[Exemption],
        now: datetime,
    ) -> AbstractAsyncContextManager[Composition]:
        """Compare what stands open, by a snapshot and its overlay, with what was told."""
        ...

    async def store(self, digest: Digest, lines: Path | None) -> None:
        """Store a digest with its lines; nobody is sent it before the state says so."""
        ...

    async def store_told(self, name: str, file: Path) -> None:
        """Store a file of what was told, under a name that a state will give."""
        ...

    async def tidy(self, state: TellingState) -> None:
        """Remove what no state will name again, once this one has been committed."""
        ...

    async def digest(self, id: str) -> Digest | None:
        """Read a digest; None when there is none."""
        ...

    async def view(self, id: str, routes: Routes, channel: str, most: int) -> DigestView:
        """Read a digest as a channel is to see it, with at most so many lines."""
        ...

    async def last(self, kind: DigestKind | None = None) -> str | None:
        """Name the newest digest, of a kind if one is given."""
        ...


class Windows(Protocol):
    """The time in which changes are gathered before people are told of them."""

    async def read(self) -> tuple[Window, str | None]:
        """Read the window and its ETag; the ETag is None before the first was opened."""
        ...

    async def write(self, window: Window, etag: str | None) -> None:
        """Write the window if nobody has since. Raises ConflictError."""
        ...


class Deliveries(Protocol):
    """What became of each digest on each channel."""

    async def read(self, digest: str, channel: str) -> tuple[Delivery | None, str | None]:
        """Read a record and its ETag; None, None when there is none."""
        ...

    async def write(self, delivery: Delivery, etag: str | None) -> str:
        """Write a record if nobody has since, and return its ETag. Raises ConflictError."""
        ...

    async def failed_since(self, since: datetime) -> Sequence[Delivery]:
        """Read the records, written since then, that say what went `wrong`; in order of digests."""
        ...


class Notifier(Protocol):
    """One channel that takes messages for people."""

    async def send(self, message: Outgoing) -> Receipt:
        """Send a message, once.

        Raises DeliveryThrottledError, DeliveryUnavailableError, DeliveryRefusedError, or
        DeliveryUnknownError when it may have arrived.
        """
        ...


class GivenUp(Struct, frozen=True):
    """A message that failed too often: its body as it was sent, and since when it is here."""

    id: str
    text: str
    since: datetime


class PoisonCounts(Protocol):
    """How many messages were given up."""

    async def counts(self) -> Mapping[str, int]:
        """Count the messages given up, by queue; about, as storage counts them."""
        ...


class Poison(PoisonCounts, Protocol):
    """Messages that were given up, by the queue that they came from."""

    async def list(self, queue: str) -> Sequence[GivenUp]:
        """Read the oldest messages given up, as many as storage shows at once."""
        ...

    def taking(self, queue: str, id: str) -> AbstractAsyncContextManager[GivenUp]:
        """Hold a message, which is removed if the block ends well. Raises InputError for none."""
        ...

    async def send_back(self, queue: str, text: str) -> None:
        """Put a body on the queue that it came from."""
        ...


class SettingsFiles(Protocol):
    """The files that operators keep in storage."""

    async def exemptions(self) -> tuple[str | None, str | None]:
        """Read the exemptions and their ETag; None, None when there is no such file."""
        ...

    async def write_exemptions(self, text: str, etag: str | None) -> str:
        """Write the exemptions if nobody has since, and return their ETag. Raises ConflictError."""
        ...

    async def routes(self) -> tuple[str | None, str | None]:
        """Read the routes and their ETag; None, None when there is no such file."""
        ...

    async def write_routes(self, text: str, etag: str | None) -> str:
        """Write the routes if nobody has since, and return their ETag. Raises ConflictError."""
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
