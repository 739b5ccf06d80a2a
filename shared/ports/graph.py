"""What the use cases ask of Microsoft Graph."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from shared.domain.feed import TenantChange, Watched
from shared.domain.guid_set import GuidSet
from shared.domain.managed_device import ManagedDevice
from shared.domain.sweep import (
    Throttling,
)
from shared.domain.tenant import TenantReading


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
